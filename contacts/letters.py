"""Letters about a person's standing: a row in the transaction of what it tells of, a message after commit (§1).

They go to addresses, not to cases: an invited person is nobody here yet. A sweep sends what a crash left behind.
"""

import logging
import re
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from contacts import careinvitations, instants, letterwords, mail_failures
from contacts.letterwords import Kind
from contacts.models import Invitation, Letter, LetterState, Role, User
from contacts.tenancy import care_scope

logger = logging.getLogger(__name__)

PARAGRAPHS = re.compile(r"\n{2,}")
LINK = "{link}"  # put in when the letter is sent: the row holds no key to a door
RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))


def write(
    kind: Kind,
    *,
    organisation_id: int | None,
    key: str,
    recipient: User | None = None,
    address: str = "",
    name: str = "",
    language: str = "en",
    invitation: Invitation | None = None,
    **values: Any,
) -> None:
    """Tell one person something once, in their language and zone. `key` says what it is about: once told, never again.

    Without a `recipient`, who is somebody here, it goes to `address` in `language`.
    """
    if instants.is_replaying():
        return
    now = instants.now()
    subject, text = letterwords.words(
        kind, language=recipient.language if recipient else language, zone=recipient.zone if recipient else "UTC",
        name=recipient.name if recipient else name, values={"link": LINK, **values},
    )  # fmt: skip
    letter = Letter(
        organisation_id=organisation_id, invitation=invitation, recipient=recipient, key=key, language=language,
        address=recipient.email if recipient else address, subject=subject[:250], text=text, created_at=now,
        next_attempt_at=now,
    )  # fmt: skip
    if recipient is not None:
        letter.language = recipient.language
    Letter.objects.bulk_create([letter], ignore_conflicts=True)
    transaction.on_commit(partial(_send_soon))


def managers() -> list[User]:
    """Care's people who decide on applications."""
    return list(User.objects.filter(role__in=[Role.MANAGER, Role.ADMINISTRATOR], is_active=True).order_by("pk"))


def _send_soon() -> None:
    from contacts.tasks import send_letters

    try:
        send_letters.delay()
    except Exception:
        logger.warning("The broker is away: letters wait for the sweep.")


def send(limit: int = 100) -> int:
    """Send what is due, each in a transaction of its own; safe to run twice at once. Returns how many were tried."""
    with care_scope():
        due = Letter.objects.filter(state=LetterState.QUEUED, next_attempt_at__lte=timezone.now())
        keys = list(due.order_by("next_attempt_at", "pk").values_list("pk", flat=True)[:limit])
    for key in keys:
        _send_one(key)
    return len(keys)


def _send_one(key: int) -> None:
    now = timezone.now()
    with care_scope(), transaction.atomic():
        queued = Letter.objects.filter(pk=key, state=LetterState.QUEUED, next_attempt_at__lte=now)
        held = queued.select_for_update(skip_locked=True, of=("self",))
        letter = held.select_related("invitation", "recipient").first()
        if letter is None:
            return
        if letter.invitation is not None and not letter.invitation.is_open(now):
            letter.state, letter.last_error = LetterState.FAILED, "Its link opens nothing any more."
            letter.save(update_fields=["state", "last_error"])
            return
        letter.attempts += 1
        try:
            _hand_over(letter)
        except Exception as error:
            logger.warning("letter %s could not be sent: %s", key, error)
            letter.last_error = f"{type(error).__name__}: {error}"[:300]
            if letter.attempts > len(RETRY_AFTER) or mail_failures.is_final(error):
                letter.state = LetterState.FAILED
            else:
                letter.next_attempt_at = now + RETRY_AFTER[letter.attempts - 1]
        else:
            letter.state, letter.sent_at = LetterState.SENT, now
        letter.save(update_fields=["state", "attempts", "next_attempt_at", "sent_at", "last_error"])


def _hand_over(letter: Letter) -> None:
    text = letter.text
    if letter.invitation is not None:
        text = text.replace(LINK, f"{settings.BASE_URL}/join/{letter.invitation.token}/")
    elif LINK in text and letter.recipient is not None:
        text = text.replace(LINK, f"{settings.BASE_URL}/join/care/{careinvitations.token_of(letter.recipient)}/")
    headers = {"Message-ID": f"<letter-{letter.pk}@caretrack>"}
    message = EmailMultiAlternatives(letter.subject, text, to=[letter.address], headers=headers)
    said = {"title": letter.subject, "language": letter.language, "paragraphs": PARAGRAPHS.split(text.strip())}
    with translation.override(letter.language):
        message.attach_alternative(render_to_string("letters/message.html", said), "text/html")
    if message.send() != 1:
        raise ConnectionError("The mail server took no message.")
