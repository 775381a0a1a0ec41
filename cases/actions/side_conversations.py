"""Side conversations: Care writes by email with third parties, such as a carrier, about a case.

Everything is internal. It meets no target and starts no clock, and the contact never reads it: an
address of the customer's own people is refused, because what concerns them belongs on the case.
"""

from collections.abc import Iterable, Sequence
from functools import partial

from django.core.exceptions import ValidationError
from django.core.mail.message import sanitize_address
from django.db import transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django_fsm import TransitionNotAllowed

from cases import event_log, events
from cases.actions.base import record_message, require_text
from cases.actions.context import ActionContext, Refusal, require
from cases.choices import Facing
from cases.models import Attachment, Case, SideConversation, SideMessage, SideMessageState
from cases.notifications import side_emails
from contacts.models import User
from core import current_time
from core.errors import Refused
from core.fields import validate_address
from core.plain_text import one_line

MOST_RECIPIENTS = 5
MOST_BYTES = 10 * 2**20  # of the files of one message
MOST_OPEN = 20  # on a case
LONGEST_SUBJECT = 200


def refusal_to_open_side_conversation(context: ActionContext) -> Refusal | None:
    if refusal := context.not_care() or context.closed():
        return refusal
    return Refused("Only a person writes to others.") if context.by.is_system else None


def refusal_to_write(context: ActionContext, conversation: SideConversation) -> Refusal | None:
    """Whether a further message can be sent."""
    if refusal := refusal_to_open_side_conversation(context):
        return refusal
    return _ended(conversation)


def refusal_to_log_reply(context: ActionContext, conversation: SideConversation) -> Refusal | None:
    """Whether a reply can be logged: also on a closed case, as an internal note can be written."""
    return context.not_care() or _ended(conversation)


def refusal_to_end(context: ActionContext, conversation: SideConversation) -> Refusal | None:
    return context.not_care() or _ended(conversation)


def refusal_to_reopen(context: ActionContext, conversation: SideConversation) -> Refusal | None:
    """Whether an ended conversation can be continued."""
    if refusal := refusal_to_open_side_conversation(context):
        return refusal
    return None if conversation.is_ended else TransitionNotAllowed("It has not ended.")


def _ended(conversation: SideConversation) -> Refusal | None:
    text = "The side conversation has ended: reopen it first."
    return TransitionNotAllowed(text) if conversation.is_ended else None


@transaction.atomic
def open_side_conversation(
    case: Case,
    *,
    by: User,
    subject: str,
    recipients: Iterable[str],
    text: str,
    files: Sequence[int] = (),
) -> SideConversation:
    """Open a side conversation with its first message.

    Nothing of the case is quoted; `files` are the keys of those of its files that go along.
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_open_side_conversation(ActionContext(case, by)))
    open_ones = SideConversation.objects.filter(case=case, ended_at=None)
    if open_ones.count() >= MOST_OPEN:
        raise Refused(f"A case has at most {MOST_OPEN} open side conversations.")
    conversation = SideConversation.objects.create(
        organisation_id=case.organisation_id,
        case=case,
        subject=_subject(subject),
        recipients=checked_recipients(case, recipients),
        by=by,
        opened_at=current_time.now(),
    )
    event_log.record(
        case,
        events.SideConversationOpened(
            conversation=conversation.pk,
            subject=conversation.subject,
            recipients=conversation.recipients,
        ),
        by=by,
    )
    _write(case, conversation, by=by, text=text, files=files)
    return conversation


@transaction.atomic
def write_in_side_conversation(
    conversation: SideConversation,
    *,
    by: User,
    text: str,
    recipients: Iterable[str] | None = None,
    files: Sequence[int] = (),
) -> SideMessage:
    """Send a further message; with `recipients`, to these from now on."""
    case, conversation = _locked(conversation)
    require(refusal_to_write(ActionContext(case, by), conversation))
    if recipients is not None:
        conversation.recipients = checked_recipients(case, recipients)
        conversation.save(update_fields=["recipients"])
    return _write(case, conversation, by=by, text=text, files=files)


@transaction.atomic
def log_side_reply(
    conversation: SideConversation, *, by: User, sender: str, text: str
) -> SideMessage:
    """Log what a third party answered, as a person of Care received it."""
    case, conversation = _locked(conversation)
    require(refusal_to_log_reply(ActionContext(case, by), conversation))
    sender, text = _address(sender), require_text(text, "the reply")
    data = events.SideReplyLogged(
        conversation=conversation.pk, subject=conversation.subject, sender=sender
    )
    event = record_message(case, data, by=by, text=text, facing=Facing.INTERNAL)
    return SideMessage.objects.create(
        organisation_id=case.organisation_id,
        conversation=conversation,
        event=event,
        sender=sender,
        state=SideMessageState.RECEIVED,
    )


@transaction.atomic
def end_side_conversation(conversation: SideConversation, *, by: User) -> SideConversation:
    """End it: no further message is sent, and the case counts it no longer as open."""
    case, conversation = _locked(conversation)
    require(refusal_to_end(ActionContext(case, by), conversation))
    conversation.ended_at = current_time.now()
    conversation.save(update_fields=["ended_at"])
    data = events.SideConversationEnded(conversation=conversation.pk, subject=conversation.subject)
    event_log.record(case, data, by=by)
    return conversation


@transaction.atomic
def reopen_side_conversation(conversation: SideConversation, *, by: User) -> SideConversation:
    """Continue an ended conversation."""
    case, conversation = _locked(conversation)
    require(refusal_to_reopen(ActionContext(case, by), conversation))
    conversation.ended_at = None
    conversation.save(update_fields=["ended_at"])
    data = events.SideConversationReopened(
        conversation=conversation.pk, subject=conversation.subject
    )
    event_log.record(case, data, by=by)
    return conversation


@transaction.atomic
def send_side_message_again(message: SideMessage, *, by: User) -> SideMessage:
    """Queue a message again that could not be delivered."""
    case, conversation = _locked(message.conversation)
    require(refusal_to_write(ActionContext(case, by), conversation))
    message = SideMessage.objects.select_for_update(of=("self",)).get(pk=message.pk)
    if message.state != SideMessageState.FAILED:
        raise Refused("Only a message that was not delivered is sent again.")
    message.state, message.attempts, message.last_error = SideMessageState.QUEUED, 0, ""
    message.next_attempt_at = timezone.now()
    message.save(update_fields=["state", "attempts", "last_error", "next_attempt_at"])
    transaction.on_commit(partial(side_emails.send_soon, [message.pk]))
    return message


def checked_recipients(case: Case, typed: Iterable[str]) -> list[str]:
    """Addresses in their stored form: lower case, no duplicates.

    Refused for none or too many, for an invalid one, for CareTrack's own, and for one of the
    customer's own people.
    """
    addresses = list(dict.fromkeys(_address(text) for text in typed if text.strip()))
    if not addresses:
        raise Refused("Please write at least one address.")
    if len(addresses) > MOST_RECIPIENTS:
        raise Refused(f"A side conversation has at most {MOST_RECIPIENTS} recipients.")
    people = User.objects.alias(address=Lower("email")).filter(
        organisation_id=case.organisation_id, address__in=addresses
    )
    if theirs := people.order_by("pk").first():
        raise Refused(
            f"{theirs.email} is the customer's own: please write to {theirs.name} on the case."
        )
    return addresses


def files_to_send(case: Case) -> list[Attachment]:
    """The files of a case that can go along: those that may be downloaded."""
    files = Attachment.objects.filter(organisation_id=case.organisation_id, case=case)
    return [file for file in files.order_by("at", "id") if file.is_served]


def _write(
    case: Case, conversation: SideConversation, *, by: User, text: str, files: Sequence[int]
) -> SideMessage:
    text = require_text(text, "a message")
    chosen = _chosen(case, files)
    data = events.SideMessageSent(
        conversation=conversation.pk,
        subject=conversation.subject,
        recipients=conversation.recipients,
        files=[file.name for file in chosen] or None,
    )
    event = record_message(case, data, by=by, text=text, facing=Facing.INTERNAL)
    message = SideMessage.objects.create(
        organisation_id=case.organisation_id,
        conversation=conversation,
        event=event,
        recipients=conversation.recipients,
        attachments=[file.pk for file in chosen],
        state=SideMessageState.QUEUED,
        next_attempt_at=timezone.now(),
    )
    transaction.on_commit(partial(side_emails.send_soon, [message.pk]))
    return message


def _chosen(case: Case, keys: Sequence[int]) -> list[Attachment]:
    wanted = set(keys)
    chosen = [file for file in files_to_send(case) if file.pk in wanted] if wanted else []
    if len(chosen) != len(wanted):
        raise Refused("A chosen file is not there any more, or is blocked.")
    if sum(file.size for file in chosen) > MOST_BYTES:
        raise Refused(f"The files of one message have at most {MOST_BYTES // 2**20} MB together.")
    return chosen


def _locked(conversation: SideConversation) -> tuple[Case, SideConversation]:
    """The case first, as everywhere, then the conversation as it is now."""
    case = Case.objects.locked(conversation.case_id)
    held = SideConversation.objects.select_for_update(of=("self",)).get(pk=conversation.pk)
    return case, held


def _subject(typed: str) -> str:
    subject = one_line(typed).strip()
    if not subject:
        raise Refused("Please write a subject.")
    if len(subject) > LONGEST_SUBJECT:
        raise Refused(f"A subject has at most {LONGEST_SUBJECT} characters.")
    return subject


def _address(typed: str) -> str:
    address = typed.strip().lower()
    try:
        validate_address(address)
        sanitize_address(address, "utf-8")
    except (ValidationError, ValueError) as error:
        raise Refused(f"“{address[:80]}” is no email address.") from error
    if address in side_emails.own_addresses():
        raise Refused(f"{address} is CareTrack's own address.")
    return address
