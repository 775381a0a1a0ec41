"""What proves §13 and §14: no silent closure without its notice, no missed promise without its
fact.

Needs Care's scope; changes nothing. A history that was only measured (a replayed log) told nobody
and owes no notice.
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
BATCH = 500


def closures_without_notice(only: Only = None) -> Iterator[Finding]:
    """(case, finding) for each closure for silence that its notice does not bear out (§13).

    Of each: the proposal or the announcement it rests on stands, nothing since made it void, the
    contact's e-mail about it was really sent, and the case closed neither before the instant named
    nor before the notice had run.
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
    found: dict[int, list[CaseEvent]] = {key: [] for key in cases}
    for event in CaseEvent.objects.filter(case__in=cases).order_by("case_id", "seq"):
        found[event.case_id].append(event)
    return found


Sent = dict[str, list[tuple[int, datetime]]]


def _sent(cases: Collection[int]) -> Sent:
    """By notice key: the e-mails to somebody of the organisation that were sent, and when; of
    watchers none counts.
    """
    rows = Notification.objects.filter(
        case__in=cases,
        channel=NotificationChannel.EMAIL,
        state__in=[NotificationState.SENT, NotificationState.BOUNCED],
        recipient__organisation__isnull=False,
        sent_at__isnull=False,
    ).exclude(kind=News.WATCHED)
    found: dict[str, list[tuple[int, datetime]]] = {}
    for pk, key, sent_at in rows.order_by("sent_at").values_list("pk", "key", "sent_at"):
        if sent_at is not None:
            found.setdefault(key, []).append((pk, sent_at))
    return found


def _why_unproven(closing: CaseEvent, journal: list[CaseEvent], notices: Sent) -> str:
    asked = ASKED[ClosingReason(closing.read_as(Closed).reason)]
    before = [event for event in journal if event.seq < closing.seq]
    basis = next((event for event in reversed(before) if event.verb == asked), None)
    if basis is None:
        return f"without any event «{asked}» before it."
    void = next((e for e in before if e.seq > basis.seq and e.verb in VOID_A_CLOSING_NOTICE), None)
    if void is not None:
        return f"although event {void.seq} ({void.verb}) had made the notice void."
    came_back = {
        e.read_as(Undelivered).notice for e in before if e.verb == EventType.UNDELIVERED
    }  # known by then
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
    """From when the notice allowed the closure, reckoned anew from the terms that applied when it
    took place.
    """
    terms = CaseTerms.objects.get(case_id=closing.case_id)
    moved = next(
        (
            e.read_as(TermsMoved).version
            for e in reversed(before)
            if e.verb == EventType.TERMS_MOVED
        ),
        None,
    )
    if moved is None:  # later moves, after a reopening, say what applied before them
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
        due = calendar.end_of_nth_day(basis.at, version.closure_days)
    if sent_at <= basis.at + ON_THE_SPOT:
        return due
    after = calendar.after(
        sent_at.replace(microsecond=0), version.notice_days * version.hours_per_business_day * 3600
    )
    assert after is not None  # nothing pauses a notice period
    return max(due, after)


def _with_second(at: datetime) -> datetime:
    """A verb's instant is in whole seconds, a notice's is not: both may fall into one second."""
    return at.replace(microsecond=999_999)


def breaches_without_fact(only: Only = None) -> Iterator[Finding]:
    """(case, finding) for each promise of Care's that ended missed and has no fact to say so
    (§14).
    """
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
        told = set(_facts(batch).values_list("clock_id", flat=True))
        for clock in batch:
            if clock.pk not in told and clock.case is not None:
                promise = f"{clock.case.code}: the {clock.kind} promise {clock.ordinal}"
                yield clock.case_id or 0, f"{promise} was missed, and no fact says so."


def _facts(clocks: list[Clock]) -> Any:
    return ClockFact.objects.filter(
        clock__in=clocks, kind=FactKind.BREACHED, step__startswith=StepKind.BREACH
    )
