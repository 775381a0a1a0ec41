"""Calendars of Care's managers: each change is a new version, and no past deadline moves (§9,
§14).
"""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from contacts import weeks
from contacts.actions.base import require_text
from contacts.admin_log import record_change
from contacts.models import CalendarVersion, WorkCalendar
from contacts.models.people import User
from contacts.permissions import require_manager
from core.errors import Refused

KIND = "calendar"
MOST_HOLIDAYS = 2000


@transaction.atomic
def save_calendar(
    calendar: WorkCalendar | None,
    *,
    by: User,
    name: str,
    zone: str,
    week: dict[str, Any],
    holidays: dict[str, str],
    special_hours: dict[str, Any] | None = None,
    seen: int | None = None,
) -> WorkCalendar:
    """Create a calendar, or save a new version of its hours where they differ.

    Cases retain the version of their filing. Sites, offerings and teams of the calendar use the new
    version from now on.

    `seen` is the number of the version that the editor started from. Refused where a newer version
    exists, for hours that cannot be counted, and for a week without open time. Raises
    ValidationError for a name that is taken, and by weekday for invalid hours.
    """
    require_manager(by)
    held = _held(calendar)
    last = held.versions.order_by("-number").first() if held.pk else None
    if seen is not None and last is not None and last.number != seen:
        raise Refused(
            f"Version {last.number} was written meanwhile. Look at it first; what you "
            "wrote stands below."
        )
    content: dict[str, Any] = {
        "zone": zone,
        "week": weeks.checked(week),
        "holidays": _days(holidays),
        "special_hours": _special_hours(special_hours or {}),
    }
    _require_one_of(content["holidays"], content["special_hours"])
    if not content["week"]:
        raise Refused(
            "A calendar without any open time can promise nothing: write the hours "
            "of at least one day."
        )
    was = held.name
    held.name = require_text(name, "the calendar's name", 100)
    held.full_clean()
    held.save()
    version = held.revise(**content) if last is None or _differs(last, content) else last
    before, after = difference(last, version)
    if calendar is not None:
        before, after = {"name": was, **before}, {"name": held.name, **after}
    record_change(
        by=by,
        kind=KIND,
        key=held.pk,
        name=held.name,
        before=before if calendar is not None else None,
        after={"name": held.name, **after},
    )
    return held


def _held(calendar: WorkCalendar | None) -> WorkCalendar:
    if calendar is None:
        return WorkCalendar()
    return WorkCalendar.objects.select_for_update(no_key=True).get(pk=calendar.pk)


def _days(holidays: dict[str, str]) -> dict[str, str]:
    """The holidays in order of their dates, each with a name."""
    if len(holidays) > MOST_HOLIDAYS:
        raise Refused(f"At most {MOST_HOLIDAYS} days off: leave out the years that are over.")
    for day, name in holidays.items():
        try:
            date.fromisoformat(day)
        except ValueError:
            raise ValidationError(
                {"holidays": f"{day!r} is no date: write it as 2026-12-25."}
            ) from None
        if not name.strip():
            raise ValidationError(
                {"holidays": f"Write a name after {day}: it is the reason that customers read."}
            )
    return {day: holidays[day].strip() for day in sorted(holidays)}


def _special_hours(special: dict[str, Any]) -> dict[str, Any]:
    """The special hours in order of their dates, each with a name and checked intervals."""
    names = _days({day: one["name"] for day, one in special.items()})
    checked: dict[str, Any] = {}
    for day, name in names.items():
        try:
            hours = weeks.checked_day(special[day]["hours"])
        except ValidationError as error:
            raise ValidationError({"holidays": f"{day}: {error.messages[0]}"}) from None
        checked[day] = {"name": name, "hours": hours}
    return checked


def _require_one_of(holidays: dict[str, str], special_hours: dict[str, Any]) -> None:
    for day in holidays:
        if day in special_hours:
            raise ValidationError(
                {"holidays": f"{day} is a day off and has special hours: leave one of them."}
            )


def _differs(last: CalendarVersion, content: dict[str, Any]) -> bool:
    return any(getattr(last, field) != value for field, value in content.items())


def difference(
    before: CalendarVersion | None, after: CalendarVersion
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The differences of two versions, as before and after; of the holidays and special hours only
    those that differ.
    """
    if before is None:
        return {}, {
            "version": after.number,
            "zone": after.zone,
            "week": after.week,
            "holidays": after.holidays,
            **({"special_hours": after.special_hours} if after.special_hours else {}),
        }
    if before.pk == after.pk:
        return {}, {}
    was: dict[str, Any] = {"version": before.number}
    now: dict[str, Any] = {"version": after.number}
    for field in ("zone", "week"):
        if getattr(before, field) != getattr(after, field):
            was[field], now[field] = getattr(before, field), getattr(after, field)
    for field in ("holidays", "special_hours"):
        days_before, days_after = getattr(before, field), getattr(after, field)
        gone = {day: value for day, value in days_before.items() if days_after.get(day) != value}
        new = {day: value for day, value in days_after.items() if days_before.get(day) != value}
        if gone or new:
            was[field], now[field] = gone, new
    return was, now
