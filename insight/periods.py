"""Periods: a week, a month, a quarter, a year, or any two dates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

DAY = timedelta(days=1)
NAMES = {
    "week": "Last week",
    "this-week": "This week",
    "month": "Last month",
    "this-month": "This month",
    "quarter": "Last quarter",
    "this-quarter": "This quarter",
    "year": "Last twelve months",
    "custom": "From … to",
}
USUAL = "year"
MONTHS_OF = {"this-month": 1, "this-quarter": 3}
MOST_DAYS = 3653


class PeriodSum(NamedTuple):
    """Sums to add or subtract: by month or by day, from the first to before the end.

    The sum of a month has the date of its first day.
    """

    grain: str
    first: date
    end: date
    sign: int = 1


@dataclass(frozen=True)
class Period:
    """From the first day to the last, inclusive.

    `steps` are the points of a trend, oldest first.
    """

    name: str
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def end(self) -> date:
        """The day after the last."""
        return self.last + DAY

    @property
    def step(self) -> str:
        """The length of a step: day, week or month."""
        return "day" if self.days <= 31 else "week" if self.days <= 186 else "month"

    @property
    def steps(self) -> list["Period"]:
        """The period in days, weeks or months. The first and the last may be shorter."""
        pieces, first = [], self.first
        while first <= self.last:
            following = _next(first, self.step)
            pieces.append(Period(self.step, first, min(following - DAY, self.last)))
            first = following
        return pieces

    @property
    def before(self) -> "Period":
        """The period to compare with: the same stretch of the week, month or quarter before; the
        preceding months or quarters; otherwise as many days.
        """
        if self.name == "this-week":
            return Period(self.name, self.first - 7 * DAY, self.last - 7 * DAY)
        if self.name in MONTHS_OF:
            months = MONTHS_OF[self.name]
            return Period(
                self.name, months_before(self.first, months), _same_day(self.last, months)
            )
        if self.first.day == 1 and self.end.day == 1:
            months = (self.end.year - self.first.year) * 12 + self.end.month - self.first.month
            return Period(self.name, months_before(self.first, months), self.first - DAY)
        return Period(self.name, self.first - self.days * DAY, self.first - DAY)

    @property
    def sums(self) -> list["PeriodSum"]:
        """The sums by month and day that make it up.

        A month that lies mostly inside counts as a whole, and its other days are subtracted.
        """
        months, days = [], []
        month = self.first.replace(day=1)
        while month <= self.last:
            following = _next(month, "month")
            first, end = max(month, self.first), min(following, self.end)
            if 2 * (end - first) < following - month:
                days.append(PeriodSum("day", first, end))
            else:
                months.append(month)
                days += [
                    PeriodSum("day", a, b, -1)
                    for a, b in ((month, first), (end, following))
                    if a < b
                ]
            month = following
        return [*([PeriodSum("month", months[0], months[-1] + DAY)] if months else []), *days]

    @property
    def label(self) -> str:
        """“1 Mar to 31 Mar 2026”. A month and a day have shorter forms."""
        if self.first == self.last:
            return f"{self.first:%-d %b %Y}"
        if self.first.day == 1 and self.end == _next(self.first, "month"):
            return f"{self.first:%b %Y}"
        year = "" if self.first.year == self.last.year else f"{self.first: %Y}"
        return f"{self.first:%-d %b}{year} to {self.last:%-d %b %Y}"

    def query(self) -> dict[str, str]:
        """The query parameters."""
        if self.name != "custom":
            return {} if self.name == USUAL else {"period": self.name}
        return {"from": self.first.isoformat(), "to": self.last.isoformat()}


def _same_day(day: date, months: int) -> date:
    """The same day of the month that many months earlier, or the last day of a shorter month."""
    first = months_before(day, months)
    return min(first + (day.day - 1) * DAY, _next(first, "month") - DAY)


def months_before(day: date, months: int) -> date:
    """The first day of the month that many months earlier."""
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def _next(day: date, step: str) -> date:
    """The begin of the next day, week (Monday) or month."""
    if step == "day":
        return day + DAY
    if step == "week":
        return day + (7 - day.weekday()) * DAY
    return months_before(day, -1)


def named(name: str, today: date) -> Period:
    """A period by its name, as of today."""
    monday, month = today - today.weekday() * DAY, today.replace(day=1)
    quarter = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    ends = {
        "week": (monday - 7 * DAY, monday - DAY),
        "this-week": (monday, today),
        "month": (months_before(month, 1), month - DAY),
        "this-month": (month, today),
        "quarter": (months_before(quarter, 3), quarter - DAY),
        "this-quarter": (quarter, today),
    }
    first, last = ends.get(name, (months_before(month, 11), today))
    return Period(name if name in ends else USUAL, first, last)


def from_query(params: Mapping[str, str], today: date) -> tuple[Period, str]:
    """The period of a query, and an error text. With an error it is the default period."""
    begin, end = params.get("from", "").strip(), params.get("to", "").strip()
    if not (begin or end):
        return named(params.get("period", USUAL), today), ""
    try:
        first, last = date.fromisoformat(begin), date.fromisoformat(end)
    except ValueError:
        return named(USUAL, today), "Write both dates as year-month-day, such as 2026-03-01."
    if first > last:
        return named(USUAL, today), "The first day lies after the last one."
    if (last - first).days > MOST_DAYS or first.year < 1990 or last.year > 2200:
        return named(USUAL, today), "Choose at most ten years."
    return Period("custom", first, last), ""
