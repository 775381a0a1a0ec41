"""The arithmetic: open spans with running totals, found by binary search. Epoch seconds throughout.

A published table never changes: a larger one replaces it. So readers need no lock and always see
consistent totals.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from threading import Lock
from typing import NamedTuple

from .compiling import Year, compile_year, merged
from .errors import BadAmount, NegativeAmount, OutOfRange
from .hours import DAY, DaySpans, Hours, wall_seconds
from .quick import NOTHING_KNOWN, Quick, shortened
from .zones import (
    FIRST_YEAR,
    LAST_YEAR,
    check_known,
    load_zone,
    offset_at,
    weekday_of,
    year_of,
    year_start,
)

# The farthest that a date's hours reach from that date's UTC midnights: a night plus the largest
# offsets.
MARGIN = 3 * DAY
HOUR = 3600
MOST_DAYS = 400 * 366

Special = tuple[tuple[int, DaySpans], ...]


class Table(NamedTuple):
    """The compiled years. `totals[i]` is the open time before `starts[i]`; the first span is an
    empty sentinel.
    """

    first_year: int
    last_year: int
    begin: int
    end: int
    starts: list[int]
    ends: list[int]
    totals: list[int]
    days: list[int]
    day_ends: list[int]


class Engine:
    """Computations for one set of zone, hours, holidays and special hours; it compiles years on
    demand.
    """

    def __init__(
        self, zone: str, hours: Hours, closed_days: frozenset[int], special: Special = ()
    ) -> None:
        self.week = wall_seconds(hours)
        self.zone = load_zone(zone)
        self.closed_days = closed_days
        self.special = dict(special)
        self._years: dict[int, Year] = {}
        self._table: Table | None = None
        self.quick = NOTHING_KNOWN
        self._growing = Lock()

    def add(self, start: int, seconds: int) -> int:
        """The earliest instant with `seconds` of open time in [start, it)."""
        table = self._covering(start)
        if not seconds:
            return start
        wanted = _reached(table, start) + seconds
        while wanted > table.totals[-1]:
            table = self._further(table)
            wanted = _reached(table, start) + seconds
        last = bisect_left(table.totals, wanted) - 1
        return table.starts[last] + wanted - table.totals[last]

    def count(self, a: int, b: int) -> int:
        """Open seconds in [a, b); for b before a, minus those in [b, a)."""
        table = self._covering(a)
        if not table.begin <= b < table.end:
            table = self._covering(b)
        return _reached(table, b) - _reached(table, a)

    def is_open(self, at: int) -> bool:
        """Whether the wall clock at `at` shows an open time."""
        table = self._covering(at)
        return at < table.ends[bisect_right(table.starts, at) - 1]

    def end_of_nth_day(self, start: int, n: int) -> int:
        """The end of the last open time owned by the nth business day after the local date of
        `start`.
        """
        if n < 1:
            raise NegativeAmount(
                f"There is no business day number {n}: the first one after a date is number 1."
            )
        if n > MOST_DAYS:
            raise BadAmount(
                f"{n} business days are more than 400 years: check the unit of the target."
            )
        table = self._covering(start - MARGIN)
        if start >= table.end:
            table = self._covering(start)
        today = (start + offset_at(self.zone, start)) // DAY
        while True:
            index = bisect_right(table.days, today) + n - 1
            if index < len(table.days) and table.days[index] * DAY + MARGIN < table.end:
                return table.day_ends[index]
            table = self._further(table)

    def spans_on(self, day: int) -> DaySpans:
        """The hours that begin on a date, in seconds after its midnight; none on a holiday."""
        if day in self.closed_days:
            return ()
        return self.special.get(day, self.week[weekday_of(day)])

    def open_spans(self, a: int, b: int) -> Iterator[tuple[int, int]]:
        """The open spans within [a, b), in order, cut to fit."""
        self._covering(a)
        table = self._covering(b)
        for index in range(bisect_right(table.starts, a) - 1, bisect_left(table.starts, b)):
            start, end = max(table.starts[index], a), min(table.ends[index], b)
            if start < end:
                yield start, end

    def _covering(self, at: int) -> Table:
        table = self._table
        if table is not None and table.begin <= at < table.end:
            return table
        year = year_of(at)
        if table is None:
            return self._grown(year, year)
        return self._grown(min(year, table.first_year), max(year, table.last_year))

    def _further(self, table: Table) -> Table:
        """A table that reaches further; each step doubles it, so that far deadlines need few
        steps.
        """
        if table.last_year >= LAST_YEAR:
            raise OutOfRange(
                f"The deadline lies beyond the year {LAST_YEAR}: check the unit of "
                "the target and the hours."
            )
        step = 1 + table.last_year - table.first_year
        return self._grown(table.first_year, min(table.last_year + step, LAST_YEAR))

    def _grown(self, first_year: int, last_year: int) -> Table:
        with self._growing:
            if self._table is not None:
                first_year = min(first_year, self._table.first_year)
                last_year = max(last_year, self._table.last_year)
            for year in range(first_year, last_year + 1):
                if year not in self._years:
                    self._years[year] = compile_year(
                        self.zone, self.week, self.closed_days, self.special, year
                    )
            self._table = _joined(
                first_year, [self._years[year] for year in range(first_year, last_year + 1)]
            )
            self.quick = self._shortened(self._table)
            return self._table

    def _shortened(self, table: Table) -> Quick:
        earliest = min(opens for day in self.week for opens, _ in day) - HOUR
        origin = table.begin + (earliest - offset_at(self.zone, table.begin)) % DAY
        return shortened(origin, table.end, table.starts[1:], table.ends[1:], table.totals[1:])


class RealTime(Engine):
    """The engine of a calendar that never closes: business time is real time."""

    def add(self, start: int, seconds: int) -> int:
        check_known(start + seconds)
        return start + seconds

    def count(self, a: int, b: int) -> int:
        return b - a

    def is_open(self, at: int) -> bool:
        return True

    def open_spans(self, a: int, b: int) -> Iterator[tuple[int, int]]:
        if a < b:
            yield a, b


@lru_cache(maxsize=1024)
def engine_for(
    zone: str, hours: Hours, closed_days: frozenset[int], special: Special = ()
) -> Engine:
    """The engine of a calendar; equal calendars share one, and so share what it has compiled."""
    always = all(day == ((0, DAY),) for day in wall_seconds(hours))
    is_changed = bool(closed_days or special)
    return (RealTime if always and not is_changed else Engine)(zone, hours, closed_days, special)


def _reached(table: Table, at: int) -> int:
    """Open seconds from the beginning of the table to `at`."""
    index = bisect_right(table.starts, at) - 1
    reached = table.totals[index] + at - table.starts[index]
    closing = table.totals[index + 1]
    return reached if reached < closing else closing


def _joined(first_year: int, years: list[Year]) -> Table:
    last_year = first_year + len(years) - 1
    begin = year_start(max(first_year, FIRST_YEAR))
    spans = merged([span for year in years for span in year.spans])
    day_ends: dict[int, int] = {}
    for year in years:
        for day, end in year.day_ends.items():
            day_ends[day] = max(end, day_ends.get(day, end))
    days = sorted(day_ends)
    return Table(
        first_year=first_year,
        last_year=last_year,
        begin=begin,
        end=year_start(last_year + 1),
        starts=[begin, *(start for start, _ in spans)],
        ends=[begin, *(end for _, end in spans)],
        totals=[0, 0, *accumulate(end - start for start, end in spans)],
        days=days,
        day_ends=[day_ends[day] for day in days],
    )
