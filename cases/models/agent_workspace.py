"""What Care's people store beside a case while they work on it: drafts, macros and presence."""

import math

from django.db import models
from django.db.models import Q
from django.utils import timezone

from cases.models.case import Case
from contacts.models import Organisation, Team, User


class ReplyDraft(models.Model):
    """A draft of a reply or a note; visible to its author only, until it is sent or discarded.

    `revision` counts the saves, so that two windows detect each other; `seen` is the last event
    that the author had read.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, related_name="reply_drafts", db_constraint=False
    )
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="reply_drafts")
    noun = models.CharField(max_length=20)
    text = models.TextField()
    seen = models.PositiveIntegerField(default=0)
    revision = models.PositiveIntegerField(default=1)
    form_key = models.CharField(max_length=36, blank=True, help_text="Of the form that saved it.")
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-updated_at", "-id"]
        indexes = [
            models.Index(fields=["organisation", "case", "by", "-updated_at"], name="replies_begun")
        ]

    def __str__(self) -> str:
        return f"{self.noun} of {self.by_id} on {self.case_id}"


class MacroAudience(models.TextChoices):
    """Who can use a macro."""

    OWN = "own", "Me alone"
    TEAM = "team", "A team"
    ALL = "all", "All of Care"


class Macro(models.Model):
    """A saved text in Markdown with fields such as {{contact.name}}; its owner or a manager changes
    it.
    """

    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="macros")
    audience = models.CharField(max_length=4, choices=MacroAudience, default=MacroAudience.OWN)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.CASCADE, related_name="macros"
    )
    name = models.CharField(max_length=60)
    folder = models.CharField(max_length=60, blank=True)
    text = models.TextField(max_length=20_000)
    effects = models.JSONField(
        default=dict, blank=True, help_text="What it does besides: `cases.macro_effects`."
    )
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="one_macro_a_name"),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(text=""), name="a_macro_says_something"
            ),
            models.CheckConstraint(
                condition=Q(audience="team", team__isnull=False)
                | ~Q(audience="team") & Q(team__isnull=True),
                name="a_teams_macro_names_the_team",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MacroUse(models.Model):
    """How often a person sent messages with a macro on one day."""

    macro = models.ForeignKey(Macro, on_delete=models.CASCADE, related_name="uses")
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    on = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["macro", "by", "on"], name="one_count_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.macro_id} by {self.by_id} on {self.on}: {self.count}"


class Presence(models.Model):
    """A person of Care who has a case open or is writing on it; outdated a few seconds after
    `seen_at`.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    writes = models.CharField(
        max_length=20, blank=True, help_text="The noun of what they are writing."
    )
    since = models.DateTimeField(help_text="Since when they do what they do.")
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "case", "by"], name="there_once")
        ]

    def __str__(self) -> str:
        return f"{self.by_id} at {self.case_id}"


class PendingState(models.TextChoices):
    """What became of a message that waits to be sent."""

    WAITING = "waiting", "waits"
    SENT = "sent", "sent"
    UNDONE = "undone", "undone by its author"
    REFUSED = "refused", "refused when it was due"


class PendingMessage(models.Model):
    """A message of Care that its author can still undo. It is no event yet: it meets no target, and
    nobody else reads it.

    The contact and the staged files are those of the click.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, related_name="pending_messages", db_constraint=False
    )
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    noun = models.CharField(max_length=20)
    text = models.TextField()
    staged = models.JSONField(default=list)
    macro = models.ForeignKey(
        Macro, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    effects = models.JSONField(default=dict, help_text="Of the macro, as they were at the click.")
    seen = models.PositiveIntegerField(null=True, help_text="The last event its author had read.")
    created_at = models.DateTimeField()
    release_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=PendingState, default=PendingState.WAITING)
    refusal = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["release_at"], condition=Q(state="waiting"), name="messages_to_release"
            ),
            models.Index(fields=["organisation", "case", "state"], name="messages_of_a_case"),
        ]

    def __str__(self) -> str:
        return f"{self.noun} of {self.by_id} on {self.case_id}, {self.state}"

    @property
    def seconds_left(self) -> int:
        """Whole seconds until it is sent, at least 0."""
        return max(0, math.ceil((self.release_at - timezone.now()).total_seconds()))
