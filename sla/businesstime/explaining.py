"""Why a deadline falls where it does: the counted and the skipped stretches, each with its reason.

Both sides can open "Why this time?" for each clock; this is its content. Policy §14.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .engine import Engine
from .hours import DAY, DaySpans
from .instants import instant
from .pausing import Break
from .zones import segments_within, weekday_of


class Reason(StrEnum):
    """Why a stretch of time counts or does not."""

    OPEN = "open"
    NIGHT = "night"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    SPECIAL_HOURS = "special"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Time from `start` up to `end` (UTC) that counts on the clock or does not, and why.

    `label` is the holiday's name, the name of the date's special hours or the pause's reason,
    otherwise empty. NIGHT is any closed time of a day that has hours, WEEKEND a weekday without
    hours. SPECIAL_HOURS is time of the usual week that special hours leave closed.
    """

    start: datetime
    end: datetime
    counted: bool
    reason: Reason
    label: str = ""


Piece = tuple[int, int, Reason, str]


class Explainer:
    """Explains the time of one calendar; `holidays` and `special` map epoch days to names."""

    def __init__(self, engine: Engine, holidays: dict[int, str], special: dict[int, str]) -> None:
        self.engine = engine
        self.holidays = holidays
        self.special = special

    def stretches(self, a: int, b: int, breaks: list[Break]) -> list[Stretch]:
        """All of [a, b) in order. A pause is one stretch, including any nights within it."""
        return [
            Stretch(instant(start), instant(end), reason is Reason.OPEN, reason, label)
            for start, end, reason, label in _alike_joined(self._around_breaks(a, b, breaks))
        ]

    def _around_breaks(self, a: int, b: int, breaks: list[Break]) -> Iterator[Piece]:
        cursor = a
        for begins, ends, label in breaks:
            begins, ends = max(begins, cursor), b if ends is None else min(ends, b)
            if begins >= ends:
                continue
            yield from self._open_and_closed(cursor, begins)
            yield begins, ends, Reason.PAUSE, label
            cursor = ends
        yield from self._open_and_closed(cursor, b)

    def _open_and_closed(self, a: int, b: int) -> Iterator[Piece]:
        cursor = a
        for opens, closes in self.engine.open_spans(a, b):
            yield from self._closed(cursor, opens)
            yield from self._open(opens, closes)
            cursor = closes
        yield from self._closed(cursor, b)

    def _open(self, opens: int, closes: int) -> Iterator[Piece]:
        """Open time, divided where special hours begin and end, which name it."""
        if not self.special:
            yield opens, closes, Reason.OPEN, ""
            return
        for start, end, offset in segments_within(self.engine.zone, opens, closes):
            first, last = (start + offset) // DAY - 1, (end - 1 + offset) // DAY
            named = sorted(
                (day * DAY - offset + begins, day * DAY - offset + ends, self.special[day])
                for day in range(first, last + 1)
                if day in self.special
                for begins, ends in self.engine.special[day]
            )
            cursor = start
            for begins, ends, name in named:
                begins, ends = max(begins, cursor), min(ends, end)
                if begins >= ends:
                    continue
                yield cursor, begins, Reason.OPEN, ""
                yield begins, ends, Reason.OPEN, name
                cursor = ends
            yield cursor, end, Reason.OPEN, ""

    def _closed(self, a: int, b: int) -> Iterator[Piece]:
        """Closed time, divided at the local midnights and where the hours of the week that a
        holiday or special hours replaced would have begun and ended.
        """
        if a >= b:
            return
        for start, end, offset in segments_within(self.engine.zone, a, b):
            cursor = start
            while cursor < end:
                day, since_midnight = divmod(cursor + offset, DAY)
                midnight = cursor - since_midnight
                reason, label, until = self._why_closed(day, since_midnight)
                until = min(end, midnight + until)
                yield cursor, until, reason, label
                cursor = until

    def _why_closed(self, day: int, at: int) -> tuple[Reason, str, int]:
        """Why a date is closed at a second after its midnight, and until which second that is the
        reason.
        """
        night_ends = max((end - DAY for _, end in self._replaced(day - 1)), default=0)
        if at < night_ends:
            return *self._name(day - 1), min(night_ends, DAY)
        usual = self.engine.week[weekday_of(day)]
        if not usual:
            return Reason.WEEKEND, "", DAY
        if day in self.holidays:
            return Reason.HOLIDAY, self.holidays[day], DAY
        for begins, ends in self._replaced(day):
            if at < begins:
                return Reason.NIGHT, "", min(begins, DAY)
            if at < ends:
                return Reason.SPECIAL_HOURS, self.special[day], min(ends, DAY)
        return Reason.NIGHT, "", DAY

    def _replaced(self, day: int) -> DaySpans:
        """The hours of the week that a holiday or special hours replaced on a date."""
        if day in self.holidays or day in self.special:
            return self.engine.week[weekday_of(day)]
        return ()

    def _name(self, day: int) -> tuple[Reason, str]:
        if day in self.holidays:
            return Reason.HOLIDAY, self.holidays[day]
        return Reason.SPECIAL_HOURS, self.special[day]


def _alike_joined(pieces: Iterator[Piece]) -> list[Piece]:
    joined: list[Piece] = []
    for start, end, reason, label in pieces:
        if start >= end:
            continue
        if joined and joined[-1][2:] == (reason, label):
            joined[-1] = (joined[-1][0], end, reason, label)
        else:
            joined.append((start, end, reason, label))
    return joined
