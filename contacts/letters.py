"""Letters about a person's standing: a row in the transaction of what it tells of, a message after commit (§1).

They go to addresses, not to cases: an invited person is nobody here yet. A sweep sends what a crash left behind.
"""

import logging
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from contacts import instants
from contacts.models import Invitation, Letter, LetterState, Role, User
from contacts.tenancy import care_scope

logger = logging.getLogger(__name__)

LINK = "{link}"  # put in when the letter is sent: the row holds no key to a door
RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))


def write(
    *,
    organisation_id: int | None,
    key: str,
    subject: str,
    text: str,
    recipient: User | None = None,
    address: str = "",
    invitation: Invitation | None = None,
) -> None:
    """Tell one person something once. `key` says what it is about: the same thing is never told to them again."""
    if instants.is_replaying():
        return
    now = instants.now()
    greeting = f"{recipient.name},\n\n" if recipient else ""
    letter = Letter(
        organisation_id=organisation_id, invitation=invitation, recipient=recipient, key=key,
        address=recipient.email if recipient else address, subject=subject[:250], text=f"{greeting}{text}\n",
        created_at=now, next_attempt_at=now,
    )  # fmt: skip
    Letter.objects.bulk_create([letter], ignore_conflicts=True)
    transaction.on_commit(partial(_send_soon))


def instant(at: datetime | None, reader: User) -> str:
    """An instant in the reader's own time, with the zone's name."""
    return f"{at.astimezone(reader.tzinfo):%A %d %B %Y %H:%M} ({reader.zone})" if at else "a time not known yet"


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
        letter = queued.select_for_update(skip_locked=True, of=("self",)).select_related("invitation").first()
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
            if letter.attempts > len(RETRY_AFTER):
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
    headers = {"Message-ID": f"<letter-{letter.pk}@caretrack>"}
    if EmailMessage(letter.subject, text, to=[letter.address], headers=headers).send() != 1:
        raise ConnectionError("The mail server took no message.")
