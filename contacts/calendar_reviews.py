"""A warning before the holidays of a calendar run out: without them, time counts on public holidays
too (§9).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from contacts import emails
from contacts.email_texts import EmailKind
from contacts.models import CalendarVersion, Offering, Site, Team, WorkCalendar
from core.tenancy import care_scope

WARN_AHEAD = timedelta(days=60)


@dataclass(frozen=True)
class EndingHolidays:
    """A calendar whose holidays are given up to the end of `year` only."""

    calendar: WorkCalendar
    year: int

    @property
    def next_year(self) -> int:
        return self.year + 1

    def is_over(self, today: date) -> bool:
        """Whether the year after the last holidays has begun."""
        return today.year > self.year


def ending(version: CalendarVersion | None, today: date) -> EndingHolidays | None:
    """The warning about a calendar, from 60 days before the last year with holidays ends; None
    before that, and for a calendar that has no holidays on purpose.
    """
    last = version.last_holiday if version is not None else None
    if version is None or last is None or today + WARN_AHEAD <= date(last.year, 12, 31):
        return None
    return EndingHolidays(version.calendar, last.year)


def all_ending(today: date) -> list[EndingHolidays]:
    """The warnings about calendars that a site, an offering or a team uses, by name.

    One query.
    """
    used = _used(Site) | _used(Offering) | _used(Team)
    newest = CalendarVersion.objects.order_by("calendar", "-number").distinct("calendar")
    versions = newest.filter(used, calendar__isnull=False).select_related("calendar")
    warnings = (ending(version, today) for version in versions)
    return sorted((one for one in warnings if one), key=lambda one: one.calendar.name)


def _used(model: type[Site] | type[Offering] | type[Team]) -> Exists:
    rows: QuerySet[Site] | QuerySet[Offering] | QuerySet[Team] = model.objects.filter(
        calendar=OuterRef("calendar")
    )
    return Exists(rows)


def warn() -> int:
    """Email managers and administrators about calendars whose holidays run out, once for each
    calendar and year. Idempotent.

    Returns the number of calendars.
    """
    with care_scope(), transaction.atomic():
        warnings = all_ending(timezone.localdate())
        _write(warnings)
    return len(warnings)


def _write(warnings: Iterable[EndingHolidays]) -> None:
    managers = emails.managers()
    for warning in warnings:
        for manager in managers:
            emails.write(
                EmailKind.HOLIDAYS_END,
                organisation_id=None,
                recipient=manager,
                key=f"{EmailKind.HOLIDAYS_END}:{warning.calendar.pk}:{warning.year}",
                calendar=warning.calendar.name,
                year=warning.year,
                next_year=warning.next_year,
                link=f"{settings.BASE_URL}/console/calendars/{warning.calendar.pk}/edit/",
            )
