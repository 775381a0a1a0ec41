"""Which team takes a case, and who of it is at work now and can work its area (§8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from contacts.models import CalendarVersion, Role, Team, User
from routing.models import WorkPattern


@dataclass(frozen=True)
class Worker:
    """One of a team's people, with what is known of their work; `hours` are the team's."""

    person: User
    pattern: WorkPattern | None
    hours: CalendarVersion | None

    def is_at_work(self, at: datetime) -> bool:
        """Their own week says so, or else the team's hours.

        Of somebody without either nobody knows: they are not.
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
        """Analysts are given cases; managers and administrators take them by hand."""
        return self.person.role == Role.ANALYST


HOURS = JSONObject(zone="zone", week="week", holidays="holidays")


def hours_of(calendar: str) -> Subquery:
    """The hours that a calendar says now, as one value of a larger statement; `calendar` is the
    column naming it.
    """
    newest = CalendarVersion.objects.filter(calendar=OuterRef(calendar)).order_by("-number")
    return Subquery(newest.values(said=HOURS)[:1])


def with_hours(teams: QuerySet[Team]) -> QuerySet[Team]:
    """Teams that know their hours without a statement each."""
    return teams.select_related("calendar").annotate(hours_now=hours_of("calendar"))


def team_for(area: str) -> Team | None:
    """The team whose areas hold this one, given by its key; else the intake team; else none."""
    teams = Team.objects.filter(investigates=False).select_related("calendar")
    holder = teams.filter(areas__contains=[area]).order_by("name", "pk").first() if area else None
    return holder or teams.filter(is_intake=True).first()


def workers_of(team: Team, people: Iterable[User] | None = None) -> list[Worker]:
    """The active people of a team, in one statement besides the team's hours."""
    hours = team.hours
    found = people if people is not None else members_of(team)
    return [Worker(person, getattr(person, "work_pattern", None), hours) for person in found]


def members_of(team: Team) -> list[User]:
    """The active people of a team, with when they work."""
    return list(
        team.members.filter(is_active=True).select_related("work_pattern").order_by("name", "pk")
    )


def at_work(team: Team, at: datetime, area: str = "") -> list[Worker]:
    """Who of the team is at work at that instant and can work the area, whatever their role."""
    return [
        worker for worker in workers_of(team) if worker.is_at_work(at) and worker.can_work(area)
    ]


def is_open(team: Team, at: datetime) -> bool:
    """Whether it is within the team's working hours; a team that keeps none works whenever somebody
    of it does.
    """
    hours = team.hours
    return hours is None or hours.is_open(at)
