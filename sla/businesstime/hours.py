"""Opening hours: their notation, their validation, and their seconds on the wall clock."""

import re
from collections.abc import Iterable, Mapping, Sequence

from .errors import BadInterval, NoOpenTime

DAY = 86_400
MONDAY, SATURDAY, SUNDAY = 0, 5, 6

Interval = tuple[str, str]
Hours = tuple[tuple[Interval, ...], ...]
DaySpans = tuple[tuple[int, int], ...]
Week = tuple[DaySpans, ...]

_CLOCK_TIME = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])")


def weekdays(opens: str, closes: str) -> dict[int, tuple[Interval, ...]]:
    """Monday to Friday from `opens` to `closes` ("HH:MM"): the policy's business hours.

    Policy §9.
    """
    return dict.fromkeys(range(MONDAY, SATURDAY), ((opens, closes),))


def every_day(opens: str, closes: str) -> dict[int, tuple[Interval, ...]]:
    """All seven days from `opens` to `closes` ("HH:MM", "24:00" for the end of the day)."""
    return dict.fromkeys(range(MONDAY, SUNDAY + 1), ((opens, closes),))


def frozen_hours(hours: Mapping[int, Sequence[Sequence[str]]] | Hours) -> Hours:
    """Seven tuples of ("HH:MM", "HH:MM"), Monday first, from a mapping of weekday (0..6) to
    intervals.

    Raises BadInterval for an unknown weekday or an interval that is not a pair of times.
    """
    by_day = hours if isinstance(hours, Mapping) else dict(enumerate(hours))
    if stray := [day for day in by_day if day not in range(7)]:
        raise BadInterval(f"{stray[0]!r} is no weekday: use 0 for Monday to 6 for Sunday.")
    return tuple(frozen_intervals(by_day.get(day, ())) for day in range(7))


def frozen_intervals(intervals: Iterable[Sequence[str]]) -> tuple[Interval, ...]:
    """The intervals of one day as tuples. Raises BadInterval for what is not a pair of times."""
    return tuple(_pair(interval) for interval in intervals)


def wall_seconds(hours: Hours) -> Week:
    """The intervals of each weekday as seconds after that date's midnight, in order, none
    overlapping.

    An overnight interval ends beyond 24 h: it belongs to the date on which it starts. Raises
    BadInterval for an interval of no length, NoOpenTime when the week has no interval at all.
    """
    week = tuple(_merged(_span(opens, closes) for opens, closes in day) for day in hours)
    if not any(week):
        raise NoOpenTime("The calendar is never open: give at least one weekday its hours.")
    return week


def day_seconds(intervals: Sequence[Sequence[str]]) -> DaySpans:
    """The intervals of one date in the form of `wall_seconds`.

    Raises BadInterval as it does, and for a date without any interval: that is a holiday.
    """
    if not intervals:
        raise BadInterval("Special hours enclose no time: a date without hours is a holiday.")
    return _merged(_span(*_pair(interval)) for interval in intervals)


def _pair(interval: Sequence[str]) -> Interval:
    if isinstance(interval, str) or len(interval) != 2:
        raise BadInterval(f'{interval!r} is no interval: write it as ("08:00", "17:00").')
    opens, closes = interval
    return opens, closes


def _span(opens: str, closes: str) -> tuple[int, int]:
    start, end = _seconds(opens), _seconds(closes)
    if start in (end, DAY):
        raise BadInterval(f'{opens}-{closes} encloses no time: a full day is "00:00" to "24:00".')
    return (start, end) if start < end else (start, end + DAY)


def _seconds(text: str) -> int:
    match = _CLOCK_TIME.fullmatch(text)
    if match is None or text > "24:00":
        raise BadInterval(f'{text!r} is no time of day: write "HH:MM", from "00:00" to "24:00".')
    return int(match[1]) * 3600 + int(match[2]) * 60


def _merged(spans: Iterable[tuple[int, int]]) -> DaySpans:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
