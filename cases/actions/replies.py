"""What Care writes and says: replies, internal notes, calls."""

from django.db import transaction

from cases import event_log, events, mentions
from cases.actions.base import record_message, require_text
from cases.actions.context import ActionContext, Refusal, require
from cases.choices import CaseState, Facing, SettledBy
from cases.models import Case, CaseEvent
from contacts.models import User
from core import current_time
from core.errors import Refused


def require_no_mention(text: str) -> None:
    """Refuse a mention of a colleague in a text that the contact reads."""
    if not current_time.is_replaying():
        mentions.require_none(text)


def take_if_new(case: Case, by: User) -> None:
    """Assign a new case to the first person who replies, unless it already has an analyst."""
    if case.assignee_id is None and by.is_care:
        case.assignee = by
    if case.state == CaseState.NEW:
        case.start()


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
    require_no_mention(text)
    take_if_new(case, by)
    case.answered_at = case.answered_at or current_time.now()
    return record_message(case, events.Answered(), by=by, text=text)


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
    if not current_time.is_replaying():
        mentions.require_clear(text)
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
    answers_question: bool = False,
) -> CaseEvent:
    """Log a call to the contact. A successful one is a reply (§9), an unsuccessful one is evidence
    (§6). One that answers the open question ends the wait for the contact (§13).

    The event records person, number and time. A target is met when the call is logged, because a
    later statement about an earlier hour proves nothing.
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_log_call(ActionContext(case, by)))
    text = require_text(text, "what was said, or how the attempt ended")
    if answers_question and not reached:
        raise Refused("A call that reached nobody answers no question.")
    if answers_question and case.state != CaseState.WAITING_ON_CONTACT:
        raise Refused("No question to the contact is open.")
    take_if_new(case, by)
    if reached:
        case.answered_at = case.answered_at or current_time.now()
    data = events.CallLogged(
        reached=reached,
        whom=whom.strip()[:150] or None,
        number=number.strip()[:40] or None,
        called_at=called_at or None,
    )
    event = record_message(case, data, by=by, text=text)
    if answers_question:
        case.resume()
        event_log.record(case, events.QuestionSettled(how=SettledBy.CALL), by=by)
    return event
