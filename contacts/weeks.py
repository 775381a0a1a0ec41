"""A week of opening hours, validated before service targets use it (§9); errors are given by
weekday.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from django.core.exceptions import ValidationError

from contacts.models.calendars import WEEKDAYS
from contacts.models.roster import wall_time

DAY = 24 * 60
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def checked(week: dict[str, Any]) -> dict[str, list[list[str]]]:
    """The week without its empty days, in order of weekdays.

    Raises ValidationError by weekday for a time that is invalid, encloses no time, overlaps, or
    ends a minute before midnight. An interval that ends before it starts is a night shift of the
    day on which it starts.
    """
    wrong: dict[str, str] = {}
    checked_week: dict[str, list[list[str]]] = {}
    unknown = set(week) - set(WEEKDAYS)
    if unknown:
        raise ValidationError({WEEKDAYS[0]: f"Unknown weekdays: {', '.join(sorted(unknown))}."})
    for day in WEEKDAYS:
        try:
            spans = checked_day(week.get(day) or [])
        except ValidationError as error:
            wrong[day] = error.messages[0]
            continue
        if spans:
            checked_week[day] = spans
    if wrong:
        raise ValidationError(dict(wrong))
    for number, day in enumerate(WEEKDAYS):
        _require_night_over(number, checked_week, day)
    return checked_week


def checked_day(intervals: Sequence[Sequence[str]]) -> list[list[str]]:
    """The intervals of one day, in order. Raises ValidationError as `checked` does."""
    spans = sorted(_span(*pair) for pair in intervals)
    _require_apart(spans)
    return [[_wall(start), _wall(end if end <= DAY else end - DAY)] for start, end in spans]


def _span(opens: str, closes: str) -> tuple[int, int]:
    for wall in (opens, closes):
        wall_time(wall)
    start, end = _minutes(opens), _minutes(closes)
    if start in (end, DAY):
        raise ValidationError(f"{opens}–{closes} encloses no time: a whole day is 00:00–24:00.")
    if end == DAY - 1:
        raise ValidationError("23:59 leaves a gap of a minute before midnight: write 24:00.")
    return start, end if start < end else end + DAY


def _require_apart(spans: Sequence[tuple[int, int]]) -> None:
    for (opens, closes), (later, end) in pairwise(spans):
        if later < closes:
            pair = f"{_wall(opens)}–{_wall(closes)} and {_wall(later)}–{_wall(end)}"
            raise ValidationError(f"{pair} overlap: let the first end before the second begins.")


def _require_night_over(number: int, week: dict[str, list[list[str]]], day: str) -> None:
    """A night shift must end before the hours of the next day begin: an hour counts once."""
    following = week.get(WEEKDAYS[(number + 1) % 7])
    if not following or day not in week:
        return
    opens, closes = week[day][-1]
    if _minutes(closes) < _minutes(opens) and _minutes(following[0][0]) < _minutes(closes):
        conflict = (
            f"The night of {NAMES[number]} until {closes} runs into {following[0][0]} of "
            "the day after"
        )
        raise ValidationError({day: f"{conflict}: let one of them end or begin there."})


def _minutes(wall: str) -> int:
    hours, minutes = wall.split(":")
    return int(hours) * 60 + int(minutes)


def _wall(minutes: int) -> str:
    minutes = minutes if minutes <= DAY else minutes - DAY
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
