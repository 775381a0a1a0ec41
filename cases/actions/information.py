"""Waiting for the contact: requests for information and their answers (§13)."""

from django.db import transaction

from cases import events
from cases.actions.base import record_message, require_reason, require_text
from cases.actions.context import ActionContext, Refusal, require
from cases.actions.mentioning import record_reply
from cases.actions.replies import require_no_mention
from cases.choices import CaseState, SettledBy
from cases.models import Case, CaseEvent
from contacts.models import User
from core import current_time
from core.errors import Refused


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
    require_no_mention(text)
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
    return record_reply(case, events.ContactAnswered(ended_wait=ended_wait), by=by, text=text)


def refusal_to_settle_question(context: ActionContext) -> Refusal | None:
    if refusal := context.not_care() or context.closed():
        return refusal
    if context.case.state == CaseState.WAITING_ON_CONTACT:
        return None
    return Refused("No question to the contact is open.")


@transaction.atomic
def settle_question(case: Case, *, by: User, how: str, text: str) -> CaseEvent:
    """End the wait for the contact because they answered elsewhere, or because the question is no
    longer needed. The contact reads it.

    Any answer of the contact stops the wait (§13), however it came; the restoration clock goes on.
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_settle_question(ActionContext(case, by)))
    if how not in SettledBy:
        raise Refused("Please say how the question was settled.")
    text = require_text(text, "what was answered, or why it is no longer needed")
    require_no_mention(text)
    case.resume()
    return record_message(case, events.QuestionSettled(how=str(how)), by=by, text=text)


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
