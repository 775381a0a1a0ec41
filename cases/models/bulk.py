"""A bulk action over a whole list of cases: a job with progress, and one row for each case."""

import hashlib
import json

from django.db import models
from django.db.models import Q

from cases.models.case import Case
from contacts.models import Organisation, User


class BulkJobState(models.TextChoices):
    """How far a bulk job is."""

    DRAFT = "draft", "Not previewed yet"
    PREVIEWING = "previewing", "Preview is computed"
    PREVIEWED = "previewed", "Previewed"
    RUNNING = "running", "Running"
    FINISHED = "finished", "Finished"
    CANCELLED = "cancelled", "Cancelled"


class BulkJobOutcome(models.TextChoices):
    """What a bulk job did, or would do, to one case."""

    DONE = "done", "Done"
    REFUSED = "refused", "Refused"


class BulkJob(models.Model):
    """A bulk action of a person of Care. Its cases are those of the list when they chose it.

    `inputs` are the values of the action's form; `sums` counts outcomes of the preview and of the
    run. `cursor` is the last row that was worked on.
    """

    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    noun = models.CharField(max_length=20)
    inputs = models.JSONField(default=dict, blank=True)
    list_address = models.CharField(max_length=2200, blank=True)
    list_name = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=BulkJobState, default=BulkJobState.DRAFT)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0, help_text="Cases that were worked on.")
    cursor = models.BigIntegerField(default=0)
    sums = models.JSONField(default=dict, blank=True)
    why = models.CharField(max_length=300, blank=True, help_text="Why it ended early.")
    chosen_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    worked_at = models.DateTimeField(help_text="When a case of it was last worked on.")
    ended_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(
        null=True, blank=True, help_text="When the person who started it saw that it ended."
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["by"], condition=Q(state="running"), name="one_running_job_a_person"
            )
        ]
        indexes = [
            models.Index(fields=["by", "-id"], name="bulk_jobs_of_a_person"),
            models.Index(
                fields=["worked_at"],
                condition=Q(state__in=["previewing", "running"]),
                name="unfinished_bulk_jobs",
            ),
            models.Index(
                fields=["by"],
                condition=Q(started_at__isnull=False, ended_at__isnull=False, read_at__isnull=True),
                name="ended_bulk_jobs_unread",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.noun} on {self.total} cases"

    @property
    def inputs_digest(self) -> str:
        """A digest of the inputs: what is run is what was previewed."""
        written = json.dumps(self.inputs, sort_keys=True)
        return hashlib.sha256(written.encode()).hexdigest()[:16]

    @property
    def is_under_way(self) -> bool:
        return self.state in (BulkJobState.PREVIEWING, BulkJobState.RUNNING)

    @property
    def is_over(self) -> bool:
        return self.state in (BulkJobState.FINISHED, BulkJobState.CANCELLED)

    def count_of(self, stage: str, outcome: str) -> int:
        """How many cases of the preview or of the run had an outcome."""
        return int(self.sums.get(f"{stage}:{outcome}", 0))


class BulkJobRow(models.Model):
    """One case of a bulk job: what the preview expects, and what the run did."""

    job = models.ForeignKey(BulkJob, on_delete=models.CASCADE, related_name="rows", db_index=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    expected = models.CharField(max_length=8, blank=True, choices=BulkJobOutcome)
    expected_why = models.CharField(max_length=300, blank=True)
    outcome = models.CharField(max_length=8, blank=True, choices=BulkJobOutcome)
    why = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "job", "case"], name="one_row_a_case_of_a_bulk_job"
            )
        ]
        indexes = [
            models.Index(fields=["job", "id"], name="rows_of_a_bulk_job"),
            models.Index(
                fields=["job", "id"],
                condition=Q(outcome="refused"),
                name="refused_rows_of_a_bulk_job",
            ),
        ]

    def __str__(self) -> str:
        return f"case {self.case_id} of bulk job {self.job_id}"
