"""Notifications in the product: all of a person's, from every channel."""

from django.db import connection
from django.utils import timezone

from cases.models import Notification
from cases.querysets import NotificationQuerySet
from contacts.models import User

MOST = 99  # a larger number helps nobody


def notices_of(user: User) -> NotificationQuerySet:
    """The notifications of a person, newest first; only of cases that they may still read."""
    notifications: NotificationQuerySet = (
        Notification.objects.visible_to(user).select_related("case").order_by("-id")
    )
    return notifications


def unread(user: User) -> str:
    """The number of unread notifications, as the bell shows it: “3”, “99+”, or nothing for none.

    One bounded query.
    """
    ours = "" if user.is_care else "AND organisation_id = %s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT count(*) FROM (SELECT FROM cases_notification
                WHERE recipient_id = %s AND read_at IS NULL {ours} LIMIT %s) AS few""",  # noqa: S608 (no values inside)
            [user.pk, *([] if user.is_care else [user.organisation_id]), MOST + 1],
        )
        count = cursor.fetchone()[0]
    return f"{MOST}+" if count > MOST else str(count) if count else ""


def read(user: User, key: int) -> Notification | None:
    """Open a notification and mark it as read. None where it is not theirs."""
    notice = notices_of(user).filter(pk=key).first()
    if notice is not None and notice.read_at is None:
        notice.read_at = timezone.now()
        notice.save(update_fields=["read_at"])
    return notice


def read_all(user: User) -> int:
    """Mark all current notifications as read. Returns how many were unread."""
    return notices_of(user).filter(read_at__isnull=True).update(read_at=timezone.now())
