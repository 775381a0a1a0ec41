"""The notices of a person inside the product: all of them, by whatever channel they came."""

from django.db import connection
from django.utils import timezone

from cases.models import Notification
from cases.querysets import NotificationQuerySet
from contacts.models import User

MOST = 99  # beyond this a number tells nobody anything


def notices_of(user: User) -> NotificationQuerySet:
    """What this person was told, newest first; only as long as they may still read the case."""
    found: NotificationQuerySet = (
        Notification.objects.visible_to(user).select_related("case").order_by("-id")
    )
    return found


def unread(user: User) -> str:
    """How many notices wait to be read, as the bell says it: «3», «99+», nothing for none.

    One bounded statement.
    """
    ours = "" if user.is_care else "AND organisation_id = %s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT count(*) FROM (SELECT FROM cases_notification
                WHERE recipient_id = %s AND read_at IS NULL {ours} LIMIT %s) AS few""",  # noqa: S608 (no words inside)
            [user.pk, *([] if user.is_care else [user.organisation_id]), MOST + 1],
        )
        count = cursor.fetchone()[0]
    return f"{MOST}+" if count > MOST else str(count) if count else ""


def read(user: User, key: int) -> Notification | None:
    """Open a notice: it counts as read. None where it is not theirs."""
    notice = notices_of(user).filter(pk=key).first()
    if notice is not None and notice.read_at is None:
        notice.read_at = timezone.now()
        notice.save(update_fields=["read_at"])
    return notice


def read_all(user: User) -> int:
    """Everything that is there now counts as read. Returns how many were not."""
    return notices_of(user).filter(read_at__isnull=True).update(read_at=timezone.now())
