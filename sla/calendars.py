"""Calendar and policy versions as the pure values that engine and fold compute with. Versions never
change, so each is compiled once per process.
"""

from datetime import UTC, date, datetime
from functools import lru_cache

from cases.choices import CaseKind as CaseKind
from contacts.models import CalendarVersion
from contacts.models.calendars import WEEKDAYS
from sla import policy_content
from sla.businesstime import ALWAYS, Calendar
from sla.models import PolicyVersion
from sla.timeline import Terms

# Running totals of business time start here, so that the database can compare remaining times (§8).
ORIGIN = datetime(2015, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=4096)
def calendar_of(version_id: int) -> Calendar:
    """The business hours of a calendar version."""
    return compiled(CalendarVersion.objects.get(pk=version_id))


def compiled(version: CalendarVersion) -> Calendar:
    """The compiled hours of a version. Raises a BusinessTimeError where it has none; there is no
    fallback (§9).
    """
    hours = {
        WEEKDAYS.index(day): [tuple(span) for span in spans] for day, spans in version.week.items()
    }
    closed_on = {date.fromisoformat(day): name for day, name in version.holidays.items()}
    special_hours = [
        (date.fromisoformat(day), special["name"], special["hours"])
        for day, special in version.special_hours.items()
    ]
    return Calendar(version.zone, hours, closed_on, special_hours)


def counted_on(calendar_version_id: int, around_the_clock: bool) -> Calendar:
    """The calendar on which a clock counts."""
    return ALWAYS if around_the_clock else calendar_of(calendar_version_id)


def due_offset(calendar: Calendar, at: datetime) -> int:
    """The running total of counted seconds at an instant; the difference of two is the time counted
    between them.
    """
    return int(calendar.between(ORIGIN, at).total_seconds())


@lru_cache(maxsize=256)
def version_of(version_id: int) -> PolicyVersion:
    """A policy version; it never changes, so one copy per process is enough."""
    return PolicyVersion.objects.get(pk=version_id)


@lru_cache(maxsize=512)
def terms_of(version_id: int, kind: str = CaseKind.PROBLEM) -> Terms:
    """The terms of a policy version for a kind of case."""
    return policy_content.of_key(version_id).terms(kind, version_id)
