"""Lists by key, not by number: a page begins after a row, so that deep pages cost what the first one does."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet


@dataclass(frozen=True)
class Page:
    """Some rows, and the code to go on after; empty at the end. `is_first` is false on later pages."""

    rows: list[Any]
    after: str
    is_first: bool


def cases_after(cases: QuerySet[Any], after: str, size: int = 30) -> Page:
    """A page of cases, newest first, after the one whose code is `after`; an unknown code is the first page."""
    last = None
    digits = after.removeprefix("CT-")
    if digits.isascii() and digits.isdigit():
        last = cases.model.objects.filter(number=int(digits[:18])).values_list("opened_at", "id").first()
    if last is not None:
        cases = cases.filter(Q(opened_at__lt=last[0]) | Q(opened_at=last[0], id__lt=last[1]))
    rows = list(cases.order_by("-opened_at", "-id")[: size + 1])
    return Page(rows[:size], rows[size - 1].code if len(rows) > size else "", last is None)
