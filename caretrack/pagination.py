"""Lists by key, not by number: a page begins after a row, so that deep pages cost what the first
one does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import BooleanField, F, Func, QuerySet, Value

from cases.models.case import IS_CONTACTS_TURN


@dataclass(frozen=True)
class Page:
    """Some rows, and the code to go on after; empty at the end.

    `is_first` is false on later pages.
    """

    rows: list[Any]
    after: str
    is_first: bool


@dataclass(frozen=True)
class Leaf:
    """A page between two neighbours: rows, and the places before the first and after the last,
    empty at the ends.
    """

    rows: list[Any]
    before: str = ""
    after: str = ""


class RowCompare(Func):
    """`(a, b, c) < (x, y, z)` as PostgreSQL compares rows: one walk of an index, however deep the
    page.
    """

    output_field = BooleanField()

    def __init__(self, left: Sequence[Any], operator: str, right: Sequence[Any]) -> None:
        super().__init__(*left, *(Value(value) for value in right))
        self.operator = operator

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra: Any) -> Any:
        compiled = [compiler.compile(expression) for expression in self.source_expressions]
        half = len(compiled) // 2
        left, right = (
            ", ".join(sql for sql, _ in part) for part in (compiled[:half], compiled[half:])
        )
        return f"({left}) {self.operator} ({right})", [
            value for _, params in compiled for value in params
        ]


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def leaf(cases: QuerySet[Any], *, turn_first: bool, after: str, before: str, size: int) -> Leaf:
    """A page of cases, newest first, or with the contact's turn before that; on from a place, or
    back to it.

    A place nobody was given is the first page.
    """
    order: list[Any] = (
        [IS_CONTACTS_TURN, F("opened_at"), F("id")] if turn_first else [F("opened_at"), F("id")]
    )
    place, back = _read(after or before, len(order)), bool(before and not after)
    if place is None:
        back = False
    else:
        cases = cases.filter(RowCompare(order, ">" if back else "<", place))
    found = list(cases.order_by(*(key.asc() if back else key.desc() for key in order))[: size + 1])
    more, rows = len(found) > size, found[:size]
    if back:
        rows.reverse()
    if not rows:
        return Leaf([])
    has_before, has_after = (more, True) if back else (place is not None, more)
    return Leaf(
        rows,
        _place(rows[0], turn_first) if has_before else "",
        _place(rows[-1], turn_first) if has_after else "",
    )


def _place(case: Any, turn_first: bool) -> str:
    at = (case.opened_at - EPOCH) // MICROSECOND
    return ".".join(
        str(part) for part in ([int(case.is_contacts_turn)] if turn_first else []) + [at, case.pk]
    )


def _read(place: str, parts: int) -> list[Any] | None:
    pieces = place.split(".")
    if len(pieces) != parts or not all(
        p.isascii() and p.isdigit() and len(p) <= 18 for p in pieces
    ):
        return None
    *turn, at, pk = (int(piece) for piece in pieces)
    if at > 4_000_000_000_000_000:  # the year 2096
        return None
    return [*turn, EPOCH + at * MICROSECOND, pk]
