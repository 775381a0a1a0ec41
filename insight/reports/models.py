"""Schedules of service reports, and exports."""

from django.db import models
from django.db.models import Q

from contacts.models import Organisation, User


class ReportPeriod(models.TextChoices):
    """The period of a scheduled report: the previous whole week, month or quarter."""

    WEEK = "week", "Every week"
    MONTH = "month", "Every month"
    QUARTER = "quarter", "Every quarter"


class ReportSchedule(models.Model):
    """A scheduled report, sent on the first such weekday after its week, month or quarter.

    `hour` is local to `zone`. `next_at` is the next due time. After downtime, only the newest
    report is sent.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="report_schedules", db_constraint=False
    )
    covers = models.CharField(max_length=10, choices=ReportPeriod)
    weekday = models.PositiveSmallIntegerField(help_text="0 is Monday.")
    hour = models.PositiveSmallIntegerField()
    zone = models.CharField(max_length=60)
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__lt=7) & Q(hour__lt=24), name="a_weekday_and_an_hour"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "id"], name="schedules_of_an_organisation"),
            models.Index(fields=["next_at"], name="schedules_that_are_due"),
        ]

    def __str__(self) -> str:
        return f"{self.get_covers_display()}, weekday {self.weekday} at {self.hour}:00 {self.zone}"


class ReportRecipient(models.Model):
    """A recipient of a scheduled report, of the organisation or of Care."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    schedule = models.ForeignKey(
        ReportSchedule, on_delete=models.CASCADE, related_name="readers", db_constraint=False
    )
    recipient = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "schedule", "recipient"], name="a_report_once_a_reader"
            )
        ]

    def __str__(self) -> str:
        return f"reader {self.recipient_id} of schedule {self.schedule_id}"


class ExportState(models.TextChoices):
    """The state of an export."""

    WAITING = "waiting", "Waiting"
    WORKING = "working", "Being made"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"


class Export(models.Model):
    """A file of many rows that somebody of Care requested.

    `query` is the URL query of its list.
    """

    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    query = models.CharField(max_length=1000)
    name = models.CharField(max_length=200)
    form = models.CharField(max_length=4, choices=[("csv", "CSV"), ("xlsx", "XLSX")])
    state = models.CharField(max_length=10, choices=ExportState, default=ExportState.WAITING)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    file = models.CharField(max_length=100, blank=True)
    why = models.CharField(max_length=300, blank=True)
    requested_at = models.DateTimeField()
    worked_at = models.DateTimeField(help_text="When a batch of it was last written.")
    ready_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["by", "-id"], name="exports_of_a_person"),
            models.Index(
                fields=["worked_at"],
                condition=Q(state__in=["waiting", "working"]),
                name="unfinished_exports",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}.{self.form}"

    @property
    def is_under_way(self) -> bool:
        return self.state in (ExportState.WAITING, ExportState.WORKING)

    @property
    def per_cent(self) -> int:
        """The written share; a hundred once it is ready."""
        if self.state == ExportState.READY:
            return 100
        return min(99, self.done * 100 // self.total) if self.total else 0
