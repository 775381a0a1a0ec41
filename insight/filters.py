"""The filters in the URLs of insight."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from cases.choices import Severity
from insight import periods
from insight.dimensions import HOURS_OF_A_WEEK, NO_VALUE, NO_VALUE_NAMES
from insight.facts import PROMISES
from insight.models import Dimension, FigureKind
from insight.periods import Period
from insight.queries import FigureQuery
from sla.models.clock import ClockKindChoices

FILTER_DIMENSIONS = tuple(dimension for dimension in Dimension if dimension != Dimension.ALL)
BY = tuple(dimension for dimension in FILTER_DIMENSIONS if dimension != Dimension.HOUR)
OF_ONE_CUSTOMER = (Dimension.ORGANISATION, Dimension.SITE)
NUMBERS = (
    Dimension.ORGANISATION,
    Dimension.SITE,
    Dimension.TEAM,
    Dimension.ANALYST,
    Dimension.POLICY,
    Dimension.HOUR,
)
LABELS = {
    ClockKindChoices.RESPONSE: "First response",
    ClockKindChoices.RESTORE: "Restoration",
    ClockKindChoices.UPDATE: "Next update",
    ClockKindChoices.RESOLVE: "Resolution",
    ClockKindChoices.RCA: "Root cause analysis",
    ClockKindChoices.ESCALATION: "Response to an escalation request",
    ClockKindChoices.CREDENTIAL: "Credentials for a contact",
}


def _is_key(dimension: Dimension, key: str) -> bool:
    """Whether the value is possible for the dimension: a URL may contain anything."""
    if key == NO_VALUE:
        return dimension in NO_VALUE_NAMES
    if dimension not in NUMBERS:
        return bool(key)
    is_number = key.isascii() and key.isdigit() and len(key) <= 18
    return is_number and (dimension != Dimension.HOUR or int(key) < HOURS_OF_A_WEEK)


@dataclass(frozen=True)
class FigureFilters:
    """A query with its presentation: the target, and the breakdown.

    `wrong` describes errors of the URL.
    """

    period: Period
    where: tuple[tuple[Dimension, str], ...] = ()
    severity: int | None = None
    history: bool = False
    promise: str = str(ClockKindChoices.RESPONSE)
    by: Dimension = Dimension.ORGANISATION
    wrong: str = ""

    @classmethod
    def from_query(cls, params: Mapping[str, str], today: date) -> "FigureFilters":
        period, wrong = periods.from_query(params, today)
        where = []
        for dimension in FILTER_DIMENSIONS:
            key = params.get(str(dimension), "").replace("\0", "").strip()[:80]
            if _is_key(dimension, key):
                where.append((dimension, key))
        severity = params.get("severity", "")
        promise, by = params.get("promise", ""), params.get("by", "")
        return cls(
            period,
            tuple(where),
            int(severity) if severity in {str(value) for value in Severity.values} else None,
            params.get("history") == "1",
            promise
            if promise in {str(kind) for kind in PROMISES}
            else str(ClockKindChoices.RESPONSE),
            Dimension(by) if by in {str(dimension) for dimension in BY} else Dimension.ORGANISATION,
            wrong,
        )

    @property
    def is_of_one_customer(self) -> bool:
        return any(dimension in OF_ONE_CUSTOMER for dimension, _key in self.where)

    @property
    def question(self) -> FigureQuery:
        return FigureQuery(self.period, self.where, self.severity, self.history)

    @property
    def timed_question(self) -> FigureQuery:
        """The same for durations: exact if they are of one customer."""
        return replace(self.question, from_facts=self.is_of_one_customer)

    def query(self, **changes: Any) -> str:
        """The query string with changes.

        A dimension's name with a key filters by it; with "" it removes the filter.
        """
        where = dict(self.where)
        for dimension in FILTER_DIMENSIONS:
            if str(dimension) in changes:
                where[dimension] = str(changes.pop(str(dimension)))
        new = replace(self, **changes)
        values = new.period.query() | {str(dimension): key for dimension, key in where.items()}
        values |= {
            "severity": str(new.severity or ""),
            "history": "1" if new.history else "",
            "promise": new.promise if new.promise != ClockKindChoices.RESPONSE else "",
            "by": str(new.by) if new.by != Dimension.ORGANISATION else "",
        }
        return urlencode({key: value for key, value in values.items() if value})

    def behind(
        self, whats: Iterable[str], kind: str = "", period: Period | None = None, **more: Any
    ) -> str:
        """The URL of the cases of a figure. `more` are values of dimensions, or a severity."""
        span = period or self.period
        severity = more.pop("severity", self.severity)
        where = tuple(
            (str(dimension), key) for dimension, key in self.where if str(dimension) not in more
        )
        stem = _behind(",".join(whats), kind, span.first, span.last, where, severity, self.history)
        return f"{stem}&{urlencode(more)}" if more else stem


@lru_cache(maxsize=256)
def _behind(
    whats: str,
    kind: str,
    first: date,
    last: date,
    where: tuple[tuple[str, str], ...],
    severity: int | None,
    history: bool,
) -> str:
    """Cached, because hundreds of URLs on a page begin alike."""
    values = {
        "what": whats,
        "kind": kind,
        "from": first.isoformat(),
        "to": last.isoformat(),
        **dict(where),
    }
    values |= {"severity": str(severity or ""), "history": "1" if history else ""}
    return "/insight/cases/?" + urlencode({key: value for key, value in values.items() if value})


MET_OR_MISSED = (FigureKind.MET, FigureKind.MISSED)
