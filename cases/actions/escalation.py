"""Escalation for investigation, and the customer's request for it (§10)."""

from django.db import transaction

from cases import events
from cases.actions.base import record_message, require_reason, require_text
from cases.actions.context import ActionContext, Refusal, require
from cases.choices import EventType
from cases.models import Case, CaseEvent
from contacts.models import Team, User
from core.errors import Refused


def refusal_to_escalate(context: ActionContext) -> Refusal | None:
    return context.not_care() or context.wrong_state(context.case.investigate)


@transaction.atomic
def escalate(case: Case, *, by: User, text: str, team: Team | None = None) -> CaseEvent:
    """Escalate a reproducible error to an investigation team; the clocks continue (§10)."""
    case = Case.objects.locked(case.pk)
    require(refusal_to_escalate(ActionContext(case, by)))
    text = require_text(text, "the steps that reproduce the error")
    if team is not None and not team.investigates:
        raise Refused(f"{team} is no investigation team.")
    if case.assignee_id is None and by.is_care:
        case.assignee = by
    case.investigate()
    before, case.team = case.team_id, team or case.team
    return record_message(
        case, events.Escalated(team=case.team_id, team_before=before), by=by, text=text
    )


def refusal_to_hand_back(context: ActionContext) -> Refusal | None:
    return context.not_care() or context.wrong_state(context.case.hand_back)


@transaction.atomic
def hand_back(case: Case, *, by: User, text: str) -> CaseEvent:
    """Return an escalated case with the findings of the investigation (§10)."""
    case = Case.objects.locked(case.pk)
    require(refusal_to_hand_back(ActionContext(case, by)))
    text = require_text(text, "the findings")
    case.hand_back()
    return record_message(case, events.HandedBack(), by=by, text=text)


def refusal_to_request_escalation(context: ActionContext) -> Refusal | None:
    if refusal := context.not_contact() or context.closed():
        return refusal
    if context.case.is_contacts_turn:
        return Refused("The case waits for your organisation: please answer first.")
    if context.facts.is_escalation_requested:
        return Refused("A request for escalation is open already.")
    return context.objection(EventType.ESCALATION_REQUESTED)


@transaction.atomic
def request_escalation(case: Case, *, by: User, text: str) -> CaseEvent:
    """Request an escalation as the customer; its own clock runs until Care answers (§10).

    Refused while Care waits for the customer or another request is open; `sla` objects before the
    policy's waiting period ends.
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_request_escalation(ActionContext(case, by)))
    text = require_reason(text, "why the case should be escalated")
    return record_message(case, events.EscalationRequested(), by=by, text=text)


def refusal_to_answer_escalation_request(context: ActionContext) -> Refusal | None:
    if refusal := context.not_care():
        return refusal
    if context.facts.is_escalation_requested:
        return None
    return Refused("No request for escalation is open.")


@transaction.atomic
def answer_escalation_request(case: Case, *, by: User, text: str, granted: bool) -> CaseEvent:
    """Answer the customer's escalation request, with the outcome (§10)."""
    case = Case.objects.locked(case.pk)
    require(refusal_to_answer_escalation_request(ActionContext(case, by)))
    return record_message(
        case,
        events.EscalationAnswered(granted=granted),
        by=by,
        text=require_text(text, "an answer to the request"),
    )
