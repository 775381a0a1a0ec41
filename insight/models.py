"""Facts of cases, one row each, and their sums by day and month (§14).

A fact is one counted occurrence: a met or missed target, an opened or closed case. It is copied
from the clocks and the event log with the assignee *at that time*, so later changes of the case do
not affect it. Its columns are plain values without references: a fact outlives its case.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from cases.choices import Severity
from contacts.models import Organisation


class FigureKind(models.TextChoices):
    """The kind of a fact. A target is `MET`, or `MISSED` at its breach and `LATE` when it was met
    afterwards.
    """

    MET = "met", "Met"
    MISSED = "missed", "Missed"
    LATE = "late", "Ended late"
    MEASURED = "measured", "Measured"
    OPENED = "opened", "Opened"
    ASSIGNED = "assigned", "Assigned"
    CLOSED = "closed", "Closed"
    REOPENED = "reopened", "Reopened"
    PROPOSED = "proposed", "Resolution proposed"
    ISSUE_REPORTED = "issue_reported", "Issue reported with a resolution"
    CONTESTED = "contested", "Severity contested"
    SEVERITY_SET = "severity_set", "Severity changed"
    ESCALATED = "escalated", "Escalated for investigation"
    ESCALATION_ASKED = "escalation_asked", "Escalation asked for"
    INADEQUATE = "inadequate", "Answer ruled inadequate"
    RATED = "rated", "Rated by the contact"


class Dimension(models.TextChoices):
    """The dimensions of figures."""

    ALL = "all", "All"
    ORGANISATION = "organisation", "Organisation"
    SITE = "site", "Site"
    REGION = "region", "Region"
    AREA = "area", "Area"
    TEAM = "team", "Team"
    ANALYST = "analyst", "Analyst"
    OFFERING = "offering", "Offering"
    POLICY = "policy", "Policy version"
    HOUR = "hour", "Hour of the customer's week"


class Grain(models.TextChoices):
    """The period of a sum."""

    DAY = "day", "Day"
    MONTH = "month", "Month"


class Fact(models.Model):
    """One counted occurrence. `day` and `hour` are local to the customer; `seconds` is business
    time, or a score.

    `kind` is that of the target, the closing reason, or the score of a rating. `hour` is the hour
    of the customer's week (0 is Monday 00:00) in which a first response began or a case was opened;
    other facts have none. Only `insight.aggregation` writes facts.
    """

    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    case_key = models.BigIntegerField(
        null=True, help_text="The case's key; empty for a promise to an applicant (§1)."
    )
    kind = models.CharField(max_length=20, blank=True)
    what = models.CharField(max_length=20, choices=FigureKind)
    severity = models.PositiveSmallIntegerField(
        choices=Severity, default=0, help_text="0: of no case."
    )
    at = models.DateTimeField()
    day = models.DateField()
    hour = models.PositiveSmallIntegerField(null=True)
    seconds = models.BigIntegerField(null=True)
    site_key = models.BigIntegerField(null=True)
    region = models.CharField(max_length=2, blank=True)
    area = models.CharField(max_length=80, blank=True)
    team_key = models.BigIntegerField(null=True)
    analyst_key = models.BigIntegerField(null=True)
    offering = models.CharField(max_length=60, blank=True)
    policy_key = models.BigIntegerField(null=True, help_text="The policy version's key.")
    is_historical = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["at"], name="facts_by_instant"),
            models.Index(fields=["day"], name="facts_by_day"),
            models.Index(fields=["organisation", "day"], name="facts_of_an_organisation"),
            models.Index(fields=["what", "kind", "at", "id"], name="facts_of_a_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.kind} on {self.day}"


class Figure(models.Model):
    """The number of occurrences on a day, or in a month, among cases with one value of one
    dimension.
    """

    dimension = models.CharField(max_length=12, choices=Dimension)
    key = models.CharField(max_length=80, blank=True)
    grain = models.CharField(max_length=5, choices=Grain)
    day = models.DateField(help_text="Of a month, its first day.")
    kind = models.CharField(max_length=20, blank=True)
    what = models.CharField(max_length=20, choices=FigureKind)
    severity = models.PositiveSmallIntegerField(default=0)
    is_historical = models.BooleanField(default=False)
    n = models.PositiveIntegerField()
    total = models.BigIntegerField(default=0, help_text="The sum of the facts' seconds.")
    spread = ArrayField(
        ArrayField(models.IntegerField(), size=2),
        null=True,
        help_text="The histogram of the facts' seconds: pairs of a bucket and a count.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "dimension",
                    "grain",
                    "day",
                    "kind",
                    "what",
                    "key",
                    "severity",
                    "is_historical",
                ],
                name="one_figure_a_day",
            )
        ]
        indexes = [models.Index(fields=["dimension", "key", "grain", "day"], name="figures_of_one")]

    def __str__(self) -> str:
        return (
            f"{self.n} {self.what} {self.kind} of {self.dimension} {self.key} in the "
            f"{self.grain} of {self.day}"
        )


class Watermark(models.Model):
    """Until when facts are counted. One row, which a run locks."""

    until = models.DateTimeField()
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"counted until {self.until:%Y-%m-%d %H:%M:%S}"


class DirtyDay(models.Model):
    """A UTC day with an event or a clock change after it was counted.

    Triggers on clocks, clock facts and events write it; the next run counts the day again.
    """

    day = models.DateField()

    def __str__(self) -> str:
        return f"{self.day} is to be counted again"


class OpenCount(models.Model):
    """Open cases as summands: each change of the queue adds a row, and a sweep folds the rows.

    No transaction waits for a counter, and a page reads some rows instead of every open case.
    """

    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    state = models.CharField(max_length=20)
    severity = models.PositiveSmallIntegerField()
    is_historical = models.BooleanField()
    is_unassigned = models.BooleanField()
    n = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["organisation"], name="open_counts_of_one")]

    def __str__(self) -> str:
        return f"{self.n:+} {self.state}"
