"""The daily digest: one mail with everything a person chose to hear of once a day.

What it tells are notices that were written when it happened; sending marks them, so that a beat
that runs twice, or a crash and a second try, tells nothing twice.
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
MOST = 500  # notices in one digest; the rest comes with the next run


def send_digests(limit: int = 100) -> int:
    """Send a digest to each person whose hour has come.

    Returns how many were sent; safe to run twice, or at once.
    """
    with care_scope():
        waiting = Notification.objects.to_gather(timezone.now()).order_by("recipient")
        people = list(waiting.values_list("recipient", flat=True).distinct()[:limit])
    if not people:
        return 0
    server = get_connection()
    return sum(_send_to(pk, server) for pk in people)


def _send_to(pk: int, server: Any) -> bool:
    """One person's digest, in a transaction of its own: whoever comes first sends, everyone else
    passes on.
    """
    with care_scope(), transaction.atomic():
        if not _is_ours(pk):
            return False
        reader = User.objects.get(pk=pk)
        due = Notification.objects.to_gather(timezone.now()).filter(recipient=reader)
        due = due.select_related("recipient__designation", "case__contact__designation")
        told = list(due.select_for_update(of=("self",)).order_by("case_id", "id")[:MOST])
        readable = []
        for notice in told:
            if outgoing.may_still_hear(notice):
                readable.append(notice)
            else:
                outgoing.pass_on(notice)
        if not readable:
            return False
        return _told(reader, readable, server)


def _is_ours(pk: int) -> bool:
    """Whether nobody else is sending to this person; until the transaction ends nobody will.

    The row stays free.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended('digest:' || %s, 0))", [str(pk)]
        )
        return bool(cursor.fetchone()[0])


def _told(reader: User, told: list[Notification], server: Any) -> bool:
    message_id = f"<digest-{told[0].pk}-{len(told)}@caretrack>"
    try:
        if emails.digest(reader, told, connection=server, message_id=message_id).send() != 1:
            raise ConnectionError("The mail server took no message.")
    except Exception as error:
        for notice in told:
            notice.attempts += 1
            outgoing.note_failure(notice, error)
        return False
    Notification.objects.filter(pk__in=[notice.pk for notice in told]).update(
        state=NotificationState.SENT, sent_at=timezone.now(), provider_id=message_id
    )
    return True
