"""How the floor of promises hears of a case."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases import instants
from cases.actions.context import ActionContext
from cases.models import Case, CaseEvent
from cases.verbs import ClosingReason, Severity, Verb
from contacts.errors import Refused
from sla import calendars, clocks, closures, paging, placing
from sla.models import CaseTerms
from sla.timeline import Kind, Timeline


def follow(*, event: CaseEvent, **kwargs: Any) -> dict[str, Any]:
    """Fold the case's clocks again; a case whose clocks cannot start does not open."""
    folded = clocks.follow(event.case, event.at)
    return {"lines": promise_lines(event, folded)}


def call_people(*, event: CaseEvent, **kwargs: Any) -> None:
    """Write down that a case is to be given to somebody, or that whoever is paged for it has come
    (§8, §10).
    """
    paging.hear(event)
    placing.hear(event)


def promise_lines(event: CaseEvent, folded: Timeline) -> list[tuple[Any, Any]]:
    """What to print under a notice: (what is promised, the instant)."""
    if event.verb in (Verb.INFORMATION_REQUESTED, Verb.RULED_INADEQUATE):
        wait = folded.latest(Kind.CUSTOMER_RESPONSE)
        return (
            [
                (_("Please answer by"), wait.due_at),
                (_("Without an answer we may close the case on"), wait.closure_due_at),
            ]
            if wait
            else []
        )
    if event.verb == Verb.RESOLUTION_PROPOSED:
        closure = folded.latest(Kind.CLOSURE)
        return (
            [(_("Unless you report an issue, the case closes on"), closure.due_at)]
            if closure
            else []
        )
    if event.verb in (Verb.FILED, Verb.SEVERITY_SET, Verb.TERMS_MOVED):
        response, restore = folded.latest(Kind.RESPONSE), folded.latest(Kind.RESTORE)
        lines: list[tuple[Any, Any]] = []
        if response and response.due_at and response.stopped_at is None:
            lines.append((_("First answer by"), response.due_at))
        if restore and restore.due_at and restore.stopped_at is None:
            lines.append((_("Working again by"), restore.due_at))
        return lines
    return []


def object_to_closing(
    *, case: Case, verb: Verb, by: Any, particulars: dict[str, Any], **kwargs: Any
) -> None:
    """CareTrack closes only what is due, after a notice that was really sent has run (§13)."""
    reason = particulars.get("reason")
    if (
        verb != Verb.CLOSED
        or reason not in (ClosingReason.UNOPPOSED, ClosingReason.UNANSWERED)
        or instants.is_replaying()
    ):
        return
    allowed_at, why = closures.allowed_at(case)
    if allowed_at is None or allowed_at > instants.now():
        raise Refused(why)


def object_to_reopening(*, case: Case, verb: Verb, **kwargs: Any) -> None:
    """After the window an answer opens a new case instead (§13)."""
    if verb != Verb.REOPENED or case.closed_at is None:
        return
    until = reopens_until(case)
    if until is not None and instants.now() > until:
        raise Refused(
            "The time to reopen this case is over. Please open a new case and mention its number."
        )


def terms_of(case: Case) -> CaseTerms | None:
    """The terms of a case, as they were read with it, or by one statement."""
    read_with_it = case._state.fields_cache.get("terms")
    return read_with_it or CaseTerms.objects.filter(case=case).first()


def reopens_until(case: Case) -> Any:
    """The last instant at which a closed case can be reopened: the policy's window in business days
    (§13).
    """
    terms = terms_of(case)
    if terms is None or case.closed_at is None:
        return None
    version = calendars.version_of(terms.policy_version_id)
    window = version.reopen_window_days * version.hours_per_business_day * 3600
    return calendars.calendar_of(terms.calendar_version_id).after(case.closed_at, window)


def object_to_escalation_request(
    *, case: Case, verb: Verb, context: ActionContext | None = None, **kwargs: Any
) -> None:
    """For a High case a customer asks for escalation once Care was silent for the policy's hours
    (§10).
    """
    if verb != Verb.ESCALATION_REQUESTED or case.severity != Severity.HIGH:
        return
    terms = terms_of(case)
    if terms is None or context is None:
        raise Refused("Escalation of this case cannot be asked for.")
    wait = timedelta(
        hours=calendars.version_of(terms.policy_version_id).escalation_request_wait_hours
    )
    if instants.now() < (context.facts.care_spoke_at or case.opened_at) + wait:
        hours = int(wait.total_seconds() // 3600)
        raise Refused(
            "Escalation of a High case can be asked for {hours} hours after the last update.",
            hours=hours,
        )
