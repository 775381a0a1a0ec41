"""Business hours of sites.

A calendar is a name. Its content is an immutable version, so no past deadline moves.
"""

import zoneinfo
from datetime import date, datetime, time
from typing import Any

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def check_zone(zone: str) -> None:
    """Validate an IANA time zone name.

    There is no default: a wrong zone would move every deadline (§9).
    """
    try:
        zoneinfo.ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise ValidationError(
            f"{zone!r} is no time zone; use a name such as Europe/Berlin."
        ) from None


class WorkCalendar(models.Model):
    """A named calendar of business hours, such as “Tokyo office”."""

    name = models.CharField(max_length=100, unique=True)

    def __str__(self) -> str:
        return self.name

    @property
    def current(self) -> "CalendarVersion":
        """The version that a case filed now is pinned to."""
        version = self.versions.order_by("-number").first()
        if version is None:
            raise ValidationError(
                f"The calendar {self.name!r} says no hours yet: give it a version with a zone."
            )
        return version

    def revise(
        self,
        *,
        zone: str,
        week: dict[str, Any],
        holidays: dict[str, str],
        special_hours: dict[str, Any] | None = None,
    ) -> "CalendarVersion":
        """Save new hours from now on. Earlier cases retain the version of their filing."""
        last = self.versions.order_by("-number").first()
        version = CalendarVersion(
            calendar=self,
            number=last.number + 1 if last else 1,
            zone=zone,
            week=week,
            holidays=holidays,
            special_hours=special_hours or {},
        )
        version.full_clean()
        version.save()
        return version


class CalendarVersion(models.Model):
    """The content of a calendar: time zone, hours of each weekday, holidays with their names, and
    special hours of single dates.

    Immutable.
    """

    calendar = models.ForeignKey(WorkCalendar, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    zone = models.CharField(max_length=64, validators=[check_zone])
    week = models.JSONField(help_text='Intervals of each weekday: {"mon": [["08:00", "17:00"]], …}')
    holidays = models.JSONField(
        default=dict, blank=True, help_text='Names by date: {"2026-01-01": "New Year"}'
    )
    special_hours = models.JSONField(
        default=dict,
        blank=True,
        help_text='Hours by date: {"2026-12-24": {"name": "Christmas Eve", '
        '"hours": [["08:00", "12:00"]]}}',
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "number"], name="one_calendar_version_a_number"
            )
        ]
        triggers = [
            pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.calendar} (version {self.number}, {self.zone})"

    def clean(self) -> None:
        unknown = set(self.week) - set(WEEKDAYS)
        if unknown:
            raise ValidationError({"week": f"Unknown weekdays: {', '.join(sorted(unknown))}."})
        if not any(self.week.values()):
            raise ValidationError({"week": "A calendar without any open time can promise nothing."})

        twice = sorted(set(self.holidays) & set(self.special_hours))
        if twice:
            raise ValidationError(
                {"holidays": f"{twice[0]} is a day off and has special hours: leave one of them."}
            )

    def hours_on(self, day: date) -> list[list[str]]:
        """The hours that begin on a date: none on a holiday, its special hours where it has any,
        otherwise those of its weekday.
        """
        key = day.isoformat()
        if key in self.holidays:
            return []
        if key in self.special_hours:
            return list(self.special_hours[key]["hours"])
        return list(self.week.get(WEEKDAYS[day.weekday()], []))

    @property
    def last_holiday(self) -> date | None:
        """The last date for which a holiday or special hours are given."""
        days = max([*self.holidays, *self.special_hours], default=None)
        return date.fromisoformat(days) if days else None

    @property
    def tzinfo(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.zone)

    def is_open(self, at: datetime) -> bool:
        """Whether the calendar is open at that instant, by the wall clock of its time zone."""
        local = at.astimezone(self.tzinfo)
        yesterday = date.fromordinal(local.toordinal() - 1)
        return self._covers(local.date(), local.time(), night=False) or self._covers(
            yesterday, local.time(), night=True
        )

    def _covers(self, day: date, wall: time, *, night: bool) -> bool:
        """Whether an interval of `day` covers `wall`; with `night`, only its part after
        midnight.
        """
        shown = wall.strftime("%H:%M:%S")
        for opens, closes in self.hours_on(day):
            overnight = closes < opens
            if night and overnight and shown < f"{closes}:00":
                return True
            if not night and f"{opens}:00" <= shown and (overnight or shown < f"{closes}:00"):
                return True
        return False
