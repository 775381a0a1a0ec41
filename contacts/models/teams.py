"""Care's teams: who is in them, and which areas they take (§8, §10)."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from contacts.models.calendars import CalendarVersion, WorkCalendar
from contacts.models.people import User


class Assignment(models.TextChoices):
    """How a team's new cases come to its people."""

    OFF = "off", "Off: people take cases themselves"
    ROUND_ROBIN = "round_robin", "Round robin: each in turn"
    LEAST_LOADED = "least_loaded", "Least loaded: who has the fewest open cases"


class Team(models.Model):
    """A team of Care's analysts; an investigation team takes what has been escalated (§10).

    `areas` are keys of the areas whose cases come to it; the intake team takes what no other team's
    areas hold. `turns` counts what was assigned by turn, so that round robin is fair however many
    cases arrive at once.
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
        """The working hours in force now; None where the team keeps none of its own."""
        if hasattr(self, "hours_now"):  # a list has read them with the teams
            said: dict[str, Any] | None = self.hours_now
            return CalendarVersion(**said) if said else None
        return self.calendar.current if self.calendar is not None else None


def week_of(intervals: dict[str, Any]) -> dict[str, Any]:
    """A week without its empty days, as it is kept."""
    return {day: spans for day, spans in intervals.items() if spans}
