"""Clocks as a reader sees them: state, share, business time left, due time.

Portal and console use them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from caretrack.web.shared.clock_labels import clock_labels
from cases.choices import CaseKind, CaseState
from cases.models import Case
from contacts.models import User
from sla import calendars
from sla.businesstime import Pause
from sla.clocks import is_missed
from sla.due_steps import CLOSE
from sla.models import Clock, ClockOutcome
from sla.models.clock import CARES_PROMISES, ClockKindChoices
from sla.querysets import ClockQuerySet
from sla.timeline import EndedBy

# The state of a stopped clock by its outcome. Others are over.
STOPPED = {
    ClockOutcome.MET: "met",
    ClockOutcome.BREACHED: "missed",
    ClockOutcome.MEASURED: "measured",
}
WITHOUT_TARGET = ("measured", "owed")
PAUSES_OF_CONTACT = ("on_hold", "wait_suspended")
ENDING_ON_A_DAY = (ClockKindChoices.CLOSURE,)


@dataclass(frozen=True)
class ClockView:
    """One clock at one instant.

    `state` is due, late, paused, met, missed, measured, owed or over, and the modifier of `.clock`.
    `label` is its name, `state_label` that of its state. Seconds are counted time of the clock's
    calendar; `left` is negative once it is late.
    """

    pk: int | None
    kind: str
    label: str
    state: str
    state_label: str
    left: int | None
    used: int
    target: int | None
    due_at: datetime | None
    closes_at: datetime | None
    started_at: datetime
    stopped_at: datetime | None
    is_around_the_clock: bool
    is_cares: bool
    ordinal: int = 1
    note: str = ""  # instead of its time
    paused_by: str = ""  # on_hold or wait_suspended, while the contact's time is paused (§13)

    @property
    def is_running(self) -> bool:
        """Not stopped. Paused clocks are running."""
        return self.stopped_at is None

    @property
    def share(self) -> int:
        """The used share of the target in steps of 5 from 0 to 100: the bar's class `used-…`."""
        if not self.target:
            return 0
        return max(0, min(100, round(self.used / self.target * 20) * 5))

    @property
    def is_pressing(self) -> bool:
        """Three quarters are used, and the target can still be met."""
        return self.state == "due" and self.share >= 75

    @property
    def counted_in(self) -> str:
        """The label of its hours."""
        labels = clock_labels()
        return labels.around_the_clock if self.is_around_the_clock else labels.business_time


def view(clock: "Clock | StoredClock", now: datetime) -> ClockView:
    """The clock at `now`.

    Uses no statement once this process has cached the calendar.
    """
    calendar = calendars.counted_on(clock.calendar_version_id, clock.is_around_the_clock)
    pauses = [
        Pause(datetime.fromisoformat(start), datetime.fromisoformat(stop) if stop else None, why)
        for start, stop, why in clock.pauses
    ]
    until = max(clock.stopped_at or now, clock.started_at)
    used = clock.used_seconds
    if used is None:
        used = int(calendar.between(clock.started_at, until, pauses).total_seconds())
    target, left = clock.target_seconds, None
    if target is not None:
        left = target - used  # a pause counts neither before the due time nor after it
    elif clock.stopped_at is None and clock.due_at is not None:
        left = int(calendar.between(now, clock.due_at).total_seconds())
        target = used + left
    state, state_label = _state(clock, now, left, used, target)
    return ClockView(
        pk=clock.pk,
        kind=clock.kind,
        label=clock_labels().label(clock.kind, clock.ordinal),
        ordinal=clock.ordinal,
        state=state,
        state_label=state_label,
        left=left,
        used=used,
        target=target,
        due_at=clock.due_at,
        closes_at=_closes_at(clock),
        started_at=clock.started_at,
        stopped_at=clock.stopped_at,
        is_around_the_clock=clock.is_around_the_clock,
        is_cares=clock.kind in CARES_PROMISES,
        paused_by=_paused_by(clock),
    )


def _paused_by(clock: "Clock | StoredClock") -> str:
    """What pauses the contact's time on this clock; empty for any other pause."""
    is_paused = clock.stopped_at is None and clock.outcome == ClockOutcome.PAUSED
    why = str(clock.pauses[-1][2]) if is_paused and clock.pauses else ""
    return why if why in PAUSES_OF_CONTACT else ""


def _closes_at(clock: "Clock | StoredClock") -> datetime | None:
    """When the case closes without a reply: the time of the closing notice, or before it that of
    the policy; later where the notice was sent late.
    """
    named = next((at for step, at in clock.due_steps if step == str(CLOSE)), None)
    return datetime.fromisoformat(named) if named else clock.closure_due_at


def _state(
    clock: "Clock | StoredClock", now: datetime, left: int | None, used: int, target: int | None
) -> tuple[str, str]:
    """The state and its label. A target that was missed before it changed remains missed (§14)."""
    state, label = _present_state(clock, now, left, used, target)
    if state == "missed" or getattr(clock, "missed_due_at", None) is None:
        return state, label
    missed = clock_labels().missed_before
    if clock.stopped_at is None:
        return state, f"{missed}; {label}"
    return "missed", f"{missed}; {label}" if state == "over" else missed


def _present_state(
    clock: "Clock | StoredClock", now: datetime, left: int | None, used: int, target: int | None
) -> tuple[str, str]:
    from caretrack.web.shared.templatetags.care import duration

    labels = clock_labels()
    if clock.stopped_at is not None:
        outcome = ClockOutcome(clock.outcome)
        if outcome == ClockOutcome.BREACHED:
            late = used - target if target else 0
            missed = labels.missed_by.format(time=duration(late)) if late > 0 else labels.missed
            if clock.ended_by != EndedBy.EVENT:
                return "missed", f"{missed}; {labels.stopped[ClockOutcome.CANCELLED]}"
            return "missed", missed
        return STOPPED.get(outcome, "over"), labels.stopped.get(outcome, labels.over)
    paused = ""
    if clock.outcome == ClockOutcome.PAUSED:
        why = clock.pauses[-1][2] if clock.pauses else ""
        paused = labels.paused.format(why=labels.paused_why.get(why, labels.not_counted))
    if clock.kind in CARES_PROMISES and is_missed(clock, now):
        missed = labels.missed_by.format(time=duration(-left)) if left else labels.missed
        return "missed", f"{missed}; {paused}" if paused else missed
    if paused:
        return "paused", paused
    if target is None and clock.target_days is None:
        return "measured", labels.measured_no_target
    if left is not None and left < 0:
        return "late", labels.over_since.format(time=duration(-left))
    return "due", labels.due


class StoredClock(NamedTuple):
    """The columns of a clock that a page needs, as plain values: a list reads hundreds."""

    pk: int
    case_id: int
    kind: str
    ordinal: int
    calendar_version_id: int
    is_around_the_clock: bool
    started_at: datetime
    target_seconds: int | None
    target_days: int | None
    pauses: Any
    due_at: datetime | None
    closure_due_at: datetime | None
    stopped_at: datetime | None
    breaches_at: datetime | None
    used_seconds: int | None
    outcome: str
    ended_by: str
    due_steps: Any
    missed_due_at: datetime | None

    @property
    def is_running(self) -> bool:
        """As `Clock.is_running`."""
        return self.stopped_at is None


def of_cases(
    cases: Iterable[Case], now: datetime, reader: User, *, only_running: bool = False
) -> dict[int, list[ClockView]]:
    """The clocks of several cases for a reader, by case, in one statement; in two if one of them
    is an open follow-up case.
    """
    listed = list(cases)
    by_case: dict[int, list[ClockView]] = {case.pk: [] for case in listed}
    clocks = Clock.objects.filter(case_id__in=list(by_case)).order_by("started_at", "id")
    if only_running:
        clocks = clocks.running()
    for clock in _stored(clocks):
        by_case[clock.case_id].append(for_reader(view(clock, now), reader))
    for pk, stored in _of_owed_analyses(listed).items():
        shown = [clock for clock in stored if clock.is_running or not only_running]
        by_case[pk] += [for_reader(view(clock, now), reader) for clock in shown]
        if _is_analysis_owed(stored):
            by_case[pk].append(for_reader(_owed_analysis(now), reader))
    return by_case


def _of_owed_analyses(cases: Iterable[Case]) -> dict[int, list[StoredClock]]:
    """The clocks of the analyses that open follow-up cases are about, by follow-up case: their
    target is that of the original case (§12). No statement where there is no such case.
    """
    follow_ups = [
        case.pk
        for case in cases
        if case.kind == CaseKind.RCA_FOLLOW_UP and case.state != CaseState.CLOSED
    ]
    by_case: dict[int, list[StoredClock]] = {pk: [] for pk in follow_ups}
    if follow_ups:
        clocks = Clock.objects.filter(
            kind=ClockKindChoices.RCA, case__analysis__follow_up_id__in=follow_ups
        )
        rows = clocks.order_by("started_at", "id").with_missed_due()
        for pk, *row in rows.values_list("case__analysis__follow_up_id", *StoredClock._fields):
            by_case[pk].append(StoredClock(*row))
    return by_case


def _stored(clocks: ClockQuerySet) -> list[StoredClock]:
    rows = clocks.with_missed_due().values_list(*StoredClock._fields)
    return [StoredClock(*row) for row in rows]


def for_reader(clock: ClockView, reader: User) -> ClockView:
    """The clock with the label that its reader knows: the customer's people read “Your reply”."""
    if reader.is_care:
        return clock
    return replace(clock, label=clock_labels().for_customer(clock.kind, clock.ordinal))


def of_case(case: Case, now: datetime, reader: User) -> list[ClockView]:
    """The clocks of one case for a reader: running ones first, the nearest on top, then stopped
    ones, newest first.
    """
    stored = _stored(Clock.objects.filter(case=case).order_by("started_at", "id"))
    stored += _of_owed_analyses([case]).get(case.pk, [])
    clocks = [*_updates_in_time(stored)]
    clocks += [view(clock, now) for clock in stored if not _is_past_update(clock)]
    if case.state != CaseState.CLOSED and _is_analysis_owed(stored):
        clocks.append(_owed_analysis(now))
    clocks = [for_reader(clock, reader) for clock in clocks]
    running = sorted(
        (c for c in clocks if c.is_running),
        key=lambda c: (c.due_at is None, c.due_at or c.started_at),
    )
    return running + [c for c in reversed(clocks) if not c.is_running]


def _is_past_update(clock: StoredClock) -> bool:
    """Whether it is an update that came in time: a long case has hundreds, and only the next one
    and the missed ones matter to a reader.
    """
    return (
        clock.kind == ClockKindChoices.UPDATE
        and not clock.is_running
        and clock.outcome != ClockOutcome.BREACHED
        and clock.missed_due_at is None
    )


def _updates_in_time(stored: list[StoredClock]) -> list[ClockView]:
    """The updates that came in time, as one clock: their number, and the longest time of one."""
    met = [
        clock for clock in stored if _is_past_update(clock) and clock.outcome == ClockOutcome.MET
    ]
    if not met:
        return []
    from caretrack.web.shared.templatetags.care import duration

    labels, longest = clock_labels(), max(clock.used_seconds or 0 for clock in met)
    one = ClockView(
        pk=None,
        kind=ClockKindChoices.UPDATE,
        label=labels.labels[ClockKindChoices.UPDATE],
        state="met",
        state_label=labels.in_time.format(count=len(met)),
        left=None,
        used=longest,
        target=None,
        due_at=None,
        closes_at=None,
        started_at=met[0].started_at,
        stopped_at=met[-1].stopped_at,
        is_around_the_clock=False,
        is_cares=True,
        note=labels.longest.format(time=duration(longest)),
    )
    return [one]


def _is_analysis_owed(clocks: list[StoredClock]) -> bool:
    """Whether the last root cause analysis was withdrawn with its resolution, so that the next
    resolution makes it due again (§12).
    """
    analyses = [clock for clock in clocks if clock.kind == ClockKindChoices.RCA]
    return bool(analyses) and analyses[-1].ended_by == EndedBy.WITHDRAWN


def _owed_analysis(now: datetime) -> ClockView:
    labels = clock_labels()
    return ClockView(
        pk=None,
        kind=ClockKindChoices.RCA,
        label=labels.labels[ClockKindChoices.RCA],
        state="owed",
        state_label=labels.owed,
        left=None,
        used=0,
        target=None,
        due_at=None,
        closes_at=None,
        started_at=now,
        stopped_at=None,
        is_around_the_clock=False,
        is_cares=True,
    )


def nearest(clocks: Iterable[ClockView], *, cares: bool) -> ClockView | None:
    """The running clock of one side that is due first, or a paused one if no other runs."""
    running = [
        c for c in clocks if c.is_running and c.is_cares == cares and c.state not in WITHOUT_TARGET
    ]
    return min(running, key=lambda c: (c.due_at is None, c.due_at or c.started_at), default=None)


def next_for_customer(case: Case, clocks: Iterable[ClockView]) -> ClockView | None:
    """The clock that a list names for a case: of the side whose turn it is. A Critical case with a
    proposed resolution does not close before its analysis is published (§12), so it names that.
    """
    known = list(clocks)
    is_held = case.state == CaseState.RESOLUTION_PROPOSED and case.was_critical
    analysis = [c for c in known if c.kind == ClockKindChoices.RCA and c.is_running]
    if is_held and (due := nearest(analysis, cares=True)):
        return due
    return nearest(known, cares=not case.is_contacts_turn)
