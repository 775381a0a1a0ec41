"""Receivers of the sla package for events of a case."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.actions.context import ActionContext
from cases.choices import CaseState, ClosingReason, EventType, Severity
from cases.models import Case, CaseEvent
from cases.notifications.outgoing import Details
from core import current_time
from core.errors import Refused
from sla import auto_closure, calendars, clocks
from sla.models import CaseTerms, Clock
from sla.models.clock import ClockKindChoices


def follow(*, event: CaseEvent, **kwargs: Any) -> None:
    """Fold the case's clocks again; a case whose clocks cannot start does not open."""
    clocks.sync_clocks(event.case, event.at)


def promised(event: CaseEvent) -> Details:
    """The service targets and requests with their due times, for the notification of an event."""
    if event.verb not in NAMING_INSTANTS:
        return Details()
    latest: dict[str, Clock] = {}
    for clock in Clock.objects.filter(case_id=event.case_id).order_by("ordinal"):
        latest[clock.kind] = clock
    verb = event.verb
    if verb == EventType.CONTACT_CHANGED:  # the new contact reads what the state waits for
        verb = WAITS_FOR.get(event.case.state, EventType.FILED)
    return Details(list(_lines(verb, latest)))


WAITS_FOR = {
    CaseState.WAITING_ON_CONTACT: EventType.INFORMATION_REQUESTED,
    CaseState.RESOLUTION_PROPOSED: EventType.RESOLUTION_PROPOSED,
}
NAMING_INSTANTS = frozenset(
    {
        EventType.INFORMATION_REQUESTED,
        EventType.RULED_INADEQUATE,
        EventType.RESOLUTION_PROPOSED,
        EventType.FILED,
        EventType.SEVERITY_SET,
        EventType.TERMS_MOVED,
        EventType.CONTACT_CHANGED,
    }
)


def _lines(verb: str, latest: Mapping[str, Clock]) -> Iterator[tuple[Any, datetime]]:
    if verb in (EventType.INFORMATION_REQUESTED, EventType.RULED_INADEQUATE):
        wait = latest.get(ClockKindChoices.CUSTOMER_RESPONSE)
        if wait and wait.due_at and wait.closure_due_at:
            yield _("Please answer by"), wait.due_at
            yield _("Without an answer we may close the case on"), wait.closure_due_at
    elif verb == EventType.RESOLUTION_PROPOSED:
        closure = latest.get(ClockKindChoices.CLOSURE)
        if closure and closure.due_at:
            yield _("Unless you report an issue, the case closes on"), closure.due_at
    else:
        for kind, words in (
            (ClockKindChoices.RESPONSE, _("First answer by")),
            (ClockKindChoices.RESTORE, _("Working again by")),
        ):
            clock = latest.get(kind)
            if clock and clock.due_at and clock.stopped_at is None:
                yield words, clock.due_at


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
