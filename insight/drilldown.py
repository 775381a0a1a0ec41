"""The cases of a figure: exactly those, newest first, with keyset pagination."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from cases.choices import ClosingReason
from cases.models.case import case_code
from core.pagination import EPOCH, MICROSECOND
from insight import queries
from insight.aggregation import DAY, midnight
from insight.filters import LABELS, FigureFilters
from insight.models import FigureKind
from insight.queries import FigureRow
from sla.models.clock import ClockKindChoices

SIZE = 50
CASES = """
    SELECT true, k.id, k.number, k.title, o.name, k.severity, k.state FROM cases_case k
        JOIN contacts_organisation o ON o.id = k.organisation_id WHERE k.id = ANY(%s)
    UNION ALL SELECT false, u.id, 0, u.name, '', 0, '' FROM contacts_user u WHERE u.id = ANY(%s)
"""
FACTS = """
    SELECT id, organisation_id, case_key, kind, what, severity, at, day, hour, seconds, site_key,
        region, area,
        team_key, analyst_key, offering, policy_key, is_historical
    FROM insight_fact WHERE what = ANY(%(whats)s) AND kind = ANY(%(kinds)s) AND day >= %(first)s
        AND day < %(end)s
        AND at >= %(from)s AND at < %(to)s AND {conditions} {beyond} ORDER BY at DESC, id DESC
            LIMIT %(size)s
"""


class CountedCase(NamedTuple):
    """The columns of a case that the page shows."""

    pk: int
    number: int
    title: str
    organisation: str
    severity: int
    state: str

    @property
    def code(self) -> str:
        """As `Case.code`."""
        return case_code(self.number)


@dataclass(frozen=True)
class CaseOfFigure:
    """A fact with its case. A target of an applicant has none (§1)."""

    fact: FigureRow
    case: CountedCase | None
    analyst: str


@dataclass(frozen=True)
class DrilldownPage:
    """Facts, their total number, and the next cursor."""

    rows: list[CaseOfFigure]
    number: int
    after: str


@dataclass(frozen=True)
class DrilldownQuery:
    """The facts of a drilldown: filters, kinds of facts, and a kind of target, empty for any."""

    filters: FigureFilters
    whats: tuple[str, ...]
    kind: str

    @classmethod
    def from_query(cls, params: Mapping[str, str], today: date) -> "DrilldownQuery":
        whats = tuple(
            what for what in params.get("what", "").split(",") if what in set(FigureKind.values)
        )
        kind = params.get("kind", "")
        known = {*(str(kind) for kind in LABELS), *ClosingReason.values, *"12345"}
        return cls(
            FigureFilters.from_query(params, today),
            whats or (FigureKind.MISSED,),
            kind if kind in known else "",
        )

    @property
    def label(self) -> str:
        """A description of the facts, such as “First answer: missed”."""
        whats = ", ".join(FigureKind(what).label.lower() for what in self.whats)
        if self.kind in LABELS:
            return f"{LABELS[ClockKindChoices(self.kind)]}: {whats}"
        if self.kind in set(ClosingReason.values):
            return f"Closed: {ClosingReason(self.kind).label.lower()}"
        return whats.capitalize()


def page(wanted: DrilldownQuery, place: str) -> DrilldownPage:
    """A page after a cursor. Facts that are not counted yet come first."""
    question, period = wanted.filters.question, wanted.filters.period
    live = queries.now()
    fresh = [
        row
        for row in live.rows
        if question.fits(row)
        and row.what in wanted.whats
        and wanted.kind in ("", row.kind)
        and period.first <= row.day <= period.last
    ]
    kinds = [wanted.kind] if wanted.kind else None
    total = queries.count(question, wanted.whats, kinds) + len(fresh)
    params: dict[str, Any] = {
        "whats": list(wanted.whats),
        "kinds": kinds,
        "first": period.first,
        "end": period.end,
        "size": SIZE + 1,
        "from": midnight(period.first) - DAY,
        "to": midnight(period.end) + DAY,
    }
    beyond = ""
    if (at := _read(place)) is not None:
        params["at"], params["id"] = at
        beyond = "AND (at, id) < (%(at)s, %(id)s)"
    sql = FACTS.format(conditions=queries.conditions(question, params), beyond=beyond)
    if kinds is None:
        sql = sql.replace("AND kind = ANY(%(kinds)s)", "")
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows = cursor.fetchall()
    shown = [FigureRow(*row[1:]) for row in rows[:SIZE]]
    if not place:
        shown = sorted(fresh, key=lambda row: row.at, reverse=True) + shown
    after = (
        f"{(rows[SIZE - 1][6] - EPOCH) // MICROSECOND}.{rows[SIZE - 1][0]}"
        if len(rows) > SIZE
        else ""
    )
    return DrilldownPage(_with_cases(shown), total, after)


def _with_cases(rows: Sequence[FigureRow]) -> list[CaseOfFigure]:
    """Load cases and analysts together."""
    cases: dict[int, CountedCase] = {}
    names: dict[int, str] = {}
    keys = (
        {row.case_key for row in rows if row.case_key},
        {row.analyst_key for row in rows if row.analyst_key},
    )
    with connection.cursor() as cursor:
        cursor.execute(CASES, [list(those) for those in keys])
        for is_case, *values in cursor.fetchall():
            if is_case:
                cases[values[0]] = CountedCase(*values)
            else:
                names[values[0]] = values[2]
    return [
        CaseOfFigure(row, cases.get(row.case_key or 0), names.get(row.analyst_key or 0, ""))
        for row in rows
    ]


def _read(cursor: str) -> tuple[datetime, int] | None:
    at, _, pk = cursor.partition(".")
    if not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in (at, pk)):
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
        microseconds=min(int(at), 4_000_000_000_000_000)
    ), int(pk)
