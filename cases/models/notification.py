"""Notifications: what must reach a person is a row before it is a message."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from cases.models.case import Case
from cases.models.event import CaseEvent
from cases.querysets import NotificationQuerySet
from contacts.models import Organisation, User


class NotificationState(models.TextChoices):
    """The delivery state of a notification."""

    QUEUED = "queued", "Queued"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"
    BOUNCED = "bounced", "Bounced"


class NotificationChannel(models.TextChoices):
    """How a notification reaches its recipient; each of them also appears in the product."""

    EMAIL = "email", "Email immediately"
    DIGEST = "digest", "In the daily digest"
    PORTAL = "portal", "In CareTrack only"


class Notification(models.Model):
    """One message to one person by one channel: its text, and whether and when it was really sent.

    Saved in the transaction of its event; sent after commit, or by the sweep that finds what a
    crash left. `key` identifies the subject, so that a person is notified once per channel.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="notices", db_constraint=False
    )
    event = models.ForeignKey(
        CaseEvent,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="notices",
        db_constraint=False,
    )
    recipient = models.ForeignKey(User, on_delete=models.PROTECT, related_name="notices")
    channel = models.CharField(
        max_length=10, choices=NotificationChannel, default=NotificationChannel.EMAIL
    )
    kind = models.CharField(
        max_length=10,
        blank=True,
        help_text="What sort of news it is: `contacts.notification_preferences.NotificationKind`.",
    )
    key = models.CharField(max_length=80)
    address = models.CharField(max_length=254)
    subject = models.CharField(max_length=250)
    text = models.TextField()
    preface = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text="Why it goes to this recipient, before its text.",
    )
    invitation = models.TextField(
        blank=True, default="", db_default="", help_text="An iCalendar file that goes along."
    )
    state = models.CharField(
        max_length=10, choices=NotificationState, default=NotificationState.QUEUED
    )
    created_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    provider_id = models.CharField(max_length=200, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "recipient", "channel", "key"], name="told_once"
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | ~Q(state="sent"),
                name="sent_means_an_instant",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=Q(state="queued"),
                name="notices_to_send",
            ),
            models.Index(
                fields=["channel"],
                condition=Q(state="queued", attempts__gt=0),
                name="notices_tried_in_vain",
            ),
            models.Index(
                fields=["state"],
                condition=Q(state__in=["failed", "bounced"]),
                name="notices_undelivered",
            ),
            models.Index(fields=["recipient", "-created_at", "-id"], name="notices_of_a_reader"),
            models.Index(
                fields=["recipient", "organisation"],
                condition=Q(read_at__isnull=True),
                name="notices_unread",
            ),
            models.Index(fields=["organisation", "case", "key"], name="notices_of_a_case"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} ({self.state})"

    @property
    def lead(self) -> str:
        """The first line, without the case number in front of an email's subject."""
        return self.subject.removeprefix(f"[{self.case.code}] ")
