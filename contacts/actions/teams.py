"""Care's teams and their working hours; each change is recorded with before and after (§8, §14)."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from contacts.admin_log import record_change
from contacts.models import (
    Assignment,
    CalendarVersion,
    Offering,
    Site,
    Team,
    User,
    WorkCalendar,
)
from contacts.models.calendars import check_zone
from contacts.models.roster import wall_time
from contacts.models.teams import week_of
from contacts.permissions import require_manager
from core.errors import Refused


@transaction.atomic
def save_team(
    team: Team | None,
    *,
    by: User,
    name: str,
    assignment: str = Assignment.OFF,
    areas: Sequence[str] = (),
    members: Sequence[User] = (),
    calendar: WorkCalendar | None = None,
    is_intake: bool = False,
    investigates: bool = False,
) -> Team:
    """Create or change a team: its areas, its members and how its cases are assigned.

    A new intake team replaces the current one. Refused for a name that is taken, and for an
    investigation team as intake, because it receives escalated cases (§10).
    """
    require_manager(by)
    held = (
        Team.objects.select_for_update(no_key=True).get(pk=team.pk) if team is not None else Team()
    )
    before = _snapshot(held) if team is not None else None
    if is_intake and investigates:
        raise Refused(
            "An investigation team gets what was escalated: it cannot be the intake as well."
        )
    if any(not (member.is_care and member.is_active) for member in members):
        raise Refused("Only Care's own active people can be in a team.")
    if is_intake and not held.is_intake:
        _end_intake(by, besides=held)
    held.name, held.assignment, held.areas = name.strip(), assignment, sorted(set(areas))
    held.calendar, held.is_intake, held.investigates = calendar, is_intake, investigates
    held.full_clean()
    held.save()
    held.members.set(members)
    record_change(
        by=by, kind="team", key=held.pk, name=held.name, before=before, after=_snapshot(held)
    )
    return held


def _end_intake(by: User, *, besides: Team) -> None:
    for other in (
        Team.objects.select_for_update(no_key=True).filter(is_intake=True).exclude(pk=besides.pk)
    ):
        before = _snapshot(other)
        other.is_intake = False
        other.save(update_fields=["is_intake"])
        record_change(
            by=by, kind="team", key=other.pk, name=other.name, before=before, after=_snapshot(other)
        )


def _snapshot(team: Team) -> dict[str, Any]:
    return {
        "name": team.name,
        "assignment": team.assignment.replace("_", " "),
        "areas": team.areas,
        "members": list(team.members.order_by("name", "pk").values_list("name", flat=True)),
        "hours": team.calendar.name if team.calendar else "",
        "intake": team.is_intake,
        "investigates": team.investigates,
    }


@transaction.atomic
def set_team_hours(team: Team, *, by: User, zone: str, week: dict[str, Any]) -> CalendarVersion:
    """Set a team's own working hours; the holidays and special hours of its calendar remain.

    A calendar that a customer or another team shares is not changed: the team gets its own. Refused
    for invalid hours and for a week without hours: outside working hours a Critical case alerts the
    person on call.
    """
    require_manager(by)
    held = (
        Team.objects.select_for_update(no_key=True, of=("self",))
        .select_related("calendar")
        .get(pk=team.pk)
    )
    before = _hours_snapshot(held)
    open_days = checked_week(week, zone)
    if not open_days:
        raise Refused(
            "Write the hours of at least one day, or choose no hours at all on the team's page."
        )
    holidays, special_hours = before["holidays"], before["special_hours"]
    if held.calendar is None or _is_shared(held.calendar, held):
        held.calendar = WorkCalendar.objects.create(name=f"Team {held.pk}: {held.name}"[:100])
        held.save(update_fields=["calendar"])
    try:
        version = held.calendar.revise(
            zone=zone, week=open_days, holidays=holidays, special_hours=special_hours
        )
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from None
    record_change(
        by=by,
        kind="team",
        key=held.pk,
        name=held.name,
        before=before,
        after=_hours_snapshot(held),
    )
    return version


def _is_shared(calendar: WorkCalendar, team: Team) -> bool:
    return (
        Site.objects.filter(calendar=calendar).exists()
        or Offering.objects.filter(calendar=calendar).exists()
        or Team.objects.filter(calendar=calendar).exclude(pk=team.pk).exists()
    )


def _hours_snapshot(team: Team) -> dict[str, Any]:
    version = team.calendar.current if team.calendar is not None else None
    return {
        "calendar": team.calendar.name if team.calendar else "",
        "zone": version.zone if version else "",
        "week": version.week if version else {},
        "holidays": version.holidays if version else {},
        "special_hours": version.special_hours if version else {},
    }


def checked_week(week: dict[str, Any], zone: str) -> dict[str, Any]:
    """The week without its empty days. Raises Refused for invalid hours or an unknown time zone."""
    open_days = week_of(week)
    try:
        check_zone(zone)
        for opens, closes in (span for spans in open_days.values() for span in spans):
            wall_time(opens)
            wall_time(closes)
            if opens in (closes, "24:00"):
                raise Refused(f"{opens}–{closes} encloses no time: a whole day is 00:00–24:00.")
        if open_days:
            CalendarVersion(zone=zone, week=open_days, holidays={}).clean()
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from None
    return open_days
