"""Follow-up reminders: what an analyst sets on a case for a later time, for themselves alone."""

from django.db import models
from django.db.models import Q

from cases.models.case import Case
from contacts.models import Organisation, User
from core.fields import LineField


class ReminderState(models.TextChoices):
    """What became of a reminder."""

    OPEN = "open", "Open"
    SENT = "sent", "Sent"
    CANCELLED = "cancelled", "Not sent"


class Reminder(models.Model):
    """A reminder of one person of Care on a case; nobody else sees it.

    At `due_at` it becomes a notification, once. `why_not` says why it did not.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, related_name="reminders", db_constraint=False
    )
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="reminders")
    note = LineField(max_length=200, blank=True)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=ReminderState, default=ReminderState.OPEN)
    why_not = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["due_at", "id"]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state="open"), name="reminders_due"),
            models.Index(fields=["by", "state", "due_at"], name="reminders_of_a_person"),
        ]

    def __str__(self) -> str:
        return f"of {self.by_id} on {self.case_id}, {self.state}"
