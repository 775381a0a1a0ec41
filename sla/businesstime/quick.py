"""A prepared table that answers faster, for calendars that open once a day.

With one opening in each 24 hours, the open time up to an instant is a straight line between two
levels, and a dictionary of days finds it. Everything remains in datetimes and timedeltas, because
adding and comparing them is far cheaper than creating them. For the same reason `Calendar` inlines
this path without function calls. The days begin an hour before the earliest opening, so that
daylight saving moves no opening to another day.
"""

from datetime import UTC, datetime, timedelta

from .hours import DAY

SECOND = timedelta(seconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Level = tuple[timedelta | None, timedelta, timedelta]
# (origin, days, totals, anchors), a bare tuple because each call unpacks it.
Quick = tuple[datetime, dict[int, Level], list[timedelta], list[datetime]]

NOTHING_KNOWN: Quick = (_EPOCH, {}, [], [])


def shortened(
    origin: int, end: int, starts: list[int], ends: list[int], totals: list[int]
) -> Quick:
    """The short path for these spans; an empty one if most days open more than once.

    `days[n]`, counted from `origin`, is (lead, low, high): an instant `since` after origin has
    `since + lead` of open time before it, but never less than low nor more than high; lead is None
    on a closed day. `anchors[i] + total` is the instant in span i at which that total is reached.
    """
    days = _levels(origin, end, starts, ends, totals)
    if len(days) * 2 < (end - origin) // DAY:
        return NOTHING_KNOWN
    return (
        _EPOCH + SECOND * origin,
        days,
        [SECOND * total for total in totals],
        [_EPOCH + SECOND * (start - total) for start, total in zip(starts, totals, strict=False)],
    )


def _levels(
    origin: int, end: int, starts: list[int], ends: list[int], totals: list[int]
) -> dict[int, Level]:
    """One entry for each day that opens at most once."""
    levels: dict[int, Level] = {}
    index, spans = 0, len(starts)
    for day in range((end - origin) // DAY):
        begin = origin + day * DAY
        while index < spans and ends[index] <= begin:
            index += 1
        if index + 1 < spans and starts[index + 1] < begin + DAY:
            continue
        reached, low = totals[index], SECOND * totals[index]
        if index < spans and starts[index] < begin + DAY:
            levels[day] = (
                SECOND * (reached - starts[index] + origin),
                low,
                SECOND * totals[index + 1],
            )
        else:
            levels[day] = (None, low, low)
    return levels
