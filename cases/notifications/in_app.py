"""Notifications in the product: all of a person's, from every channel."""

from dataclasses import dataclass
from functools import partial

from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from cases.models import BulkJob, Notification
from cases.models.case import case_code
from cases.querysets import NotificationQuerySet
from contacts.models import User

MOST = 99  # a larger number helps nobody
RECENT = 300  # notifications whose cases are offered as filters


@dataclass(frozen=True)
class NotifiedCase:
    """A case that a person has notifications about, and how many of them are unread."""

    number: int
    title: str
    unread: int

    @property
    def code(self) -> str:
        return case_code(self.number)


def notices_of(
    user: User, *, case: int | None = None, unread_only: bool = False
) -> NotificationQuerySet:
    """The notifications of a person, newest first; only of cases that they may still read.

    `case` is the number of a case.
    """
    notifications: NotificationQuerySet = (
        Notification.objects.visible_to(user).select_related("case").order_by("-created_at", "-id")
    )
    if case is not None:
        notifications = notifications.filter(case__number=case)
    return notifications.filter(read_at=None) if unread_only else notifications


def cases_of(user: User) -> list[NotifiedCase]:
    """The cases of a person's recent notifications, the last notified first. One statement."""
    recent = notices_of(user).values("pk")[:RECENT]
    rows = (
        Notification.objects.filter(pk__in=recent)
        .order_by()
        .values("case__number", "case__title")
        .annotate(newest=Max("created_at"), unread=Count("pk", filter=Q(read_at=None)))
        .order_by("-newest", "-case__number")
    )
    return [NotifiedCase(row["case__number"], row["case__title"], row["unread"]) for row in rows]


def bell_key(user_id: int) -> str:
    """Where the cache has the number of a person's unread notifications (`cases.live`)."""
    return f"live:bell:{user_id}"


def forget_bell(user: User) -> None:
    """After the commit, the unread notifications of a person are counted again."""
    transaction.on_commit(partial(cache.delete, bell_key(user.pk)))


def unread(user: User) -> str:
    """The number of unread notifications, as the bell shows it: “3”, “99+”, or nothing for none.

    A bulk job that ended counts as one until its report is read. One bounded query.
    """
    keys = Notification.objects.visible_to(user).filter(read_at=None).order_by().values_list("pk")
    if user.is_care:
        keys = keys.union(ended_jobs_of(user).order_by().values_list("pk"), all=True)
    count = keys[: MOST + 1].count()
    return f"{MOST}+" if count > MOST else str(count) if count else ""


def ended_jobs_of(user: User) -> QuerySet[BulkJob]:
    """The bulk jobs of a person of Care that ended and whose reports they have not read."""
    ended = BulkJob.objects.filter(started_at__isnull=False, ended_at__isnull=False)
    return ended.filter(by=user, read_at=None)


def read_job(user: User, job: BulkJob) -> None:
    """The person who started a job sees its report. Idempotent."""
    if job.by_id != user.pk or not job.is_over or job.read_at is not None:
        return
    job.read_at = timezone.now()
    job.save(update_fields=["read_at"])
    forget_bell(user)


def read(user: User, key: int) -> Notification | None:
    """Open a notification and mark it as read. None where it is not theirs."""
    notice = notices_of(user).filter(pk=key).first()
    if notice is not None and notice.read_at is None:
        notice.read_at = timezone.now()
        notice.save(update_fields=["read_at"])
        forget_bell(user)
    return notice


def read_all(user: User, *, case: int | None = None) -> int:
    """Mark all current notifications as read, or those about one case. Returns how many
    notifications were unread.
    """
    forget_bell(user)
    if case is None and user.is_care:
        ended_jobs_of(user).update(read_at=timezone.now())
    return notices_of(user, case=case, unread_only=True).update(read_at=timezone.now())
