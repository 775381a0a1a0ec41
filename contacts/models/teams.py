"""Care's teams: their members and areas (§8, §10)."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from contacts.models.calendars import CalendarVersion, WorkCalendar
from contacts.models.people import User


class Assignment(models.TextChoices):
    """How a team's new cases are assigned to its people."""

    OFF = "off", "Off: people take cases themselves"
    ROUND_ROBIN = "round_robin", "Round robin: each in turn"
    LEAST_LOADED = "least_loaded", "Least loaded: who has the fewest open cases"


class Team(models.Model):
    """A team of Care's analysts; an investigation team takes escalated cases (§10).

    `areas` are the keys of the areas whose cases the team receives. The intake team receives the
    rest. `turns` counts the round-robin assignments, which makes them fair under concurrency.
    """

    name = models.CharField(max_length=100, unique=True)
    investigates = models.BooleanField(default=False)
    is_intake = models.BooleanField(default=False)
    assignment = models.CharField(max_length=12, choices=Assignment, default=Assignment.OFF)
    areas = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    calendar = models.ForeignKey(
        WorkCalendar, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    members = models.ManyToManyField(User, blank=True, related_name="teams")
    turns = models.PositiveBigIntegerField(default=0, db_default=0)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_intake"], condition=Q(is_intake=True), name="one_intake_team"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def hours(self) -> CalendarVersion | None:
        """The current working hours; None where the team has none of its own."""
        if hasattr(self, "hours_now"):  # annotated by `routing.availability.with_hours`
            fields: dict[str, Any] | None = self.hours_now
            return CalendarVersion(**fields) if fields else None
        return self.calendar.current if self.calendar is not None else None


def week_of(intervals: dict[str, Any]) -> dict[str, Any]:
    """A week without its empty days, as stored."""
    return {day: spans for day, spans in intervals.items() if spans}
