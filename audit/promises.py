"""Checks of §13 and §14: every auto-closure has its notice, and every missed target its fact.

Needs Care's scope; changes nothing. An imported history notified nobody and needs no notice.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from cases.choices import ClosingReason, EventType
from cases.events import Closed, ClosureAnnounced, TermsMoved, Undelivered
from cases.facts import VOID_A_CLOSING_NOTICE
from cases.models import CaseEvent, Notification, NotificationChannel, NotificationState
from contacts.notification_preferences import NotificationKind as News
from sla.auto_closure import ON_THE_SPOT
from sla.businesstime import Calendar
from sla.calendars import calendar_of, version_of
from sla.due_steps import StepKind
from sla.models import CaseTerms, Clock, ClockFact, ClockOutcome, FactKind
from sla.models.clock import CARES_PROMISES

Only = Collection[int] | None
Finding = tuple[int, str]
ASKED = {
    ClosingReason.UNOPPOSED: EventType.RESOLUTION_PROPOSED,
    ClosingReason.UNANSWERED: EventType.CLOSURE_ANNOUNCED,
}
# What pauses the contact's time, and what ends the pause. An announced instant is void by then; a
# proposal stays, and its days are counted around the pause (§13).
PAUSES = {
    EventType.ON_HOLD: EventType.HOLD_ENDED,
    EventType.WAIT_SUSPENDED: EventType.WAIT_RESUMED,
}
BATCH = 500


def closures_without_notice(only: Only = None) -> Iterator[Finding]:
    """(case, finding) for each auto-closure that its notice does not justify (§13).

    The proposal or the announcement must still apply, and no event must have withdrawn it. The
    contact's email about it must really have been sent. The case must not have closed before the
    named time, or before the notice period ended.
    """
    closings = CaseEvent.objects.filter(
        verb=EventType.CLOSED, particulars__reason__in=list(ASKED), by__role="system"
    )
    closings = (
        closings.filter(case__organisation__is_historical=False)
        .select_related("case")
        .order_by("pk")
    )
    closings = closings if only is None else closings.filter(case__in=only)
    last = 0
    while batch := list(closings.filter(pk__gt=last)[:BATCH]):
        last = batch[-1].pk
        journals = _journals({event.case_id for event in batch})
        notices = _sent({event.case_id for event in batch})
        for closing in batch:
            why = _why_unproven(closing, journals[closing.case_id], notices)
            if why:
                yield closing.case_id, f"{closing.case.code}: closed at event {closing.seq} {why}"


def _journals(cases: Collection[int]) -> dict[int, list[CaseEvent]]:
    events_by_case: dict[int, list[CaseEvent]] = {key: [] for key in cases}
    for event in CaseEvent.objects.filter(case__in=cases).order_by("case_id", "seq"):
        events_by_case[event.case_id].append(event)
    return events_by_case


Sent = dict[str, list[tuple[int, datetime]]]


def _sent(cases: Collection[int]) -> Sent:
    """By notification key: the emails to people of the organisation that were sent, and when;
    watchers do not count.
    """
    rows = Notification.objects.filter(
        case__in=cases,
        channel=NotificationChannel.EMAIL,
        state__in=[NotificationState.SENT, NotificationState.BOUNCED],
        recipient__organisation__isnull=False,
        sent_at__isnull=False,
    ).exclude(kind=News.WATCHED)
    sent_by_key: dict[str, list[tuple[int, datetime]]] = {}
    for pk, key, sent_at in rows.order_by("sent_at").values_list("pk", "key", "sent_at"):
        if sent_at is not None:
            sent_by_key.setdefault(key, []).append((pk, sent_at))
    return sent_by_key


def _why_unproven(closing: CaseEvent, journal: list[CaseEvent], notices: Sent) -> str:
    required_type = ASKED[ClosingReason(closing.read_as(Closed).reason)]
    before = [event for event in journal if event.seq < closing.seq]
    basis = next((event for event in reversed(before) if event.verb == required_type), None)
    if basis is None:
        return f"without any event “{required_type}” before it."
    since = [event for event in before if event.seq > basis.seq]
    voiding = VOID_A_CLOSING_NOTICE
    if required_type == EventType.RESOLUTION_PROPOSED:
        voiding -= PAUSES.keys()
    void = next((e for e in since if e.verb in voiding), None)
    if void is not None:
        return f"although event {void.seq} ({void.verb}) had made the notice void."
    for pause, end in PAUSES.items():
        last = next((e for e in reversed(since) if e.verb in (pause, end)), None)
        if last is not None and last.verb == pause:
            return f"although event {last.seq} ({last.verb}) had paused the contact's time."
    came_back = {
        e.read_as(Undelivered).notice for e in before if e.verb == EventType.UNDELIVERED
    }  # known at that time
    sent = notices.get(f"{closing.case.code}:event:{basis.seq}", [])
    sent_at = next((at for pk, at in sent if pk not in came_back), None)
    if sent_at is None or sent_at > _with_second(closing.at):
        return f"although the notice of event {basis.seq} was not sent before."
    earliest = _earliest(closing, basis, before, sent_at)
    if closing.at < earliest:
        return f"before {earliest:%Y-%m-%d %H:%M:%S} UTC, when its notice allowed it."
    return ""


def _earliest(
    closing: CaseEvent, basis: CaseEvent, before: list[CaseEvent], sent_at: datetime
) -> datetime:
    """The earliest closure that the notice allowed, computed again from the terms at that time."""
    terms = CaseTerms.objects.get(case_id=closing.case_id)
    moved = next(
        (
            e.read_as(TermsMoved).version
            for e in reversed(before)
            if e.verb == EventType.TERMS_MOVED
        ),
        None,
    )
    if moved is None:  # later migrations, after a reopening, record what applied before them
        later = CaseEvent.objects.filter(
            case=closing.case_id, verb=EventType.TERMS_MOVED, seq__gt=closing.seq
        )
        next_move = later.order_by("seq").first()
        moved = (
            next_move.read_as(TermsMoved).version_before if next_move else terms.policy_version_id
        )
    version, calendar = version_of(moved), calendar_of(terms.calendar_version_id)
    if basis.verb == EventType.CLOSURE_ANNOUNCED:
        due = datetime.fromisoformat(basis.read_as(ClosureAnnounced).closes_at)
    else:
        due = _end_of_days(calendar, basis, version.closure_days, before)
    resumed = [e.at for e in before if e.seq > basis.seq and e.verb in PAUSES.values()]
    late = [sent_at.replace(microsecond=0)] if sent_at > basis.at + ON_THE_SPOT else []
    period = version.notice_days * version.hours_per_business_day * 3600
    for start in [*resumed, *late]:
        after = calendar.after(start, period)
        assert after is not None  # nothing pauses a notice period
        due = max(due, after)
    return due


def _end_of_days(
    calendar: Calendar, proposal: CaseEvent, days: int, before: list[CaseEvent]
) -> datetime:
    """The end of the last of a proposal's days. One that ended before a pause is used up, the
    others count from the end of the pause: of a hold, of a suspension, or of the later of both.
    """
    start, held_at = proposal.at, None
    ends_awaited: set[str] = set()
    for event in (e for e in before if e.seq > proposal.seq):
        if event.verb in PAUSES:
            held_at = held_at or event.at
            ends_awaited.add(PAUSES[EventType(event.verb)])
        ends_awaited.discard(event.verb)
        if held_at is not None and not ends_awaited:
            while days and calendar.end_of_nth_day(start, 1) <= held_at:
                start, days = calendar.end_of_nth_day(start, 1), days - 1
            start, held_at = event.at if days else start, None
    return calendar.end_of_nth_day(start, days) if days else start


def _with_second(at: datetime) -> datetime:
    """An action's time is in whole seconds, a notification's is not: both may be in one second."""
    return at.replace(microsecond=999_999)


def breaches_without_fact(only: Only = None) -> Iterator[Finding]:
    """(case, finding) for each missed target of Care's without its fact (§14)."""
    missed = Clock.objects.filter(
        outcome=ClockOutcome.BREACHED, kind__in=CARES_PROMISES, case__isnull=False
    )
    missed = (
        (missed if only is None else missed.filter(case__in=only))
        .select_related("case")
        .order_by("pk")
    )
    last = 0
    while batch := list(missed.filter(pk__gt=last)[:BATCH]):
        last = batch[-1].pk
        clocks_with_fact = set(_facts(batch).values_list("clock_id", flat=True))
        for clock in batch:
            if clock.pk not in clocks_with_fact and clock.case is not None:
                promise = f"{clock.case.code}: the {clock.kind} promise {clock.ordinal}"
                yield clock.case_id or 0, f"{promise} was missed, and no fact says so."


def _facts(clocks: list[Clock]) -> Any:
    return ClockFact.objects.filter(
        clock__in=clocks, kind=FactKind.BREACHED, step__startswith=StepKind.BREACH
    )
