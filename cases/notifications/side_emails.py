"""The emails of side conversations: threads of their own, never joined to the contact's.

A message has a Message-ID of the family `side-…`, and names the earlier ones of its conversation
alone. Answers go to an address with a tag for each conversation, or to the author where the
installation has none (`CARETRACK_SIDE_ADDRESS`).

A message is a row before it is an email. It is sent after commit; a sweep sends what a crash left.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from cases.models import (
    Attachment,
    CaseUpdate,
    Notification,
    NotificationChannel,
    NotificationState,
    SideConversation,
    SideMessage,
    SideMessageState,
)
from cases.notifications import outgoing, texts
from contacts.notification_preferences import NotificationKind
from core import mail_failures, rendered_html
from core.errors import Refused
from core.tenancy import care_scope

logger = logging.getLogger(__name__)

RETRY_AFTER = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
)
MOST_REFERENCES = 20  # earlier messages that an email names


def own_addresses() -> set[str]:
    """The addresses of CareTrack itself: writing to them would answer ourselves."""
    addresses = (settings.DEFAULT_FROM_EMAIL, settings.SIDE_ADDRESS)
    return {parseaddr(text)[1].lower() for text in addresses if text}


def _proof(text: str, key: str | None = None) -> str:
    """What nobody outside can guess, so that nobody can forge an address or a Message-ID."""
    digest = salted_hmac("caretrack.side", text, secret=key, algorithm="sha256")
    return digest.hexdigest()[:16]


def message_id_of(message: SideMessage) -> str:
    """The Message-ID of a message."""
    name = f"side-{message.conversation_id}-{message.pk}"
    return f"<{name}-{_proof(name)}@caretrack>"


def reply_address_of(conversation_id: int) -> str:
    """The address for answers to a conversation; empty where the installation has none."""
    if not settings.SIDE_ADDRESS:
        return ""
    local, _at, domain = settings.SIDE_ADDRESS.rpartition("@")
    return f"{local}+side-{conversation_id}-{_proof(f'to-{conversation_id}')}@{domain}"


def is_reply_address_of(conversation_id: int, address: str) -> bool:
    """Whether an address is that of a conversation, by the current key or an earlier one."""
    tag = address.lower().partition("@")[0].rpartition("-")[2]
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(constant_time_compare(tag, _proof(f"to-{conversation_id}", key=key)) for key in keys)


def send_soon(keys: Sequence[int]) -> None:
    """Ask a worker to send; without a broker, the sweep does."""
    from cases.tasks import send_side_messages

    try:
        send_side_messages.delay(list(keys))
    except Exception:
        logger.warning("The broker is away: %d side messages wait for the sweep.", len(keys))


def send(keys: Sequence[int] | None = None, *, limit: int = 100) -> int:
    """Send the given messages, or those that are due; each in its own transaction. Returns how many
    were tried.

    Idempotent, and safe to run concurrently: a row is locked while it is sent, and others skip it.
    """
    with care_scope():
        due = SideMessage.objects.filter(
            state=SideMessageState.QUEUED, next_attempt_at__lte=timezone.now()
        ).order_by("next_attempt_at", "id")
        wanted = due if keys is None else due.filter(pk__in=keys)
        due_keys = list(wanted.values_list("pk", flat=True)[:limit])
    if due_keys:
        connection = get_connection()
        for key in due_keys:
            with care_scope(), transaction.atomic():
                _send_one(key, connection)
    return len(due_keys)


def _send_one(key: int, connection: Any) -> None:
    held = SideMessage.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        pk=key, state=SideMessageState.QUEUED, next_attempt_at__lte=timezone.now()
    )
    message = held.select_related("conversation__case", "event__by").first()
    if message is None:
        return
    message.attempts += 1
    try:
        email = compose(message, connection=connection)
        if email.send() != 1:
            raise ConnectionError("The mail server took no message.")
    except Exception as error:
        _note_failure(message, error)
        return
    message.state, message.sent_at = SideMessageState.SENT, timezone.now()
    message.provider_id = email.extra_headers["Message-ID"]
    message.save(update_fields=["state", "sent_at", "provider_id", "attempts"])


def compose(message: SideMessage, *, connection: Any = None) -> EmailMultiAlternatives:
    """The email of a message: its text and nothing of the case but the chosen files."""
    conversation, author = message.conversation, message.event.by
    update = CaseUpdate.objects.get(event=message.event_id)
    earlier = [message_id_of(one) for one in _earlier(message)]
    headers = {"Message-ID": message_id_of(message)}
    if earlier:
        headers |= {"In-Reply-To": earlier[-1], "References": " ".join(earlier)}
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    subject = conversation.subject
    email = EmailMultiAlternatives(
        f"Re: {subject}" if earlier else subject,
        update.text,
        from_email=formataddr((f"{author.name} ({name})" if name else author.name, address)),
        to=message.recipients,
        reply_to=[reply_address_of(conversation.pk) or author.email],
        headers=headers,
        connection=connection,
    )
    html = rendered_html.shown(update.text_html, update.text)
    context = {"language": author.language, "title": subject, "html": html}
    email.attach_alternative(render_to_string("notices/side_message.html", context), "text/html")
    for file in _files(message):
        with file.file.open("rb") as opened:
            email.attach(file.name, opened.read(), file.content_type)
    return email


def _earlier(message: SideMessage) -> list[SideMessage]:
    """The messages of the conversation that were sent before, oldest first."""
    sent = SideMessage.objects.filter(
        conversation=message.conversation_id, pk__lt=message.pk, state=SideMessageState.SENT
    )
    return list(reversed(sent.order_by("-pk")[:MOST_REFERENCES]))


def _files(message: SideMessage) -> list[Attachment]:
    files = Attachment.objects.filter(
        organisation_id=message.organisation_id,
        case=message.conversation.case_id,
        pk__in=message.attachments,
    )
    chosen = [file for file in files if file.is_served]
    if len(chosen) != len(message.attachments):
        raise Refused("A file was blocked after it was chosen.")
    return chosen


def _note_failure(message: SideMessage, error: Exception) -> None:
    """Try again later. After the last try, or a final refusal, the author is notified."""
    logger.warning("side message %s could not be sent: %s", message.pk, error)
    message.last_error = f"{type(error).__name__}: {error}"[:300]
    is_final = isinstance(error, Refused) or mail_failures.is_final(error)
    if message.attempts <= len(RETRY_AFTER) and not is_final:
        message.next_attempt_at = timezone.now() + RETRY_AFTER[message.attempts - 1]
    else:
        message.state = SideMessageState.FAILED
        outgoing.put([_notification(message)])
    message.save(update_fields=["state", "attempts", "next_attempt_at", "last_error"])


def _notification(message: SideMessage) -> Notification:
    """The failure, among the notifications of the author."""
    conversation, author, now = message.conversation, message.event.by, timezone.now()
    case = conversation.case
    with translation.override(author.language):
        subject = _("A message of the side conversation “{subject}” was not delivered").format(
            subject=conversation.subject
        )
    return Notification(
        organisation_id=message.organisation_id,
        case=case,
        recipient=author,
        key=f"{case.code}:side:{message.pk}:{message.attempts}",
        address=author.email,
        subject=texts.subject_of(case.code, subject),
        text=f"{subject}.\n\n{message.last_error}",
        created_at=now,
        kind=NotificationKind.ANSWER,
        channel=NotificationChannel.PORTAL,
        next_attempt_at=now,
        state=NotificationState.SENT,
        sent_at=now,
    )


def open_conversations(case_key: Any) -> Any:
    """The open side conversations of a case, by its key or an expression for it."""
    return SideConversation.objects.filter(case=case_key, ended_at=None)
