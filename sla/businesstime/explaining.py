"""Why a deadline falls where it does: the counted and the skipped stretches, each with its reason.

Both sides can open "Why this time?" for each clock; this is its content. Policy §14.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .engine import Engine
from .hours import DAY
from .instants import instant
from .pausing import Break
from .zones import segments_within, weekday_of


class Reason(StrEnum):
    """Why a stretch of time counts or does not."""

    OPEN = "open"
    NIGHT = "night"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Time from `start` up to `end` (UTC) that counts on the clock or does not, and why.

    `label` is the holiday's name or the pause's reason, otherwise empty. NIGHT is any closed time
    of a day that has hours, WEEKEND a weekday without hours.
    """

    start: datetime
    end: datetime
    counted: bool
    reason: Reason
    label: str = ""


Piece = tuple[int, int, Reason, str]


class Explainer:
    """Explains the time of one calendar; `holidays` maps epoch days to names."""

    def __init__(self, engine: Engine, holidays: dict[int, str]) -> None:
        self.engine = engine
        self.holidays = holidays

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
            yield opens, closes, Reason.OPEN, ""
            cursor = closes
        yield from self._closed(cursor, b)

    def _closed(self, a: int, b: int) -> Iterator[Piece]:
        """Closed time, divided at the local midnights and at the end of a night shift that a
        holiday removed.
        """
        if a >= b:
            return
        for start, end, offset in segments_within(self.engine.zone, a, b):
            cursor = start
            while cursor < end:
                day, since_midnight = divmod(cursor + offset, DAY)
                night_ends = self._removed_night(day - 1)
                if since_midnight < night_ends:
                    until = min(end, cursor - since_midnight + min(night_ends, DAY))
                    yield cursor, until, Reason.HOLIDAY, self.holidays[day - 1]
                else:
                    until = min(end, cursor - since_midnight + DAY)
                    yield cursor, until, *self._why_closed(day)
                cursor = until

    def _removed_night(self, day: int) -> int:
        """How far a night shift of `day` would reach into the next date, if `day` is a holiday that
        removes it; otherwise 0.
        """
        if day not in self.holidays:
            return 0
        return max((closes - DAY for _, closes in self.engine.week[weekday_of(day)]), default=0)

    def _why_closed(self, day: int) -> tuple[Reason, str]:
        if not self.engine.week[weekday_of(day)]:
            return Reason.WEEKEND, ""
        if day in self.holidays:
            return Reason.HOLIDAY, self.holidays[day]
        return Reason.NIGHT, ""


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
