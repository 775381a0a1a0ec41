"""The rows of exports: facts with their cases, in batches, each in a transaction of its own."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from django.db.models import Model, OuterRef, Subquery

from cases.choices import ClosingReason, Severity
from cases.models import Case
from cases.models.case import case_code
from contacts.models import Site, Team, User
from core.pagination import RowCompare
from insight import drilldown, queries
from insight.drilldown import DrilldownQuery
from insight.models import FigureKind
from insight.queries import FigureQuery
from insight.reports.tables import Cell
from sla.models import PolicyVersion
from sla.models.clock import ClockKindChoices

Scope = Callable[[], AbstractContextManager[None]]
BATCH = 2000
# The columns that a customer may read, and those that Care reads besides.
HEAD = (
    "When (UTC)",
    "Day of the customer",
    "What",
    "Promise or reason",
    "Severity then",
    "Business seconds used",
    "Case",
    "Title",
    "Organisation",
    "Name",
    "Site",
    "Region",
    "Area",
)
CARES = ("Team then", "Analyst then", "Offering", "Policy version")


def _field_of(model: type[Model], field: str, **key: str) -> Subquery:
    """A field of the row that a fact's key names. NULL if it is gone."""
    keys = {name: OuterRef(column) for name, column in key.items()}
    return Subquery(model._default_manager.filter(**keys).order_by().values(field)[:1])


NAMES: Mapping[str, Subquery] = {
    "case_number": _field_of(Case, "number", organisation="organisation", pk="case_key"),
    "case_title": _field_of(Case, "title", organisation="organisation", pk="case_key"),
    "site_name": _field_of(Site, "name", pk="site_key"),
    "team_name": _field_of(Team, "name", pk="team_key"),
    "analyst_name": _field_of(User, "name", pk="analyst_key"),
    "policy_number": _field_of(PolicyVersion, "number", pk="policy_key"),
}
COLUMNS = (
    "at",
    "day",
    "what",
    "kind",
    "severity",
    "seconds",
    "organisation__short_name",
    "organisation__name",
    "region",
    "area",
    "offering",
    *NAMES,
)


def facts(
    question: FigureQuery, whats: tuple[str, ...], kind: str, scope: Scope, *, cares: bool = True
) -> Iterator[list[Cell]]:
    """Every counted fact of a query, oldest first. `scope()` is entered again for each batch.

    Facts since the last run, minutes ago, are not included.
    """
    counted = drilldown.counted_facts(question, whats, kind).order_by("at", "pk")
    rows = counted.annotate(**NAMES).values_list("pk", *COLUMNS, named=True)
    last: tuple[datetime, int] | None = None
    while True:
        following = rows if last is None else rows.filter(RowCompare(["at", "pk"], ">", last))
        with scope():
            batch = list(following[:BATCH])
        for row in batch:
            yield _cells(row, cares)
        if len(batch) < BATCH:
            return
        last = (batch[-1].at, batch[-1].pk)


def _cells(row: Any, cares: bool) -> list[Cell]:
    cells: list[Cell] = [
        row.at,
        row.day,
        str(FigureKind(row.what).label),
        _kind(row.kind),
        str(Severity(row.severity).label) if row.severity else "",
        None if row.what == FigureKind.RATED else row.seconds,
        case_code(row.case_number) if row.case_number else "",
        row.case_title,
        row.organisation__short_name,
        row.organisation__name,
        row.site_name,
        row.region,
        row.area,
    ]
    if cares:
        cells += [row.team_name, row.analyst_name, row.offering, row.policy_number]
    return cells


def _kind(kind: str) -> str:
    if kind in set(ClockKindChoices.values):
        return str(ClockKindChoices(kind).label)
    return str(ClosingReason(kind).label) if kind in set(ClosingReason.values) else kind


def rows_of(wanted: DrilldownQuery, scope: Scope) -> Iterator[list[Cell]]:
    """The cases of a figure as rows."""
    return facts(wanted.filters.question, wanted.whats, wanted.kind, scope)


def number_of(wanted: DrilldownQuery) -> int:
    """The number of rows. One statement."""
    return queries.count(
        wanted.filters.question, wanted.whats, [wanted.kind] if wanted.kind else None
    )
