"""The rows of exports: facts with their cases, in batches, each in a transaction of its own."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from django.db import connection

from cases.choices import ClosingReason, Severity
from cases.models.case import case_code
from insight import queries
from insight.aggregation import DAY, midnight
from insight.drilldown import DrilldownQuery
from insight.models import FigureKind
from insight.queries import FigureQuery
from insight.reports.tables import Cell
from sla.models.clock import ClockKindChoices

Scope = Callable[[], AbstractContextManager[None]]
BATCH = 2000
FACTS = """
    SELECT f.id, f.at, f.what, f.kind, f.severity, f.day, f.seconds, k.number, k.title,
        o.short_name, o.name, s.name,
        f.region, f.area, t.name, u.name, f.offering, v.number
    FROM (SELECT * FROM insight_fact WHERE what = ANY(%(whats)s) {kinds} AND day >= %(first)s
        AND day < %(end)s
            AND at >= %(from)s AND at < %(to)s AND {conditions} {beyond} ORDER BY at, id
                LIMIT %(size)s) AS f
    JOIN contacts_organisation o ON o.id = f.organisation_id
    LEFT JOIN cases_case k ON k.organisation_id = f.organisation_id AND k.id = f.case_key
    LEFT JOIN contacts_site s ON s.id = f.site_key LEFT JOIN contacts_team t ON t.id = f.team_key
    LEFT JOIN contacts_user u ON u.id = f.analyst_key LEFT JOIN sla_policyversion v
        ON v.id = f.policy_key
    ORDER BY f.at, f.id
"""
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


def facts(
    question: FigureQuery, whats: tuple[str, ...], kind: str, scope: Scope, *, cares: bool = True
) -> Iterator[list[Cell]]:
    """Every counted fact of a query, oldest first. `scope()` is entered again for each batch.

    Facts since the last run, minutes ago, are not included.
    """
    period, last = question.period, None
    while True:
        params: dict[str, Any] = {
            "whats": list(whats),
            "kind": kind,
            "first": period.first,
            "end": period.end,
            "size": BATCH,
            "from": midnight(period.first) - DAY,
            "to": midnight(period.end) + DAY,
        }
        beyond = ""
        if last is not None:
            params["at"], params["id"] = last
            beyond = "AND (at, id) > (%(at)s, %(id)s)"
        sql = FACTS.format(
            kinds="AND kind = %(kind)s" if kind else "",
            conditions=queries.conditions(question, params),
            beyond=beyond,
        )
        with scope(), connection.cursor() as cursor:
            cursor.execute(sql, params)
            batch = cursor.fetchall()
        for row in batch:
            yield _cells(row, cares)
        if len(batch) < BATCH:
            return
        last = (batch[-1][1], batch[-1][0])


def _cells(row: tuple[Any, ...], cares: bool) -> list[Cell]:
    (
        _id,
        at,
        what,
        kind,
        severity,
        day,
        seconds,
        number,
        title,
        short,
        name,
        site,
        region,
        area,
        *more,
    ) = row
    return [
        at,
        day,
        str(FigureKind(what).label),
        _kind(kind),
        str(Severity(severity).label) if severity else "",
        None if what == FigureKind.RATED else seconds,
        case_code(number) if number else "",
        title,
        short,
        name,
        site,
        region,
        area,
        *(more if cares else ()),
    ]


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
