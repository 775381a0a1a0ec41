"""Who of Care is at work now, in which teams, and at which case."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import JSONObject

from cases.models import Presence
from cases.models.case import case_code
from cases.presence import FRESH, WRITING
from contacts.models import Team, User
from contacts.models.people import CARE_ROLES
from routing import availability
from routing.availability import Worker

MOST_PEOPLE = 500


def people_of_care(as_of: datetime, assignees: set[int]) -> list[User]:
    """Care's active people and these, with their hours and presence. One statement."""
    presence = (
        Presence.objects.filter(by=OuterRef("pk"), seen_at__gt=as_of - FRESH)
        .order_by("-since")
        .values(json=JSONObject(number="case__number", writes="writes"))
    )
    people = User.objects.filter(role__in=CARE_ROLES).filter(
        Q(is_active=True) | Q(pk__in=assignees)
    )
    return list(
        people.select_related("work_pattern")
        .annotate(present=Subquery(presence[:1]))
        .order_by("name", "pk")[:MOST_PEOPLE]
    )


def teams_with_members() -> Iterable[Team]:
    """Teams with their hours and the keys of their members. One statement."""
    return availability.with_hours(Team.objects.all()).annotate(
        member_keys=ArrayAgg("members", filter=Q(members__is_active=True), default=[])
    )


def teams_of_people(teams: Iterable[Team]) -> defaultdict[int, list[Team]]:
    """The teams of each person."""
    teams_of: defaultdict[int, list[Team]] = defaultdict(list)
    for team in teams:
        for key in team.member_keys:  # type: ignore[attr-defined]
            teams_of[key].append(team)
    return teams_of


def status(person: User, teams: list[Team], at: datetime) -> tuple[str, bool]:
    """Whether somebody is at work, in a word."""
    if not person.is_active:
        return "deactivated", False
    pattern = getattr(person, "work_pattern", None)
    if pattern is not None and pattern.is_away(at):
        return "away", False
    hours = [team.hours for team in teams] or [None]
    is_at_work = any(Worker(person, pattern, hour).is_at_work(at) for hour in hours)
    return ("at work" if is_at_work else "not at work"), is_at_work


def presence_of(person: User) -> tuple[str, str]:
    """The case that somebody has open, and what they do there. Empty if none."""
    present: dict[str, Any] | None = person.present  # type: ignore[attr-defined]
    if present is None:
        return "", ""
    return case_code(present["number"]), WRITING.get(present["writes"], "is looking")
