"""Daily work on a case: taking, replying, requesting information, noting, calling, escalating."""

from django.db import transaction

from cases import event_log, events, mentions
from cases.actions.base import record_message, require_reason, require_text
from cases.actions.context import ActionContext, Refusal, require
from cases.choices import CaseState, EventType, Facing
from cases.models import Case, CaseEvent
from contacts.models import Team, User
from core import current_time
from core.errors import Refused


def _require_no_mention(text: str) -> None:
    if not current_time.is_replaying():
        mentions.require_none(text)


def _take_if_new(case: Case, by: User) -> None:
    """Assign a new case to the first person who replies, unless it already has an analyst."""
    if case.assignee_id is None and by.is_care:
        case.assignee = by
    if case.state == CaseState.NEW:
        case.start()


def refusal_to_take(context: ActionContext, team: Team | None = None) -> Refusal | None:
    case, by = context.case, context.by
    if refusal := context.not_care() or context.closed():
        return refusal
    is_begun = case.assignee_id == by.pk and case.state != CaseState.NEW
    if is_begun and (team is None or case.team_id == team.pk):
        return Refused("The case is already yours.")
    return None


@transaction.atomic
def take(case: Case, *, by: User, team: Team | None = None) -> CaseEvent:
    """Assign the case to `by`, or begin a case already assigned to them. It is no reply: the first
    response clock continues (§9).
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_take(ActionContext(case, by), team))
    before = case.assignee_id
    case.assignee = by
    if team is not None:
        case.team = team
    if case.state == CaseState.NEW:
        case.start()
    return event_log.record(
        case, events.Taken(before=before, after=by.pk, team=case.team_id), by=by
    )


@transaction.atomic
def take_free(case: Case, *, by: User) -> CaseEvent | None:
    """Take the case if it is unassigned; None where a colleague was quicker.

    Two concurrent calls never get the same case.
    """
    case = Case.objects.locked(case.pk)
    if case.assignee_id is not None:
        return None
    return take(case, by=by)


def refusal_to_answer(context: ActionContext) -> Refusal | None:
    if refusal := context.not_care() or context.closed():
        return refusal
    return Refused("An automatic message is no answer.") if context.by.is_system else None


@transaction.atomic
def answer(case: Case, *, by: User, text: str) -> CaseEvent:
    """Send a reply to the contact. The first one meets the first response target (§9)."""
    case = Case.objects.locked(case.pk)
    require(refusal_to_answer(ActionContext(case, by)))
    text = require_text(text, "an answer")
    _require_no_mention(text)
    _take_if_new(case, by)
    case.answered_at = case.answered_at or current_time.now()
    return record_message(case, events.Answered(), by=by, text=text)


def refusal_to_request_information(context: ActionContext) -> Refusal | None:
    if refusal := context.not_care():
        return refusal
    if context.case.state == CaseState.WAITING_ON_CONTACT:
        return None
    return context.wrong_state(context.case.wait_on_contact)


@transaction.atomic
def request_information(case: Case, *, by: User, text: str) -> CaseEvent:
    """Request information from the contact: the restoration clock pauses, and the customer response
    clock runs (§11, §13).

    It is a reply by a person, so it meets the first response target. On a waiting case it extends
    the question, and the wait counts from the first request.
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_request_information(ActionContext(case, by)))
    text = require_text(text, "what is needed from the contact")
    _require_no_mention(text)
    if case.assignee_id is None and by.is_care:
        case.assignee = by
    case.answered_at = case.answered_at or current_time.now()
    if case.state != CaseState.WAITING_ON_CONTACT:
        case.wait_on_contact(at=current_time.now())
    return record_message(case, events.InformationRequested(), by=by, text=text)


def refusal_to_answer_as_contact(context: ActionContext) -> Refusal | None:
    if refusal := context.not_contact():
        return refusal
    if context.case.is_open:
        return None
    return Refused(
        "The case is closed. Reopen it within the window, or open a new case about the same thing."
    )


@transaction.atomic
def answer_as_contact(case: Case, *, by: User, text: str) -> CaseEvent:
    """Add the contact's reply. It ends a wait for the contact (§13); otherwise it adds to the
    case.
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_answer_as_contact(ActionContext(case, by)))
    text = require_text(text, "an answer")
    ended_wait = case.state == CaseState.WAITING_ON_CONTACT
    if ended_wait:
        case.resume()
    return record_message(case, events.ContactAnswered(ended_wait=ended_wait), by=by, text=text)


def refusal_to_rule_inadequate(context: ActionContext) -> Refusal | None:
    if refusal := context.not_care():
        return refusal
    if not context.facts.is_answer_to_judge:
        return Refused("There is no answer to a question of ours that could be ruled inadequate.")
    return context.wrong_state(context.case.wait_on_contact)


@transaction.atomic
def rule_inadequate(case: Case, *, by: User, text: str) -> CaseEvent:
    """Reject the contact's reply as no answer to the question: their clock resumes where it stopped
    (§13).
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_rule_inadequate(ActionContext(case, by)))
    text = require_reason(text, "why the answer is not enough")
    case.wait_on_contact(at=current_time.now())
    return record_message(case, events.RuledInadequate(), by=by, text=text)


def refusal_to_note(context: ActionContext) -> Refusal | None:
    return context.not_care()


@transaction.atomic
def note(case: Case, *, by: User, text: str) -> CaseEvent:
    """Add an internal note. It meets no target.

    Mentioned colleagues and teams are notified.
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_note(ActionContext(case, by)))
    text = require_text(text, "a note")
    event = record_message(case, events.Noted(), by=by, text=text, facing=Facing.INTERNAL)
    if not current_time.is_replaying():
        mentions.notify_mentioned(event, text)
    return event


def refusal_to_log_call(context: ActionContext) -> Refusal | None:
    return context.not_care() or context.closed()


@transaction.atomic
def log_call(
    case: Case,
    *,
    by: User,
    reached: bool,
    text: str,
    whom: str = "",
    number: str = "",
    called_at: str | None = None,
) -> CaseEvent:
    """Log a call to the contact. A successful one is a reply (§9), an unsuccessful one is evidence
    (§6).

    The event records person, number and time. A target is met when the call is logged, because a
    later statement about an earlier hour proves nothing.
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_log_call(ActionContext(case, by)))
    text = require_text(text, "what was said, or how the attempt ended")
    _take_if_new(case, by)
    if reached:
        case.answered_at = case.answered_at or current_time.now()
    data = events.CallLogged(
        reached=reached,
        whom=whom.strip()[:150] or None,
        number=number.strip()[:40] or None,
        called_at=called_at or None,
    )
    return record_message(case, data, by=by, text=text)


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
