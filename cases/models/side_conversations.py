"""Side conversations: what Care writes by email with a third party about a case, such as a carrier.

They are internal. The texts are messages of the case (`CaseUpdate`) with internal events.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from cases.models.case import Case
from cases.models.event import CaseEvent
from contacts.models import Organisation, User
from core.fields import LineField


class SideConversation(models.Model):
    """A conversation with a few addresses of third parties; Care ends and reopens it."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="side_conversations", db_constraint=False
    )
    subject = LineField(max_length=200)
    recipients = ArrayField(models.EmailField(), help_text="Of the next message.")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-opened_at", "-id"]
        indexes = [
            models.Index(fields=["organisation", "case"], name="side_conversations_of_a_case")
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def is_ended(self) -> bool:
        return self.ended_at is not None


class SideMessageState(models.TextChoices):
    """The delivery state of a message; a logged reply has none."""

    QUEUED = "queued", "Waits to be sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Not delivered"
    RECEIVED = "received", "Logged reply"


class SideMessage(models.Model):
    """A message of a side conversation: one email to all its recipients, or a reply that Care
    logged. Its text is the message of `event`.

    A message is saved with its event and sent after commit, or by the sweep.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    conversation = models.ForeignKey(
        SideConversation, on_delete=models.PROTECT, related_name="messages", db_constraint=False
    )
    event = models.OneToOneField(
        CaseEvent, on_delete=models.PROTECT, related_name="side_message", db_constraint=False
    )
    recipients = ArrayField(models.EmailField(), default=list)
    sender = models.EmailField(blank=True, help_text="Who wrote a logged reply.")
    attachments = ArrayField(
        models.BigIntegerField(), default=list, help_text="The keys of the case's files."
    )
    state = models.CharField(max_length=10, choices=SideMessageState)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    provider_id = models.CharField(max_length=200, blank=True, help_text="Its Message-ID.")
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | ~Q(state="sent"),
                name="a_sent_side_message_has_an_instant",
            ),
            models.CheckConstraint(
                condition=Q(state="queued", next_attempt_at__isnull=False) | ~Q(state="queued"),
                name="a_queued_side_message_is_due",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "conversation"], name="side_messages_in_order"),
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=Q(state="queued"),
                name="side_messages_to_send",
            ),
        ]

    def __str__(self) -> str:
        return f"message {self.pk} of {self.conversation_id}, {self.state}"
