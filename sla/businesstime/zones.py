"""The wall clock of a zone, as stretches of real time with one offset each.

The standard library knows the offset at an instant but not when offsets change. So the changes are
searched: one sample per day, and bisection wherever two samples differ. In the whole time zone
database no two changes that cancel each other lie within a day, so none is missed.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .errors import OutOfRange, UnknownZone
from .hours import DAY

FIRST_YEAR, LAST_YEAR = 1900, 2499
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


class Segment(NamedTuple):
    """Real time from `start` up to `end` (epoch seconds) during which wall = UTC + `offset`."""

    start: int
    end: int
    offset: int


def load_zone(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises UnknownZone; there is no fallback. Policy §9."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError) as error:
        raise UnknownZone(
            f"{name!r} is no known time zone: use an IANA name such as Europe/Berlin."
        ) from error


def epoch_day(day: date) -> int:
    """Days from 1 January 1970 to `day`."""
    return day.toordinal() - _EPOCH_ORDINAL


def date_of(day: int) -> date:
    """The date `day` days after 1 January 1970."""
    return date.fromordinal(day + _EPOCH_ORDINAL)


def weekday_of(day: int) -> int:
    """0 for Monday to 6 for Sunday; 1 January 1970 was a Thursday."""
    return (day + 3) % 7


def year_of(at: int) -> int:
    """The UTC year of an instant. Raises OutOfRange outside the engine's years."""
    check_known(at)
    return datetime.fromtimestamp(at, UTC).year


def check_known(at: int) -> None:
    """Raise OutOfRange for an instant outside the engine's years."""
    if not _BEGIN <= at < _END:
        raise OutOfRange(
            f"The engine knows the years {FIRST_YEAR} to {LAST_YEAR}: check the date "
            "that was asked for."
        )


def year_start(year: int) -> int:
    """The first second of a UTC year."""
    return epoch_day(date(year, 1, 1)) * DAY


_BEGIN, _END = year_start(FIRST_YEAR), year_start(LAST_YEAR + 1)


def offset_at(zone: ZoneInfo, at: int) -> int:
    """Seconds by which the wall clock is ahead of UTC at an instant."""
    offset = datetime.fromtimestamp(at, zone).utcoffset()
    assert offset is not None
    return offset.days * DAY + offset.seconds


def segments(zone: ZoneInfo, start: int, end: int) -> list[Segment]:
    """The stretches of constant offset that make up [start, end), in order."""
    result: list[Segment] = []
    began, looked, offset = start, start, offset_at(zone, start)
    while looked < end:
        ahead = min(looked + DAY, end)
        while offset_at(zone, ahead) != offset:
            changed = _first_change(zone, looked, ahead, offset)
            result.append(Segment(began, changed, offset))
            began, looked, offset = changed, changed, offset_at(zone, changed)
        looked = ahead
    if began < end:
        result.append(Segment(began, end, offset))
    return result


@lru_cache(maxsize=4096)
def segments_of_year(zone: ZoneInfo, year: int) -> tuple[Segment, ...]:
    """The stretches of one UTC year; shared by all calendars of the zone."""
    return tuple(segments(zone, year_start(year), year_start(year + 1)))


def segments_within(zone: ZoneInfo, start: int, end: int) -> Iterator[Segment]:
    """The stretches that make up [start, end), in order; at the end of a UTC year one may be
    divided in two.
    """
    for year in range(year_of(start), year_of(end) + 1):
        for segment in segments_of_year(zone, year):
            began, ended = max(segment.start, start), min(segment.end, end)
            if began < ended:
                yield Segment(began, ended, segment.offset)


def skipped_days(zone: ZoneInfo, year: int) -> frozenset[int]:
    """The local dates, as epoch days, that a clock change skipped around this year.

    Apia had no 30 December 2011. Such a date has no time, and so no night.
    """
    two_days_before = segments(zone, year_start(year) - 2 * DAY, year_start(year))
    around = [*two_days_before, *segments_of_year(zone, year)]
    skipped: set[int] = set()
    for before, after in pairwise(around):
        last_shown, next_shown = before.end + before.offset, after.start + after.offset
        skipped.update(range(-(-last_shown // DAY), next_shown // DAY))
    return frozenset(skipped)


def _first_change(zone: ZoneInfo, low: int, high: int, offset: int) -> int:
    while high - low > 1:
        middle = (low + high) // 2
        if offset_at(zone, middle) == offset:
            low = middle
        else:
            high = middle
    return high
