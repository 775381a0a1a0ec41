"""Preview of a calendar's year, day by day, as the engine counts it (§9)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from contacts.models import CalendarVersion
from sla import calendars
from sla.businesstime import Calendar

DAY = timedelta(days=1)
FIRST, LAST = 1971, 2398  # the engine's years are more, but nobody writes calendars for them


@dataclass(frozen=True)
class CalendarDay:
    """One local date. `shift` is the number of minutes by which the clocks go forward on it,
    negative when they go back.
    """

    on: date
    seconds: int
    hours: str
    holiday: str
    special: str
    shift: int

    @property
    def kind(self) -> str:
        if self.special:
            return "special"
        return "holiday" if self.holiday else "open" if self.hours else "closed"


@dataclass(frozen=True)
class CalendarMonth:
    """A month: its days, by week as in a printed calendar, and its total hours."""

    number: int
    days: tuple[CalendarDay, ...]

    @property
    def first(self) -> date:
        return self.days[0].on

    @property
    def seconds(self) -> int:
        return sum(day.seconds for day in self.days)

    @property
    def weeks(self) -> list[list[CalendarDay | None]]:
        cells: list[CalendarDay | None] = [None] * self.days[0].on.weekday() + list(self.days)
        cells += [None] * (-len(cells) % 7)
        return [cells[begin : begin + 7] for begin in range(0, len(cells), 7)]


@dataclass(frozen=True)
class CalendarYear:
    """Twelve months of one calendar version."""

    number: int
    months: tuple[CalendarMonth, ...]

    @property
    def seconds(self) -> int:
        return sum(month.seconds for month in self.months)

    @property
    def days(self) -> Iterator[CalendarDay]:
        return (day for month in self.months for day in month.days)

    @property
    def open_days(self) -> int:
        return sum(bool(day.hours) for day in self.days)

    @property
    def holidays(self) -> list[CalendarDay]:
        return [day for day in self.days if day.holiday]

    @property
    def special_days(self) -> list[CalendarDay]:
        return [day for day in self.days if day.special]

    @property
    def changes_of_the_clocks(self) -> list[CalendarDay]:
        return [day for day in self.days if day.shift]


def preview_year(version: CalendarVersion, number: int) -> CalendarYear:
    """The year `number` of a calendar version. Raises a BusinessTimeError where it has no hours.

    Time counts on the date on which it passes, so a night shift is divided in two; its hours are
    shown with the day on which they begin.
    """
    number = min(max(number, FIRST), LAST)
    calendar, zone = calendars.compiled(version), version.tzinfo
    first = date(number, 1, 1)
    dates = [first + DAY * n for n in range((date(number + 1, 1, 1) - first).days)]
    midnights = [
        datetime(on.year, on.month, on.day, tzinfo=zone).astimezone(UTC)
        for on in [*dates, dates[-1] + DAY]
    ]
    days = [
        _day(version, calendar, on, midnights[n], midnights[n + 1]) for n, on in enumerate(dates)
    ]
    months = (
        CalendarMonth(n, tuple(day for day in days if day.on.month == n)) for n in range(1, 13)
    )
    return CalendarYear(number, tuple(months))


def _day(
    version: CalendarVersion, calendar: Calendar, on: date, begins: datetime, ends: datetime
) -> CalendarDay:
    holiday = version.holidays.get(on.isoformat(), "")
    spans = version.hours_on(on)
    return CalendarDay(
        on=on,
        seconds=int(calendar.between(begins, ends).total_seconds()),
        hours=", ".join(f"{opens}–{closes}" for opens, closes in spans),
        holiday=holiday,
        special=version.special_hours.get(on.isoformat(), {}).get("name", ""),
        shift=int((DAY - (ends - begins)).total_seconds() // 60),
    )
