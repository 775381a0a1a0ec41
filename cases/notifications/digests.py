"""The daily digest: one email with everything that a person chose to read once a day.

It contains notifications that were saved when they happened. Sending marks them, so a second run or
a retry after a crash sends nothing twice.
"""

import logging
from typing import Any

from django.core.mail import get_connection
from django.db import connection, transaction
from django.utils import timezone

from cases.models import Notification, NotificationState
from cases.notifications import emails, outgoing
from contacts.models import User
from core.tenancy import care_scope

logger = logging.getLogger(__name__)
MOST = 500  # notifications in one digest; the rest comes with the next run


def send_digests(limit: int = 100) -> int:
    """Send a digest to each person whose hour has come.

    Returns how many were sent. Safe to run twice or concurrently.
    """
    with care_scope():
        waiting = Notification.objects.to_gather(timezone.now()).order_by("recipient")
        people = list(waiting.values_list("recipient", flat=True).distinct()[:limit])
    if not people:
        return 0
    server = get_connection()
    return sum(_send_to(pk, server) for pk in people)


def _send_to(pk: int, server: Any) -> bool:
    """Send one person's digest, in its own transaction: concurrent runs skip it."""
    with care_scope(), transaction.atomic():
        if not _is_ours(pk):
            return False
        reader = User.objects.get(pk=pk)
        due = Notification.objects.to_gather(timezone.now()).filter(recipient=reader)
        due = due.select_related("recipient__designation", "case__contact__designation")
        notifications = list(due.select_for_update(of=("self",)).order_by("case_id", "id")[:MOST])
        readable = []
        for notice in notifications:
            if outgoing.may_still_notify(notice):
                readable.append(notice)
            else:
                outgoing.pass_on(notice)
        if not readable:
            return False
        return _send_digest(reader, readable, server)


def _is_ours(pk: int) -> bool:
    """Whether no other worker is sending to this person; the lock holds until the transaction ends.

    The row itself stays unlocked.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended('digest:' || %s, 0))", [str(pk)]
        )
        return bool(cursor.fetchone()[0])


def _send_digest(reader: User, notifications: list[Notification], server: Any) -> bool:
    message_id = f"<digest-{notifications[0].pk}-{len(notifications)}@caretrack>"
    try:
        if (
            emails.digest(reader, notifications, connection=server, message_id=message_id).send()
            != 1
        ):
            raise ConnectionError("The mail server took no message.")
    except Exception as error:
        for notice in notifications:
            notice.attempts += 1
            outgoing.note_failure(notice, error)
        return False
    Notification.objects.filter(pk__in=[notice.pk for notice in notifications]).update(
        state=NotificationState.SENT, sent_at=timezone.now(), provider_id=message_id
    )
    return True
