"""Drafts of policies, and their trials and migrations on open cases (§14).

Only Care sees them.
"""

from django.db import models
from django.db.models import Q

from cases.choices import Severity
from cases.models import Case
from contacts.models import Organisation, User
from sla.models.policy import Policy, PolicyVersion


class PolicyDraft(models.Model):
    """The draft of a policy's next version, until it is published or discarded.

    `saves` counts its saves, so that nobody overwrites text that they have not read.
    """

    policy = models.OneToOneField(Policy, on_delete=models.CASCADE, related_name="draft")
    content = models.JSONField()
    saves = models.PositiveIntegerField(default=1)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"draft of {self.policy}"


class MigrationState(models.TextChoices):
    """The status of a migration."""

    PREVIEWING = "previewing", "Being previewed"
    PREVIEWED = "previewed", "Previewed"
    MOVING = "moving", "Being moved"
    MOVED = "moved", "Moved"


class PolicyMigration(models.Model):
    """Open cases under other terms: first a preview of the changes, then, if a manager decides so,
    the migration.

    `content` is the draft at the start of the run. A run for a published version names that
    version, and only such a run can be carried out. Batches continue after `cursor`; `total` is the
    number of cases at the start.
    """

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="runs")
    version = models.ForeignKey(
        PolicyVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    content = models.JSONField()
    customer = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    from_version = models.ForeignKey(
        PolicyVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    severity = models.PositiveSmallIntegerField(null=True, blank=True, choices=Severity)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()
    state = models.CharField(
        max_length=10, choices=MigrationState, default=MigrationState.PREVIEWING
    )
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    cursor = models.BigIntegerField(default=0)
    sums = models.JSONField(default=dict)
    reason = models.CharField(max_length=500, blank=True)
    worked_at = models.DateTimeField(help_text="When a batch of it was last done.")

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["policy", "-id"], name="runs_of_a_policy"),
            models.Index(
                fields=["worked_at"],
                condition=Q(state__in=["previewing", "moving"]),
                name="unfinished_policy_runs",
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.pk} of {self.policy}"

    @property
    def is_under_way(self) -> bool:
        return self.state in (MigrationState.PREVIEWING, MigrationState.MOVING)


class PolicyMigrationRow(models.Model):
    """One case of a run: its targets before and after, and the result of the move."""

    run = models.ForeignKey(
        PolicyMigration, on_delete=models.CASCADE, related_name="rows", db_index=False
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    promises = models.JSONField(
        default=list, help_text="[[kind, due before, due after, seconds, missed, would be]]"
    )
    moves = models.BooleanField(default=False)
    would_miss = models.BooleanField(default=False)
    would_save = models.BooleanField(default=False)
    outcome = models.CharField(
        max_length=8, blank=True, choices=[("moved", "Moved"), ("refused", "Refused")]
    )
    why = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "run", "case"], name="one_row_a_case_of_a_run"
            )
        ]
        indexes = [
            models.Index(fields=["run", "id"], name="rows_of_a_run"),
            models.Index(
                fields=["run", "id"], condition=Q(would_miss=True), name="rows_that_would_miss"
            ),
            models.Index(fields=["run", "id"], condition=Q(outcome="refused"), name="rows_refused"),
        ]

    def __str__(self) -> str:
        return f"case {self.case_id} of run {self.run_id}"
