"""Keyset pagination of lists of cases, forward and back, in any of their orders."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet

from caretrack.web.shared.numbers import is_key
from core.pagination import EPOCH, MICROSECOND, RowCompare

LATEST = 4_000_000_000_000_000  # the year 2096, in microseconds
INSTANT, NUMBER, TEXT = "t", "n", "s"


@dataclass(frozen=True)
class CaseOrder:
    """One order: its keys at an instant, the most significant first, and their direction.

    The keys all run in one direction, so that one row comparison finds a page.
    """

    label: Any
    keys: Callable[[datetime], list[Any]]
    is_descending: bool = True
    open_only: bool = False  # what is due exists for open cases only


@dataclass(frozen=True)
class Column:
    """A column's heading, the list to which a click on it leads, and the order if it is by it."""

    label: Any
    query: str
    direction: str = ""  # as `aria-sort` calls it


def columns_of(
    headings: Iterable[tuple[Any, tuple[str, ...]]],
    orders: Mapping[str, CaseOrder],
    *,
    shown: str,
    is_possible: Callable[[str], bool],
    query: Callable[[str], str],
) -> list[Column]:
    """The headings of a list: each leads to its first possible order, and when that is shown to the
    second. `shown` is the order of the list, empty for results in the order of their rank; `query`
    makes the address of an order.
    """
    columns = []
    for label, names in headings:
        possible = [name for name in names if is_possible(name)]
        if not shown or not possible:
            columns.append(Column(label, ""))
        elif shown not in possible:
            columns.append(Column(label, query(possible[0])))
        else:
            following = possible[(possible.index(shown) + 1) % len(possible)]
            direction = "descending" if orders[shown].is_descending else "ascending"
            columns.append(Column(label, query(following), direction))
    return columns


@dataclass(frozen=True)
class Leaf:
    """A page: its rows, and the cursors of the previous and the next page, empty at the ends."""

    rows: list[Any]
    before: str = ""
    after: str = ""


def leaf(
    cases: QuerySet[Any],
    *,
    order: CaseOrder,
    now: datetime,
    after: str,
    before: str,
    size: int,
) -> Leaf:
    """A page of cases in an order.

    `after` and `before` are cursors. They hold the instant of the first page, so that the order is
    the same on all pages. An unknown cursor gives the first page.
    """
    cursor, back = _read(after or before), bool(before and not after)
    as_of = cursor[0] if cursor else now
    keys = [*order.keys(as_of), F("id")]
    position = cursor[1] if cursor and _fits(cursor[1], keys, cases) else None
    if position is None:
        back = False
        as_of = now
        keys = [*order.keys(as_of), F("id")]
    cases = cases.annotate(**{f"key_{index}": key for index, key in enumerate(keys[:-1])})
    is_descending = order.is_descending is not back
    if position is not None:
        cases = cases.filter(RowCompare(keys, "<" if is_descending else ">", position))
    ordered = cases.order_by(*(key.desc() if is_descending else key.asc() for key in keys))
    fetched = list(ordered[: size + 1])
    more, rows = len(fetched) > size, fetched[:size]
    if back:
        rows.reverse()
    if not rows:
        return Leaf([])
    has_before, has_after = (more, True) if back else (position is not None, more)
    count = len(keys) - 1
    return Leaf(
        rows,
        _place(rows[0], count, as_of) if has_before else "",
        _place(rows[-1], count, as_of) if has_after else "",
    )


def _place(case: Any, count: int, as_of: datetime) -> str:
    values = [getattr(case, f"key_{index}") for index in range(count)]
    return ".".join(_written(value) for value in [as_of, *values, case.pk])


def _written(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{INSTANT}{(value - EPOCH) // MICROSECOND}"
    if isinstance(value, int):
        return f"{NUMBER}{value}"
    return TEXT + str(value).encode().hex()


def _value(piece: str) -> Any:
    """The value of a part of a cursor. Raises ValueError."""
    kind, text = piece[:1], piece[1:]
    if kind == TEXT:
        value = bytes.fromhex(text).decode()
        if "\0" in value:
            raise ValueError(piece)
        return value
    if kind not in (INSTANT, NUMBER) or not is_key(text):
        raise ValueError(piece)
    number = int(text)
    if kind == NUMBER:
        return number
    if number > LATEST:
        raise ValueError(piece)
    return EPOCH + number * MICROSECOND


def _read(cursor: str) -> tuple[datetime, list[Any]] | None:
    try:
        as_of, *values = (_value(piece) for piece in cursor.split("."))
    except ValueError:
        return None
    return (as_of, values) if isinstance(as_of, datetime) else None


def _fits(values: list[Any], keys: list[Any], cases: QuerySet[Any]) -> bool:
    """Whether the values of a cursor have the types of the keys: a cursor of another order has
    not.
    """
    if len(values) != len(keys):
        return False
    types = [_type_of(key, cases) for key in keys]
    return all(isinstance(value, kind) for value, kind in zip(values, types, strict=True))


def _type_of(key: Any, cases: QuerySet[Any]) -> type:
    field = key.resolve_expression(cases.query).output_field
    return {"DateTimeField": datetime, "CharField": str}.get(field.get_internal_type(), int)
