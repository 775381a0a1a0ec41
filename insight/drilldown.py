"""The cases of a figure: exactly those, newest first, with keyset pagination."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q, QuerySet

from cases.choices import ClosingReason
from cases.models import Case
from cases.models.case import case_code
from contacts.models import User
from core.pagination import EPOCH, MICROSECOND, RowCompare
from insight import queries
from insight.aggregation import DAY, midnight
from insight.facts import COLUMNS, FigureRow
from insight.filters import LABELS, FigureFilters
from insight.models import Fact, FigureKind
from insight.queries import FigureQuery
from sla.models.clock import ClockKindChoices

SIZE = 50


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
    """A fact with its case. A target of an applicant has none (§1).

    `is_first` is the first row of its case on the page, where the way back from the case leads.
    """

    fact: FigureRow
    case: CountedCase | None
    analyst: str
    is_first: bool


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
        """A description of the facts, such as “First response: missed”."""
        whats = ", ".join(FigureKind(what).label.lower() for what in self.whats)
        if self.kind in LABELS:
            return f"{LABELS[ClockKindChoices(self.kind)]}: {whats}"
        if self.kind in set(ClosingReason.values):
            return f"Closed: {ClosingReason(self.kind).label.lower()}"
        return whats.capitalize()


def page(wanted: DrilldownQuery, place: str) -> DrilldownPage:
    """A page after a cursor. Facts that are not counted yet come first."""
    question = wanted.filters.question
    fresh = [
        row
        for row in queries.now().fitting(question)
        if row.what in wanted.whats and wanted.kind in ("", row.kind)
    ]
    kinds = [wanted.kind] if wanted.kind else None
    total = queries.count(question, wanted.whats, kinds) + len(fresh)
    facts = counted_facts(question, wanted.whats, wanted.kind).order_by("-at", "-pk")
    if (cursor := _read(place)) is not None:
        facts = facts.filter(RowCompare(["at", "pk"], "<", cursor))
    rows = list(facts.values_list("pk", *COLUMNS)[: SIZE + 1])
    shown = [FigureRow(*row) for _pk, *row in rows[:SIZE]]
    after = ""
    if len(rows) > SIZE:
        after = f"{(shown[-1].at - EPOCH) // MICROSECOND}.{rows[SIZE - 1][0]}"
    if not place:
        shown = sorted(fresh, key=lambda row: row.at, reverse=True) + shown
    return DrilldownPage(_with_cases(shown), total, after)


def counted_facts(question: FigureQuery, whats: Sequence[str], kind: str) -> QuerySet[Fact]:
    """The counted facts of these kinds, of one kind of target or of any."""
    period = question.period
    # A customer's day lies within these instants: an index of instants finds the facts.
    instants = Q(at__gte=midnight(period.first) - DAY, at__lt=midnight(period.end) + DAY)
    facts = queries.facts_of(question, period).filter(instants, what__in=whats)
    return facts.filter(kind=kind) if kind else facts


def _with_cases(rows: Sequence[FigureRow]) -> list[CaseOfFigure]:
    """Load cases and analysts together. Two statements."""
    case_keys = {row.case_key for row in rows if row.case_key}
    columns = ("pk", "number", "title", "organisation__name", "severity", "state")
    cases = {
        values[0]: CountedCase(*values)
        for values in Case.objects.filter(pk__in=case_keys).values_list(*columns)
    }
    analyst_keys = {row.analyst_key for row in rows if row.analyst_key}
    analysts = dict(User.objects.filter(pk__in=analyst_keys).values_list("pk", "name"))
    shown, seen = [], set()
    for row in rows:
        case, analyst = cases.get(row.case_key or 0), analysts.get(row.analyst_key or 0, "")
        shown.append(CaseOfFigure(row, case, analyst, row.case_key not in seen))
        seen.add(row.case_key)
    return shown


def _read(cursor: str) -> tuple[datetime, int] | None:
    at, _, pk = cursor.partition(".")
    if not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in (at, pk)):
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
        microseconds=min(int(at), 4_000_000_000_000_000)
    ), int(pk)
