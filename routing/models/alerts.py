"""On-call alerts: a call to the person on call for a Critical case, then to the next, then to a
manager (§10).
"""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q

from cases.models import Case
from contacts.models import Organisation, User
from routing.models.on_call import OnCallRota


class AlertState(models.TextChoices):
    """The state of an alert."""

    OPEN = "open", "Being alerted"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    RAN_OUT = "ran_out", "Nobody acknowledged"
    CALLED_OFF = "called_off", "No longer needed"


class AlertQuerySet(models.QuerySet[Any]):
    def waiting(self) -> "AlertQuerySet":
        """Alerts that nobody has acknowledged yet; the database equivalent of
        `Alert.is_waiting`.
        """
        return self.filter(state__in=[AlertState.OPEN, AlertState.RAN_OUT])


class Alert(models.Model):
    """One call for a person to attend to a case, or a drill without one, through the levels of a
    rota.

    `next_at` is when the next level is due; it is empty once nobody else is alerted. An exhausted
    alert can still be acknowledged: everybody was notified, but perhaps nobody came.
    """

    organisation = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
    )
    case = models.ForeignKey(
        Case,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="pages",
        db_constraint=False,
    )
    rota = models.ForeignKey(OnCallRota, on_delete=models.PROTECT, related_name="pages")
    is_drill = models.BooleanField(default=False)
    why = models.CharField(max_length=100)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=AlertState, default=AlertState.OPEN)
    next_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_how = models.CharField(
        max_length=30, blank=True, help_text="The verb that acknowledged it."
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "case"],
                condition=Q(state="open", is_drill=False),
                name="one_open_page_a_case",
            ),
            models.CheckConstraint(
                condition=Q(is_drill=True, case__isnull=True, organisation__isnull=True)
                | Q(is_drill=False, case__isnull=False, organisation__isnull=False),
                name="a_page_is_about_a_case_or_a_drill",
            ),
            models.CheckConstraint(
                condition=Q(state="open", next_at__isnull=False)
                | ~Q(state="open") & Q(next_at__isnull=True),
                name="an_open_page_has_a_next_rung",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at", "id"], condition=Q(next_at__isnull=False), name="pages_to_climb"
            ),
            models.Index(fields=["organisation", "case", "-id"], name="pages_of_a_case"),
            models.Index(fields=["rota", "-id"], name="pages_of_a_rota"),
        ]

    def __str__(self) -> str:
        return f"{'drill' if self.is_drill else 'page'} of {self.opened_at:%Y-%m-%d %H:%M:%S}"

    @property
    def is_waiting(self) -> bool:
        return self.state in (AlertState.OPEN, AlertState.RAN_OUT)


class AlertLevel(models.TextChoices):
    """Whom a step of an alert calls."""

    ON_CALL = "on_call", "on call"
    NEXT = "next", "next in the rota"
    MANAGER = "manager", "manager"
    EVERYONE = "everyone", "every manager"


class AlertStep(models.Model):
    """One level of an alert: who was called, and until when they had to acknowledge.

    Added, never changed.
    """

    organisation = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
    )
    page = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="steps")
    number = models.PositiveSmallIntegerField()
    level = models.CharField(max_length=10, choices=AlertLevel)
    recipient = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["page", "number"], name="one_step_a_level")]
        triggers = [
            pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"step {self.number} of page {self.page_id}"


class MessageChannel(models.TextChoices):
    """How an alert reaches a person."""

    EMAIL = "email", "Email"
    WEBHOOK = "webhook", "Webhook"


class AlertMessage(models.Model):
    """One message of a step by one channel: saved with the step, sent after commit or by the sweep,
    and retried.
    """

    organisation = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
    )
    step = models.ForeignKey(AlertStep, on_delete=models.PROTECT, related_name="messages")
    recipient = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    channel = models.CharField(max_length=10, choices=MessageChannel)
    address = models.CharField(max_length=500)
    subject = models.CharField(max_length=250, blank=True)
    text = models.TextField()
    state = models.CharField(
        max_length=10,
        choices=[("queued", "Queued"), ("sent", "Sent"), ("failed", "Failed")],
        default="queued",
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["step", "channel", "address"], name="a_page_message_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=Q(state="queued"),
                name="page_messages_to_send",
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} to {self.address} ({self.state})"
