"""Compiles hours, holidays and a zone to a year of open spans of real time.

Hours are wall times, but time is counted in real time. Each stretch of constant offset is a window
on the wall clock, and intervals are cut to it. Skipped wall time lies in no window and repeated
wall time in two, so clock changes need no special rule.
"""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from .hours import DAY, DaySpans, Week
from .zones import segments_of_year, skipped_days, weekday_of


class Year(NamedTuple):
    """One UTC year: its open spans, and the end of the last span of each local date that has
    any.
    """

    spans: list[tuple[int, int]]
    day_ends: dict[int, int]


def compile_year(
    zone: ZoneInfo,
    week: Week,
    closed_days: frozenset[int],
    special: dict[int, DaySpans],
    year: int,
) -> Year:
    """The open time of one UTC year, in epoch seconds; dates are epoch days.

    A date in `special` has those hours instead of its weekday's.
    """
    never = closed_days | skipped_days(zone, year)
    spans: list[tuple[int, int]] = []
    day_ends: dict[int, int] = {}
    for start, end, offset in segments_of_year(zone, year):
        yesterday = (start + offset) // DAY - 1
        for day in range(yesterday, (end - 1 + offset) // DAY + 1):
            if day in never:
                continue
            midnight = day * DAY - offset
            for opens, closes in special.get(day, week[weekday_of(day)]):
                opened, closed = max(midnight + opens, start), min(midnight + closes, end)
                if opened < closed:
                    spans.append((opened, closed))
                    day_ends[day] = max(closed, day_ends.get(day, closed))
    return Year(merged(spans), day_ends)


def merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same time in order, as spans that neither touch nor overlap."""
    joined: list[tuple[int, int]] = []
    end_of_last = None
    for start, end in sorted(spans):
        if end_of_last is None or start > end_of_last:
            joined.append((start, end))
            end_of_last = end
        elif end > end_of_last:
            joined[-1] = (joined[-1][0], end)
            end_of_last = end
    return joined
