"""Corrective actions: what Care changes to prevent another outage, tracked after publication
(§12).
"""

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.models import Organisation, User
from rca.models.analysis import Analysis


class ActionState(models.TextChoices):
    """The status of a corrective action."""

    OPEN = "open", pgettext_lazy("a corrective action", "Open")
    IN_PROGRESS = "in_progress", _("In progress")
    DONE = "done", _("Done")
    DROPPED = "dropped", _("Dropped")


UNFINISHED = (ActionState.OPEN, ActionState.IN_PROGRESS)


class ActionQuerySet(models.QuerySet["CorrectiveAction"]):
    def visible_to(self, user: User) -> "ActionQuerySet":
        """The actions of analyses that this person may read: each was published."""
        return self.filter(analysis__in=Analysis.objects.visible_to(user))

    def unfinished(self) -> "ActionQuerySet":
        """Promised and not finished; the query for `CorrectiveAction.is_unfinished`."""
        return self.filter(state__in=UNFINISHED)


class CorrectiveAction(models.Model):
    """One change that was promised to the customer by a date. It exists from the publication that
    names it.

    `owner` is a person of Care; otherwise `owner_name` names a person of the customer. `remind_at`
    is the time of the next reminder; empty when there is none.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    analysis = models.ForeignKey(
        Analysis, on_delete=models.PROTECT, related_name="actions", db_constraint=False
    )
    position = models.PositiveSmallIntegerField(default=0)
    what = models.TextField()
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    owner_name = models.CharField(max_length=150, blank=True)
    due_on = models.DateField()
    state = models.CharField(max_length=12, choices=ActionState, default=ActionState.OPEN)
    comment = models.TextField(
        blank=True, help_text="The latest comment; the reason, if it was dropped."
    )
    moved_at = models.DateTimeField()
    remind_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = ActionQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        indexes = [
            models.Index(fields=["organisation", "analysis"], name="actions_of_an_analysis"),
            models.Index(
                fields=["due_on", "id"],
                condition=Q(state__in=UNFINISHED),
                name="actions_standing_by_date",
            ),
            models.Index(
                fields=["remind_at", "id"],
                condition=Q(remind_at__isnull=False),
                name="actions_to_remind_of",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(owner__isnull=False) | ~Q(owner_name=""), name="an_action_has_an_owner"
            ),
            models.CheckConstraint(
                condition=~Q(state="dropped") | ~Q(comment=""), name="dropped_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.what[:60]

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED

    @property
    def who(self) -> str:
        """The name of the owner."""
        return self.owner.name if self.owner is not None else self.owner_name

    def is_late(self, today: date) -> bool:
        """Whether the promised date has passed."""
        return self.is_unfinished and self.due_on < today
