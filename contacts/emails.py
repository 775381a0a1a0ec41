"""Emails about a person's account or designation: saved with the action's transaction, sent after
commit (§1).

They go to addresses, because an invited person has no account yet. A sweep sends what a crash left.
`caretrack.web.sign_in.emails` writes the emails about an account, such as a password reset, and
registers their links.
"""

import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from contacts import care_invitations, email_texts
from contacts.email_texts import EmailKind
from contacts.models import Invitation, QueuedEmail, QueuedEmailState, Role, User
from core import current_time, mail_failures
from core.tenancy import care_scope

logger = logging.getLogger(__name__)

PARAGRAPHS = re.compile(r"\n{2,}")
LINK = "{link}"  # inserted when the email is sent: the row holds no usable link
LinkMaker = Callable[[QueuedEmail], str | None]
_link_makers: dict[str, LinkMaker] = {}
RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))


def register_link(kind: EmailKind, maker: LinkMaker) -> None:
    """Let `maker` compute the link of emails whose key begins with `kind`, when each is sent.

    A maker returns None when the email must not be sent any more, such as a reset for a closed
    account.
    """
    _link_makers[kind] = maker


def write(
    kind: EmailKind,
    *,
    organisation_id: int | None,
    key: str,
    recipient: User | None = None,
    address: str = "",
    name: str = "",
    language: str = "en",
    invitation: Invitation | None = None,
    send_at: datetime | None = None,
    **values: Any,
) -> None:
    """Email one person once, in their language and time zone. `key` identifies the subject: the
    same key is never sent twice. `send_at` is the earliest time to send it, otherwise now.

    Without a `recipient`, who has an account, it goes to `address` in `language`. With both, it
    goes to the recipient at that other address.
    """
    if current_time.is_replaying():
        return
    now = current_time.now()
    subject, text = email_texts.compose(
        kind,
        language=recipient.language if recipient else language,
        zone=recipient.zone if recipient else "UTC",
        greeted=recipient.name if recipient else name,
        values={"link": LINK, **values},
    )
    email = QueuedEmail(
        organisation_id=organisation_id,
        invitation=invitation,
        recipient=recipient,
        key=key,
        language=language,
        address=address or (recipient.email if recipient else ""),
        subject=subject[:250],
        text=text,
        created_at=now,
        next_attempt_at=send_at or now,
    )
    if recipient is not None:
        email.language = recipient.language
    QueuedEmail.objects.bulk_create([email], ignore_conflicts=True)
    transaction.on_commit(partial(send_soon))


def managers() -> list[User]:
    """The people of Care who decide on applications."""
    return list(
        User.objects.filter(role__in=[Role.MANAGER, Role.ADMINISTRATOR], is_active=True).order_by(
            "pk"
        )
    )


def send_soon() -> None:
    """Ask a worker to send the emails that are due; without a broker they wait for the sweep."""
    from contacts.tasks import send_emails

    try:
        send_emails.delay()
    except Exception:
        logger.warning("The broker is away: letters wait for the sweep.")


def send(limit: int = 100) -> int:
    """Send the emails that are due, each in its own transaction. Safe to run concurrently.

    Returns how many were tried.
    """
    with care_scope():
        due = QueuedEmail.objects.filter(
            state=QueuedEmailState.QUEUED, next_attempt_at__lte=timezone.now()
        )
        keys = list(due.order_by("next_attempt_at", "pk").values_list("pk", flat=True)[:limit])
    for key in keys:
        _send_one(key)
    return len(keys)


def _send_one(key: int) -> None:
    now = timezone.now()
    with care_scope(), transaction.atomic():
        queued = QueuedEmail.objects.filter(
            pk=key, state=QueuedEmailState.QUEUED, next_attempt_at__lte=now
        )
        held = queued.select_for_update(skip_locked=True, of=("self",))
        email = held.select_related("invitation", "recipient").first()
        if email is None:
            return
        if email.invitation is not None and not email.invitation.is_open(now):
            _give_up(email, "Its link opens nothing any more.")
            return
        link = _link_of(email)
        if link is None:
            _give_up(email, "The account is closed, or has another address by now.")
            return
        email.attempts += 1
        try:
            _hand_over(email, link)
        except Exception as error:
            logger.warning("letter %s could not be sent: %s", key, error)
            email.last_error = f"{type(error).__name__}: {error}"[:300]
            if email.attempts > len(RETRY_AFTER) or mail_failures.is_final(error):
                email.state = QueuedEmailState.FAILED
            else:
                email.next_attempt_at = now + RETRY_AFTER[email.attempts - 1]
        else:
            email.state, email.sent_at = QueuedEmailState.SENT, now
        email.save(update_fields=["state", "attempts", "next_attempt_at", "sent_at", "last_error"])


def _give_up(email: QueuedEmail, reason: str) -> None:
    email.state, email.last_error = QueuedEmailState.FAILED, reason
    email.save(update_fields=["state", "last_error"])


def _link_of(email: QueuedEmail) -> str | None:
    """The link to insert; empty when the text needs none, None when the email must not be sent."""
    if email.invitation is not None:
        return f"{settings.BASE_URL}/join/{email.invitation.token}/"
    if LINK not in email.text or email.recipient is None:
        return ""
    maker = _link_makers.get(email.key.partition(":")[0], _link_of_care_invitation)
    return maker(email)


def _link_of_care_invitation(email: QueuedEmail) -> str | None:
    assert email.recipient is not None
    return f"{settings.BASE_URL}/join/care/{care_invitations.token_of(email.recipient)}/"


def _hand_over(email: QueuedEmail, link: str) -> None:
    text = email.text.replace(LINK, link) if link else email.text
    headers = {"Message-ID": f"<letter-{email.pk}@caretrack>"}
    message = EmailMultiAlternatives(email.subject, text, to=[email.address], headers=headers)
    context = {
        "title": email.subject,
        "language": email.language,
        "paragraphs": PARAGRAPHS.split(text.strip()),
    }
    with translation.override(email.language):
        message.attach_alternative(render_to_string("letters/message.html", context), "text/html")
    if message.send() != 1:
        raise ConnectionError("The mail server took no message.")
