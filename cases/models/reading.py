"""How people follow cases: watched cases, read marks and saved views."""

from django.db import models
from django.db.models import Q

from cases.models.case import Case
from contacts.models import Organisation, User


class Watch(models.Model):
    """A person who is notified about a case that is not theirs, in its organisation or in Care.

    Watching grants no right and changes no clock. Each notification checks access again: a person
    who left, or moved to another organisation, gets none. `added_by` is the person who added them,
    if it was somebody else.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="watches", db_constraint=False
    )
    watcher = models.ForeignKey(User, on_delete=models.PROTECT, related_name="watches")
    since = models.DateTimeField()
    added_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["since", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "case", "watcher"], name="watched_once")
        ]

    def __str__(self) -> str:
        return f"{self.watcher_id} watches {self.case_id}"


class ReadMark(models.Model):
    """When a person of Care last had a case open: later messages of the contact are unread."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    analyst = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["analyst", "case"], name="one_look_an_analyst_and_case")
        ]

    def __str__(self) -> str:
        return f"{self.analyst_id} at {self.case_id}"


class EntryPoint(models.TextChoices):
    """The list that a view belongs to."""

    PORTAL = "portal", "Portal"
    CONSOLE = "console", "Console"


class SavedView(models.Model):
    """A saved view: a named list with its filters as they appear in the URL. Care's people belong
    to no organisation.

    A shared view is visible to everyone of the same side and organisation; only its owner changes
    it.
    """

    organisation = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
    )
    person = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="saved_views", db_constraint=False
    )
    audience = models.CharField(max_length=10, choices=EntryPoint)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, blank=True)
    columns = models.CharField(
        max_length=200, blank=True, help_text="Names of its columns with commas; empty: the usual."
    )
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "person", "audience", "name"],
                name="one_view_a_name",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=~Q(name=""), name="a_view_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
