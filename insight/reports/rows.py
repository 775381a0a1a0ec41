"""The rows of exports: facts with their cases, in batches, each in a transaction of its own."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

from django.db.models import Model, OuterRef, Subquery

from cases.choices import ClosingReason, Severity
from cases.known_areas import area_label
from cases.models import Case
from cases.models.case import case_code
from contacts.models import Organisation, Site, Team, User
from core.pagination import RowCompare
from insight import drilldown, queries
from insight.drilldown import DrilldownQuery
from insight.facts import FigureRow
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
    "Target or reason",
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
    """Every fact of a query, oldest first: the counted ones, then those since the last run.

    `scope()` is entered again for each batch.
    """
    with scope():
        live = queries.now()
    counted = drilldown.counted_facts(question, whats, kind).order_by("at", "pk")
    if live.until is not None:
        counted = counted.filter(at__lt=live.until)
    rows = counted.annotate(**NAMES).values_list("pk", *COLUMNS, named=True)
    last: tuple[datetime, int] | None = None
    while True:
        following = rows if last is None else rows.filter(RowCompare(["at", "pk"], ">", last))
        with scope():
            batch = list(following[:BATCH])
        for row in batch:
            yield _cells(row, cares)
        if len(batch) < BATCH:
            break
        last = (batch[-1].at, batch[-1].pk)
    fresh = sorted(_fresh(live, question, whats, kind), key=attrgetter("at"))
    if fresh:
        with scope():
            named = list(_with_names(fresh))
        for one in named:
            yield _cells(one, cares)


def _fresh(
    live: queries.Now, question: FigureQuery, whats: tuple[str, ...], kind: str
) -> list[FigureRow]:
    """The facts that the last run did not count."""
    return [row for row in live.fitting(question) if row.what in whats and kind in ("", row.kind)]


def _with_names(fresh: list[FigureRow]) -> Iterator[SimpleNamespace]:
    """Facts of the last minutes, with the columns of a counted one. At most six statements."""

    def names(model: type[Model], field: str, *fields: str) -> dict[int, tuple[Any, ...]]:
        keys = {getattr(row, field) for row in fresh} - {None}
        if not keys:
            return {}
        rows = model._default_manager.filter(pk__in=keys).values_list("pk", *fields)
        return {pk: tuple(values) for pk, *values in rows}

    cases = names(Case, "case_key", "number", "title")
    organisations = names(Organisation, "organisation_id", "short_name", "name")
    sites, teams = names(Site, "site_key", "name"), names(Team, "team_key", "name")
    analysts = names(User, "analyst_key", "name")
    policies = names(PolicyVersion, "policy_key", "number")
    for row in fresh:
        number, title = cases.get(row.case_key or 0, (None, None))
        short_name, name = organisations[row.organisation_id]
        yield SimpleNamespace(
            **row._asdict(),
            case_number=number,
            case_title=title,
            organisation__short_name=short_name,
            organisation__name=name,
            site_name=sites.get(row.site_key or 0, (None,))[0],
            team_name=teams.get(row.team_key or 0, (None,))[0],
            analyst_name=analysts.get(row.analyst_key or 0, (None,))[0],
            policy_number=policies.get(row.policy_key or 0, (None,))[0],
        )


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
        area_label(row.area or ""),
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
    """The number of rows. Three statements."""
    question = wanted.filters.question
    counted = queries.count(question, wanted.whats, [wanted.kind] if wanted.kind else None)
    return counted + len(_fresh(queries.now(), question, wanted.whats, wanted.kind))
