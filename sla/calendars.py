"""Calendar and policy versions as the pure values that the engine and the fold reckon with.
Versions never change, so each is compiled once a process."""

from datetime import UTC, date, datetime
from functools import lru_cache

from cases.choices import CaseKind as CaseKind
from contacts.models import CalendarVersion
from contacts.models.calendars import WEEKDAYS
from sla import policy_content
from sla.businesstime import ALWAYS, Calendar
from sla.models import PolicyVersion
from sla.timeline import Terms

# Running totals of business time count from here, so that time left can be compared inside the
# database (§8).
ORIGIN = datetime(2015, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=4096)
def calendar_of(version_id: int) -> Calendar:
    """The business hours that a calendar version says."""
    return compiled(CalendarVersion.objects.get(pk=version_id))


def compiled(version: CalendarVersion) -> Calendar:
    """The hours of a version; raises a BusinessTimeError where it says none, never a silent
    fallback (§9).
    """
    hours = {
        WEEKDAYS.index(day): [tuple(span) for span in spans] for day, spans in version.week.items()
    }
    closed_on = {date.fromisoformat(day): name for day, name in version.holidays.items()}
    return Calendar(version.zone, hours, closed_on)


def counted_on(calendar_version_id: int, around_the_clock: bool) -> Calendar:
    """The calendar a clock counts on."""
    return ALWAYS if around_the_clock else calendar_of(calendar_version_id)


def due_offset(calendar: Calendar, at: datetime) -> int:
    """The running total of counted seconds at an instant: two of them differ by the time counted
    between the instants.
    """
    return int(calendar.between(ORIGIN, at).total_seconds())


@lru_cache(maxsize=256)
def version_of(version_id: int) -> PolicyVersion:
    """A policy version; it never changes, so one copy a process is enough."""
    return PolicyVersion.objects.get(pk=version_id)


@lru_cache(maxsize=512)
def terms_of(version_id: int, kind: str = CaseKind.PROBLEM) -> Terms:
    """What a policy version promises for a kind of case."""
    return policy_content.of_key(version_id).terms(kind, version_id)
