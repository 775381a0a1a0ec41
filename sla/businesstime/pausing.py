"""Counting with pauses: time in a pause is not counted, and overlapping pauses are subtracted once.

A pause here is (start, end, reason) in epoch seconds; `end` is None while it lasts. Policy §13,
§14.
"""

from collections.abc import Iterable

from .amounts import Pause
from .engine import Engine
from .errors import BadPause
from .instants import epoch_seconds

Break = tuple[int, int | None, str]


def breaks_of(pauses: Iterable[Pause]) -> list[Break]:
    """The pauses in order of their start, none overlapping; of two overlapping ones the earlier
    retains its reason.

    Raises BadPause when one ends before it begins.
    """
    given = []
    for pause in pauses:
        start = epoch_seconds(pause.start)
        end = None if pause.end is None else epoch_seconds(pause.end)
        if end is not None and end < start:
            raise BadPause(
                f"A pause ends at {pause.end}, before it begins at {pause.start}: exchange the two."
            )
        given.append((start, end, pause.reason))
    return without_overlaps(given)


def without_overlaps(breaks: list[Break]) -> list[Break]:
    """The same breaks in order, each cut to begin where the previous ones end."""
    if len(breaks) == 1:
        return breaks
    apart: list[Break] = []
    free_from = None
    for start, end, reason in sorted(breaks, key=lambda each: each[0]):
        if free_from is not None:
            start = max(start, free_from)
        if end is None:
            apart.append((start, None, reason))
            break
        if start < end:
            apart.append((start, end, reason))
            free_from = end
    return apart


def add(engine: Engine, start: int, seconds: int, breaks: list[Break]) -> int | None:
    """The earliest instant with `seconds` of counted time since `start`; None if a lasting break
    prevents it.
    """
    left, cursor = seconds, start
    for begins, ends, _ in breaks:
        if ends is not None and ends <= cursor:
            continue
        if begins > cursor:
            before = engine.count(cursor, begins)
            if left <= before:
                break
            left -= before
        elif not left:
            break
        if ends is None:
            return None
        cursor = ends
    return engine.add(cursor, left)


def count(engine: Engine, a: int, b: int, breaks: list[Break]) -> int:
    """Counted seconds in [a, b); for b before a, minus those in [b, a)."""
    if b < a:
        return -count(engine, b, a, breaks)
    counted = engine.count(a, b)
    for begins, ends, _ in breaks:
        begins = max(begins, a)
        ends = b if ends is None else min(ends, b)
        if begins < ends:
            counted -= engine.count(begins, ends)
    return counted
