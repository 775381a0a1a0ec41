"""Clocks as rows: folded again from the events after each event, and saved where they differ.

There is one computation: `verify` compares what `project_clocks` computes.
"""

from collections.abc import Collection, Iterable, Iterator
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from cases.choices import CaseKind as CaseKind
from cases.models import Case
from sla import calendars, due_steps, event_mapping, policy_selection, queue_entries, timeline
from sla.businesstime import Calendar
from sla.models import CaseTerms, Clock, ClockFact, ClockOutcome, FactKind, QueueEntry
from sla.models.clock import CARES_PROMISES
from sla.timeline import ClockEvent, ClockState, Timeline

# What the fold alone determines; the other columns (due_steps, done, check_at) track what was done
# and what is due.
FOLDED = (
    "severity",
    "is_around_the_clock",
    "started_at",
    "target_seconds",
    "target_days",
    "pauses",
    "due_at",
    "closure_due_at",
    "stopped_at",
    "ended_by",
    "breaches_at",
    "used_seconds",
    "outcome",
)
MOVED = {
    "severity",
    "target_seconds",
    "is_around_the_clock",
}  # what another severity, or other terms, change
TO_DO = ("due_steps", "done", "next_step", "check_at")


def pin(case: Case) -> CaseTerms:
    """Pin the policy version and the calendar version of a case that was just filed (§14).

    `policy_selection` chooses the policy: the organisation's own, the offering's, or the default.
    """
    version = policy_selection.version_for_case(case)
    return CaseTerms.objects.create(
        organisation_id=case.organisation_id,
        case=case,
        policy_version=version,
        calendar_version=case.site.hours,
    )


def project_clocks(
    case: Case,
    terms: CaseTerms,
    rows: list[event_mapping.Row],
    more: Iterable[ClockEvent] = (),
    calendar: Calendar | None = None,
) -> Timeline:
    """The clocks of a case by its events, or as they would be after `more` events."""
    return timeline.fold(
        case.opened_at,
        event_mapping.severity_at_filing(rows),
        [*event_mapping.events(rows, case.kind), *more],
        calendars.terms_of(
            event_mapping.version_at_filing(rows, terms.policy_version_id), case.kind
        ),
        calendar or calendars.calendar_of(terms.calendar_version_id),
        event_mapping.incident_started_at(rows),
    )


def sync_clocks(case: Case, at: datetime) -> Timeline:
    """Fold the events of a case and save the differences: clocks, facts of breaches, and the queue
    entry.
    """
    terms = CaseTerms.objects.filter(case=case).first() or pin(case)
    rows = event_mapping.rows_of(case)
    folded = project_clocks(case, terms, rows)
    stored = {(clock.kind, clock.ordinal): clock for clock in Clock.objects.filter(case_id=case.pk)}
    historical = case.is_historical
    new, changed, unseen = [], [], []
    for state in tracked_clocks(folded, case):
        values = values_of(state, at)
        row = stored.get((str(state.kind), state.ordinal))
        if row is None:
            row = Clock(
                organisation_id=case.organisation_id,
                case=case,
                kind=str(state.kind),
                ordinal=state.ordinal,
                policy_version_id=terms.policy_version_id,
                calendar_version_id=terms.calendar_version_id,
            )
            new.append(row)
        values |= _to_do(state, row, terms, rows, historical)
        differs = [name for name, value in values.items() if getattr(row, name) != value]
        if row.pk and MOVED.intersection(differs) and is_missed(row, at):
            unseen.append(copy(row))  # missed before the move, and perhaps not swept yet
        for name in differs:
            setattr(row, name, values[name])
        if differs and row.pk:
            changed.append((row, differs))
    record_breaches(unseen, at)
    if new:
        Clock.objects.bulk_create(new)
    for row, differs in changed:
        row.save(update_fields=differs)
    record_breaches([*new, *(row for row, _ in changed)], at)
    queue_entries.sync_queue_entry(case, terms, folded, rows, is_historical=historical)
    return folded


def tracked_clocks(folded: Timeline, case: Case) -> list[ClockState]:
    """The clocks of a case that matter to its customer."""
    if case.kind == CaseKind.PROBLEM:
        return list(folded.clocks)
    return [
        clock
        for clock in folded.clocks
        if clock.target_seconds is not None or clock.target_days is not None
    ]


def values_of(state: ClockState, at: datetime) -> dict[str, Any]:
    """A folded clock as the columns of its row at `at`."""
    return {
        "severity": state.severity,
        "is_around_the_clock": state.around_the_clock,
        "started_at": state.started_at,
        "target_seconds": state.target_seconds,
        "target_days": state.target_days,
        "pauses": [
            [instant_text(pause.start), instant_text(pause.end), str(pause.reason)]
            for pause in state.pauses
        ],
        "due_at": state.due_at,
        "closure_due_at": state.closure_due_at,
        "stopped_at": state.stopped_at,
        "ended_by": str(state.ended_by or ""),
        "breaches_at": state.breaches_at,
        "used_seconds": state.used_at_stop,
        "outcome": outcome_of(state, at),
        **({} if state.version is None else {"policy_version_id": state.version}),
    }


def outcome_of(state: ClockState, at: datetime) -> str:
    """The outcome of a clock. While it runs it is running or paused; `breaches_at` decides whether
    it is overdue (§14).
    """
    if state.stopped_at is None:
        return ClockOutcome.PAUSED if state.is_paused else ClockOutcome.RUNNING
    return str(state.state_at(at))


def _to_do(
    state: ClockState,
    row: Clock,
    terms: CaseTerms,
    rows: list[event_mapping.Row],
    is_historical: bool,
) -> dict[str, Any]:
    if is_historical or state.stopped_at is not None:
        return due_steps.columns([])
    steps = due_steps.steps_of(
        state,
        version=calendars.version_of(terms.policy_version_id),
        calendar=calendars.calendar_of(terms.calendar_version_id),
        rows=rows,
        done=row.done,
    )
    return due_steps.columns(steps)


def record_breaches(clocks: list[Clock], at: datetime) -> None:
    """Record a breach that an event reveals. It remains a fact when the clock changes later."""
    late = [
        clock
        for clock in clocks
        if clock.kind in CARES_PROMISES and is_missed(clock, at) and not _is_announced(clock)
    ]
    if not late:
        return
    ClockFact.objects.bulk_create(
        [
            ClockFact(
                organisation_id=clock.organisation_id,
                case_id=clock.case_id,
                clock=clock,
                kind=FactKind.BREACHED,
                step=str(due_steps.BREACH),
                severity=clock.severity,
                at=clock.breaches_at or at,
                due_at=clock.due_at,
                recorded_at=at,
            )
            for clock in late
        ],
        ignore_conflicts=True,
    )
    for clock in late:
        if not clock.due_steps:  # otherwise the next sweep notifies Care
            clock.done = [*clock.done, str(due_steps.BREACH)]
            clock.save(update_fields=["done"])


def _is_announced(clock: Clock) -> bool:
    return any(due_steps.is_breach(step) for step in clock.done)


def is_missed(clock: Any, now: datetime) -> bool:
    """Whether the target was missed by `now`: a stop in the exact second of the due time is in
    time.
    """
    if clock.breaches_at is None or clock.due_at is None:
        return False
    return clock.stopped_at is not None or now > clock.due_at


def is_due_within(case: Case, seconds: float) -> bool:
    """Whether a service target of Care on the case ends within so many seconds from now."""
    now = timezone.now()
    running = Clock.objects.running().filter(
        organisation_id=case.organisation_id, case=case, kind__in=CARES_PROMISES
    )
    return running.filter(due_at__range=(now, now + timedelta(seconds=seconds))).exists()


def verify(only: Collection[int] | None = None, batch: int = 500) -> Iterator[str]:
    """Fold all cases again, or the given ones, and name each row that differs from its events.

    Changes nothing. Needs Care's scope.
    """
    last, selected = 0, Case.objects.all() if only is None else Case.objects.filter(pk__in=only)
    while cases := list(
        selected.filter(pk__gt=last).select_related("organisation").order_by("pk")[:batch]
    ):
        last = cases[-1].pk
        keys = [case.pk for case in cases]
        stored: dict[int, dict[tuple[str, int], Clock]] = {key: {} for key in keys}
        for clock in Clock.objects.filter(case_id__in=keys):
            stored[clock.case_id or 0][clock.kind, clock.ordinal] = clock
        terms = {row.case_id: row for row in CaseTerms.objects.filter(case_id__in=keys)}
        journals = event_mapping.rows_of_many(keys)
        standing = {row.case_id: row for row in QueueEntry.objects.filter(case_id__in=keys)}
        for case in cases:
            if case.pk not in terms:
                yield f"{case.code}: no policy is pinned to it."
                continue
            folded = project_clocks(case, terms[case.pk], journals[case.pk])
            yield from _disagreements(case, folded, stored[case.pk])
            yield from _misplaced(
                case, terms[case.pk], folded, journals[case.pk], standing.get(case.pk)
            )


def _disagreements(
    case: Case, folded: Timeline, stored: dict[tuple[str, int], Clock]
) -> Iterator[str]:
    for state in tracked_clocks(folded, case):
        row = stored.pop((str(state.kind), state.ordinal), None)
        if row is None:
            yield f"{case.code}: the {state.kind} clock {state.ordinal} is missing."
            continue
        for name, value in values_of(state, folded.last_event_at).items():
            if getattr(row, name) != value:
                actual = getattr(row, name)
                yield (
                    f"{case.code}: {state.kind} {state.ordinal}: {name} is {actual}, the "
                    f"journal says {value}."
                )
    for kind, ordinal in stored:
        yield f"{case.code}: the {kind} clock {ordinal} is not in the journal."


def _misplaced(
    case: Case,
    terms: CaseTerms,
    folded: Timeline,
    rows: list[event_mapping.Row],
    entry: QueueEntry | None,
) -> Iterator[str]:
    if not case.is_open or entry is None:
        if case.is_open is (entry is None):
            yield (
                f"{case.code}: it is "
                f"{'open and not' if case.is_open else 'closed and still'} in the queue."
            )
        return
    expected = queue_entries.values_of(case, terms, folded, rows, is_historical=case.is_historical)
    for name, value in expected.items():
        if getattr(entry, name) != value:
            yield (
                f"{case.code}: in the queue its {name} is {getattr(entry, name)}, it "
                f"should be {value}."
            )


def instant_text(at: datetime | None) -> str | None:
    """An instant as text in a list of due steps or a pause."""
    return None if at is None else at.astimezone(UTC).isoformat()
