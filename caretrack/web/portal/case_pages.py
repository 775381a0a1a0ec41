"""Keyset pagination of the contact's case list, forward and back."""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet

from caretrack.web.shared.numbers import is_key
from cases.models.case import IS_CONTACTS_TURN
from core.pagination import EPOCH, MICROSECOND, RowCompare


@dataclass(frozen=True)
class Leaf:
    """A page: its rows, and the cursors of the previous and the next page, empty at the ends."""

    rows: list[Any]
    before: str = ""
    after: str = ""


def leaf(cases: QuerySet[Any], *, turn_first: bool, after: str, before: str, size: int) -> Leaf:
    """A page of cases, newest first, or first those that wait for the contact.

    `after` and `before` are cursors. An unknown cursor gives the first page.
    """
    order: list[Any] = (
        [IS_CONTACTS_TURN, F("opened_at"), F("id")] if turn_first else [F("opened_at"), F("id")]
    )
    position, back = _read(after or before, len(order)), bool(before and not after)
    if position is None:
        back = False
    else:
        cases = cases.filter(RowCompare(order, ">" if back else "<", position))
    fetched = list(
        cases.order_by(*(key.asc() if back else key.desc() for key in order))[: size + 1]
    )
    more, rows = len(fetched) > size, fetched[:size]
    if back:
        rows.reverse()
    if not rows:
        return Leaf([])
    has_before, has_after = (more, True) if back else (position is not None, more)
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


def _read(position: str, parts: int) -> list[Any] | None:
    pieces = position.split(".")
    if len(pieces) != parts or not all(is_key(p) for p in pieces):
        return None
    *turn, at, pk = (int(piece) for piece in pieces)
    if at > 4_000_000_000_000_000:  # the year 2096
        return None
    return [*turn, EPOCH + at * MICROSECOND, pk]
