"""Receivers of the sla package for events of a case."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.actions.context import ActionContext
from cases.choices import CaseState, ClosingReason, EventType, FirstResponse, Severity
from cases.events import Closed, Filed, PutOnHold, TermsMoved
from cases.facts import facts_of
from cases.models import Case, CaseEvent
from cases.notifications.outgoing import Details
from cases.notifications.texts import NoticeLine
from core import current_time
from core.errors import Refused
from sla import auto_closure, calendars, clocks, event_mapping, policy_emails
from sla.models import CaseTerms, Clock
from sla.models.clock import ClockKindChoices


def follow(*, event: CaseEvent, **kwargs: Any) -> None:
    """Fold the case's clocks again; a case whose clocks cannot start does not open."""
    clocks.sync_clocks(event.case, event.at)


def promised(event: CaseEvent) -> Details:
    """The service targets and requests with their due times, for the notification of an event."""
    if event.verb not in NAMING_INSTANTS:
        return Details()
    if isinstance(event.data, TermsMoved):
        return _of_policy_change(event.data)
    latest: dict[str, Clock] = {}
    for clock in Clock.objects.filter(case_id=event.case_id).order_by("ordinal"):
        latest[clock.kind] = clock
    return Details(list(_lines(event, latest)))


WAITS_FOR = {
    CaseState.WAITING_ON_CONTACT: EventType.INFORMATION_REQUESTED,
    CaseState.RESOLUTION_PROPOSED: EventType.RESOLUTION_PROPOSED,
}
NAMING_INSTANTS = frozenset(
    {
        EventType.INFORMATION_REQUESTED,
        EventType.RULED_INADEQUATE,
        EventType.RESOLUTION_PROPOSED,
        EventType.WAIT_RESUMED,
        EventType.ON_HOLD,
        EventType.HOLD_ENDED,
        EventType.CLOSURE_ANNOUNCED,
        EventType.CLOSED,
        EventType.FILED,
        EventType.ANSWERED,
        EventType.SEVERITY_SET,
        EventType.TERMS_MOVED,
        EventType.CONTACT_CHANGED,
    }
)
TARGETS = (
    (ClockKindChoices.RESPONSE, _("We aim to reply by")),
    (ClockKindChoices.RESTORE, _("We aim to restore service by")),
    (ClockKindChoices.UPDATE, _("Next update by")),
)


def _lines(event: CaseEvent, latest: Mapping[str, Clock]) -> Iterator[NoticeLine]:
    verb, case = event.verb, event.case
    own = _own_lines(event)
    if own is not None:
        yield from own
        return
    if verb == EventType.CONTACT_CHANGED:  # the new contact reads what the state waits for
        verb = WAITS_FOR.get(case.state, EventType.FILED)
    wait = _running(latest, ClockKindChoices.CUSTOMER_RESPONSE)
    closure = _running(latest, ClockKindChoices.CLOSURE)
    if verb in auto_closure.RESUMPTIONS and closure:
        verb = EventType.RESOLUTION_PROPOSED
    if verb in CLOSING_LABELS:
        closes_at = auto_closure.expected_closing(case, current_time.now())
        if closes_at and (wait if verb == EventType.CLOSURE_ANNOUNCED else closure):
            yield NoticeLine(CLOSING_LABELS[verb], closes_at)
    elif verb in ASKING:
        if wait and wait.due_at and wait.closure_due_at:
            yield NoticeLine(_("Please reply by"), wait.due_at)
            yield NoticeLine(_("Without a reply, the case may be closed on"), wait.closure_due_at)
    else:
        before = due_before(event) if verb == EventType.SEVERITY_SET else {}
        for kind, label in TARGETS:
            clock = _running(latest, kind)
            if clock and clock.due_at:
                yield NoticeLine(label, clock.due_at, before.get(kind))


CLOSING_LABELS: dict[str, Any] = {
    EventType.CLOSURE_ANNOUNCED: _("Without a reply, the case will be closed on"),
    EventType.RESOLUTION_PROPOSED: _("Unless you report an issue, the case closes on"),
}
ASKING = (
    EventType.INFORMATION_REQUESTED,
    EventType.RULED_INADEQUATE,
    EventType.WAIT_RESUMED,
    EventType.HOLD_ENDED,
)


def _of_policy_change(data: TermsMoved) -> Details:
    """Nobody is notified where nothing changes. A migration of many cases writes to each contact
    once, at its end; until then the change is in the product only (§14).
    """
    return Details(
        list(policy_emails.lines(data)),
        is_for_nobody=not data.changes,
        is_quiet=data.run is not None,
    )


def _running(latest: Mapping[str, Clock], kind: str) -> Clock | None:
    clock = latest.get(kind)
    return clock if clock is not None and clock.stopped_at is None else None


def _own_lines(event: CaseEvent) -> Iterator[NoticeLine] | None:
    """The lines of an event that has its own; a new contact reads of a hold in force."""
    if event.verb == EventType.CONTACT_CHANGED and event.case.is_contacts_turn:
        hold = facts_of(event.case).hold
        return iter([_hold_line(hold.until, hold.after)]) if hold else None
    return OWN_LINES[event.verb](event) if event.verb in OWN_LINES else None


def _hold_lines(event: CaseEvent) -> Iterator[NoticeLine]:
    """When the hold ends (§13)."""
    hold = event.read_as(PutOnHold)
    yield _hold_line(datetime.fromisoformat(hold.until), hold.after)


def _hold_line(until: datetime, after: str | None) -> NoticeLine:
    if not after:
        return NoticeLine(_("On hold until"), until)
    label = _("On hold until {case} is resolved, and at most until")
    return NoticeLine(label, until, values={"case": after})


def _closing_lines(event: CaseEvent) -> Iterator[NoticeLine]:
    """Why the case is closed, and until when it can be reopened (§13)."""
    closed = event.read_as(Closed)
    yield NoticeLine(_("Reason: {reason}."), values={"reason": ClosingReason(closed.reason).label})
    if closed.merged_into:
        yield NoticeLine(
            _("It goes on as {case}: please write there."), values={"case": closed.merged_into}
        )
    else:
        until = reopens_until(event.case)
        if until is not None:
            yield NoticeLine(_("If it comes back, you can reopen the case until"), until)


def due_before(event: CaseEvent) -> dict[str, datetime | None]:
    """When each running target was due before an event changed it, by kind of clock."""
    terms = terms_of(event.case)
    if terms is None:
        return {}
    rows = [row for row in event_mapping.rows_of(event.case) if row[0] < event.seq]
    folded = clocks.project_clocks(event.case, terms, rows)
    return {str(clock.kind): clock.due_at for clock in folded.clocks if clock.stopped_at is None}


def first_response_on_origin(case: Case, seq: int) -> str | None:
    """What is left of the first response to message number `seq` that becomes a case of its own
    (§5).

    None while the response to it is not decided, or where `case` promised none any more.
    """
    rows = event_mapping.rows_of(case)
    began, *_ = [row for row in reversed(rows) if row[0] <= seq and row[1] in STARTS_A_RESPONSE]
    if isinstance(began[3], Filed) and began[3].first_response == FirstResponse.ON_ORIGIN:
        return FirstResponse.ON_ORIGIN
    replies = (row[0] for row in rows if row[0] > began[0] and event_mapping.is_response(row))
    reply = next(replies, None)
    if reply is not None:
        return FirstResponse.ON_ORIGIN if reply > seq else None
    clock = Clock.objects.filter(case=case, kind=ClockKindChoices.RESPONSE).latest("ordinal")
    return FirstResponse.FROM_SPLIT if clocks.is_missed(clock, current_time.now()) else None


STARTS_A_RESPONSE = (EventType.FILED, EventType.REOPENED)


def object_to_closing(*, case: Case, verb: EventType, reason: str = "", **kwargs: Any) -> None:
    """Refuse an auto-closure that is not due, or whose notice was not really sent or has not run
    (§13).
    """
    if (
        verb != EventType.CLOSED
        or reason not in (ClosingReason.UNOPPOSED, ClosingReason.UNANSWERED)
        or current_time.is_replaying()
    ):
        return
    allowed_at, why = auto_closure.allowed_at(case)
    if allowed_at is None or allowed_at > current_time.now():
        raise auto_closure.NotYet(why, allowed_at)


def object_to_reopening(*, case: Case, verb: EventType, **kwargs: Any) -> None:
    """Refuse to reopen after the reopening period: a reply then opens a new case (§13)."""
    if verb != EventType.REOPENED or case.closed_at is None:
        return
    until = reopens_until(case)
    if until is not None and current_time.now() > until:
        raise Refused(
            "The time to reopen this case is over. Please open a new case and mention its number."
        )


OWN_LINES: dict[str, Callable[[CaseEvent], Iterator[NoticeLine]]] = {
    EventType.CLOSED: _closing_lines,
    EventType.ON_HOLD: _hold_lines,
}


def terms_of(case: Case) -> CaseTerms | None:
    """The terms of a case, as they were read with it, or by one query."""
    read_with_it = case._state.fields_cache.get("terms")
    return read_with_it or CaseTerms.objects.filter(case=case).first()


def reopens_until(case: Case) -> Any:
    """The last instant at which a closed case can be reopened: the policy's period in business days
    (§13).
    """
    terms = terms_of(case)
    if terms is None or case.closed_at is None:
        return None
    version = calendars.version_of(terms.policy_version_id)
    window = version.reopen_window_days * version.hours_per_business_day * 3600
    return calendars.calendar_of(terms.calendar_version_id).after(case.closed_at, window)


def object_to_escalation_request(
    *, case: Case, verb: EventType, context: ActionContext | None = None, **kwargs: Any
) -> None:
    """Refuse an escalation request of a High case before Care was silent for the policy's hours
    (§10).
    """
    if verb != EventType.ESCALATION_REQUESTED or case.severity != Severity.HIGH:
        return
    terms = terms_of(case)
    if terms is None or context is None:
        raise Refused("Escalation of this case cannot be asked for.")
    wait = timedelta(
        hours=calendars.version_of(terms.policy_version_id).escalation_request_wait_hours
    )
    if current_time.now() < (context.facts.care_spoke_at or case.opened_at) + wait:
        hours = int(wait.total_seconds() // 3600)
        raise Refused(
            "Escalation of a High case can be asked for {hours} hours after the last update.",
            hours=hours,
        )
