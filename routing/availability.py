"""Which team receives a case, and which of its people are at work and can work its area (§8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from contacts.models import CalendarVersion, Role, Team, User
from routing.models import WorkPattern


@dataclass(frozen=True)
class Worker:
    """A member of a team with their working hours; `hours` are the team's."""

    person: User
    pattern: WorkPattern | None
    hours: CalendarVersion | None

    def is_at_work(self, at: datetime) -> bool:
        """Whether the person is at work, by their own week or else by the team's hours.

        Without either they are not.
        """
        if self.pattern is not None and self.pattern.is_away(at):
            return False
        if self.pattern is not None and self.pattern.week:
            return self.pattern.is_open(at, self.person.zone)
        return self.hours is not None and self.hours.is_open(at)

    def can_work(self, area: str) -> bool:
        return self.pattern is None or self.pattern.can_work(area)

    @property
    def is_assigned_cases(self) -> bool:
        """Whether cases are assigned automatically: to analysts only; managers and administrators
        take them by hand.
        """
        return self.person.role == Role.ANALYST


HOURS = JSONObject(zone="zone", week="week", holidays="holidays", special_hours="special_hours")


def hours_of(calendar: str) -> Subquery:
    """The current hours of a calendar as one JSON value of a larger query; `calendar` is the column
    that refers to it.
    """
    newest = CalendarVersion.objects.filter(calendar=OuterRef(calendar)).order_by("-number")
    return Subquery(newest.values(hours_json=HOURS)[:1])


def with_hours(teams: QuerySet[Team]) -> QuerySet[Team]:
    """Teams with their hours, in one query."""
    return teams.select_related("calendar").annotate(hours_now=hours_of("calendar"))


def team_for(area: str) -> Team | None:
    """The team of an area, given by its key; otherwise the intake team; otherwise none."""
    teams = Team.objects.filter(investigates=False).select_related("calendar")
    holder = teams.filter(areas__contains=[area]).order_by("name", "pk").first() if area else None
    return holder or teams.filter(is_intake=True).first()


def workers_of(team: Team, people: Iterable[User] | None = None) -> list[Worker]:
    """The active people of a team, in one query besides the team's hours."""
    hours = team.hours
    members = people if people is not None else members_of(team)
    return [Worker(person, getattr(person, "work_pattern", None), hours) for person in members]


def members_of(team: Team) -> list[User]:
    """The active people of a team, with their working hours."""
    return list(
        team.members.filter(is_active=True).select_related("work_pattern").order_by("name", "pk")
    )


def at_work(team: Team, at: datetime, area: str = "") -> list[Worker]:
    """The members of any role who are at work at that instant and can work the area."""
    return [
        worker for worker in workers_of(team) if worker.is_at_work(at) and worker.can_work(area)
    ]


def is_open(team: Team, at: datetime) -> bool:
    """Whether the team works at that instant; a team without hours works whenever a member does."""
    hours = team.hours
    return hours is None or hours.is_open(at)
