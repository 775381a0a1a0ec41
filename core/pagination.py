"""Keyset pagination: a page begins after a row, so that deep pages cost no more than the first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import BooleanField, Func, Value

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


LATEST = 4_000_000_000_000_000  # microseconds; a cursor in an address may contain anything
DIGITS = 18  # a bigint has room for them


@dataclass(frozen=True)
class Page:
    """Some rows, and the cursor of the next page; empty at the end.

    `is_first` is false on later pages.
    """

    rows: list[Any]
    after: str
    is_first: bool


def time_cursor(at: datetime, pk: int) -> str:
    """The cursor of a row in a list by time, for the address of the next page."""
    return f"{(at - EPOCH) // MICROSECOND}.{pk}"


def read_time_cursor(cursor: str) -> tuple[datetime, int] | None:
    """The time and key in such a cursor; None for anything else."""
    at, _dot, pk = cursor.partition(".")
    if not all(part.isascii() and part.isdigit() and len(part) <= DIGITS for part in (at, pk)):
        return None
    return EPOCH + min(int(at), LATEST) * MICROSECOND, int(pk)


class RowCompare(Func):
    """`(a, b, c) < (x, y, z)` as PostgreSQL compares rows: one index scan, however deep the
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
