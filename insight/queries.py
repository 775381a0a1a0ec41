"""Queries of figures: sums of a period, a trend, and a breakdown, at any volume.

A query with at most one dimension reads the sums by day and month. Other queries add up the facts.
Events since the last run are added from the event log, so a page is current.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any, NamedTuple

from django.core.cache import caches
from django.db import connection

from insight import facts, histogram
from insight.aggregation import KEYS
from insight.models import Dimension, FigureKind, Watermark
from insight.periods import Period, PeriodSum

MOST_ROWS = 50
TOGETHER = 0  # the severity of sums over all severities
END_OF_TIME = datetime(2300, 1, 1, tzinfo=UTC)


class FigureRow(NamedTuple):
    """A fact that is not counted yet, with the columns of `facts.COLUMNS`."""

    organisation_id: int
    case_key: int | None
    kind: str
    what: str
    severity: int
    at: datetime
    day: date
    hour: int | None
    seconds: int | None
    site_key: int | None
    region: str
    area: str
    team_key: int | None
    analyst_key: int | None
    offering: str
    policy_key: int | None
    is_historical: bool

    def key(self, dimension: Dimension) -> str:
        """Its value of a dimension. Empty if it has none, and for “all”."""
        value = {
            Dimension.ORGANISATION: self.organisation_id,
            Dimension.SITE: self.site_key,
            Dimension.REGION: self.region,
            Dimension.AREA: self.area,
            Dimension.TEAM: self.team_key,
            Dimension.ANALYST: self.analyst_key,
            Dimension.OFFERING: self.offering,
            Dimension.POLICY: self.policy_key,
            Dimension.HOUR: self.hour,
        }.get(dimension)
        return "" if value is None else str(value)


@dataclass(frozen=True)
class Sum:
    """A number of occurrences, their total seconds, and their histogram."""

    n: int = 0
    total: int = 0
    spread: Counter[int] = field(default_factory=Counter)

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.n + other.n, self.total + other.total, self.spread + other.spread)

    def percentile(self, share: Fraction) -> int | None:
        """The seconds that this share did not exceed, within 1 %."""
        return histogram.percentile(self.spread, share)


Key = tuple[str, str, int]  # kind, what, severity


@dataclass
class FigureSum:
    """Sums by kind, fact kind and severity."""

    sums: dict[Key, Sum] = field(default_factory=lambda: defaultdict(Sum))

    def add(self, key: Key, more: Sum) -> None:
        known = self.sums.get(key)
        self.sums[key] = more if known is None else known + more

    def sum(self, *whats: str, kind: str | None = None, severity: int | None = None) -> Sum:
        """The sum of these fact kinds, optionally of one kind or severity."""
        total: Sum | None = None
        for (of_kind, what, of_severity), one in self.sums.items():
            if what in whats and kind in (None, of_kind) and severity in (None, of_severity):
                total = one if total is None else total + one
        return total or Sum()

    def n(self, *whats: str, kind: str | None = None, severity: int | None = None) -> int:
        """The number of these facts."""
        return sum(
            one.n
            for (of_kind, what, of_severity), one in self.sums.items()
            if what in whats and kind in (None, of_kind) and severity in (None, of_severity)
        )

    def __add__(self, other: "FigureSum") -> "FigureSum":
        both = FigureSum()
        for tally in (self, other):
            for key, one in tally.sums.items():
                both.add(key, one)
        return both


@dataclass(frozen=True)
class Attainment:
    """Targets of a kind: numbers of met and missed ones, and the business time of ended ones."""

    met: int
    missed: int
    took: Sum

    @classmethod
    def from_sums(
        cls, tally: FigureSum, kind: str | None = None, severity: int | None = None
    ) -> "Attainment":
        return cls(
            tally.n(FigureKind.MET, kind=kind, severity=severity),
            tally.n(FigureKind.MISSED, kind=kind, severity=severity),
            tally.sum(
                FigureKind.MET, FigureKind.LATE, FigureKind.MEASURED, kind=kind, severity=severity
            ),
        )

    @property
    def all(self) -> int:
        return self.met + self.missed

    @property
    def share(self) -> float | None:
        """Per cent met, rounded down, so that 100 means all. None if none was decided."""
        return self.met * 1000 // self.all / 10 if self.all else None

    @property
    def median(self) -> int | None:
        return self.took.percentile(histogram.MEDIAN)

    @property
    def nine_tenths(self) -> int | None:
        return self.took.percentile(histogram.NINE_TENTHS)


@dataclass(frozen=True)
class FigureQuery:
    """The facts of a query: a period, dimension values, a severity, replayed histories or not.

    `from_facts` reads the facts themselves, because a tenant's scope cannot read Care's sums.
    """

    period: Period
    where: tuple[tuple[Dimension, str], ...] = ()
    severity: int | None = None
    history: bool = False
    from_facts: bool = False

    def fits(self, row: FigureRow) -> bool:
        """Whether a fact matches, apart from its day."""
        return (
            (self.history or not row.is_historical)
            and self.severity in (None, row.severity)
            and all(row.key(dimension) == key for dimension, key in self.where)
        )


@dataclass(frozen=True)
class Now:
    """Until when facts are counted, and the facts since. `until` is None before the first run."""

    until: datetime | None
    rows: list[FigureRow]


def now() -> Now:
    """The facts that the last run did not count: minutes, unless beat is down.

    Two statements.
    """
    settled = Watermark.objects.first()
    if settled is None:
        return Now(None, [])
    return Now(settled.until, between(settled.until, END_OF_TIME))


def between(start: datetime, end: datetime) -> list[FigureRow]:
    """Facts of a time span, from events and clocks."""
    with connection.cursor() as cursor:
        cursor.execute(facts.FACTS, facts.params(start, end, _zones()))
        return [FigureRow(*row) for row in cursor.fetchall()]


def _zones() -> list[str]:
    """Cached for a minute: a calendar in another zone is rare."""
    zones: list[str] | None = caches["process"].get("insight.zones")
    if zones is None:
        zones = facts.zones()
        caches["process"].set("insight.zones", zones, 60)
    return zones


def trend(question: FigureQuery, live: Now) -> tuple[list[FigureSum], FigureSum]:
    """A sum for each step of the period, and one for the period before. One statement."""
    period, before = question.period, question.period.before
    starts = [before.first, *(step.first for step in period.steps)]
    tallies = [FigureSum() for _ in starts]
    select, params = _source(question, (before, period))
    sql = f"""SELECT width_bucket(day, %(starts)s::date[]), kind, what, severity, sum(n),
        sum(total), histogram_sum(added), histogram_sum(removed)
        FROM ({select}) AS source GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0"""  # noqa: S608 (values are parameters)
    with connection.cursor() as cursor:
        cursor.execute(sql, {**params, "starts": starts})
        for place, kind, what, severity, n, total, *pairs in cursor.fetchall():
            tallies[place - 1].add(
                (kind, what, severity), Sum(int(n), int(total or 0), histogram.read(*pairs))
            )
    for row in live.rows:
        if question.fits(row) and before.first <= row.day <= period.last:
            place = max(index for index, start in enumerate(starts) if start <= row.day)
            tallies[place].add((row.kind, row.what, row.severity), _one(row))
    return tallies[1:], tallies[0]


@dataclass(frozen=True)
class BreakdownPart:
    """A breakdown: dimension, fact kinds and kind of target, with or without durations.

    Its sums hold all selected severities together, under `TOGETHER`.
    """

    by: Dimension
    whats: tuple[str, ...]
    kind: str
    is_timed: bool = True

    def fits(self, row: FigureRow) -> bool:
        return row.kind == self.kind and row.what in self.whats and bool(row.key(self.by))


def breakdown(
    question: FigureQuery, by: Dimension, whats: Sequence[str], kind: str, live: Now
) -> dict[str, FigureSum]:
    """A sum for each value of a dimension, of one kind of target: the largest fifty.

    One statement.
    """
    return breakdowns(question, [BreakdownPart(by, tuple(whats), kind)], live)[0]


def breakdowns(
    question: FigureQuery, parts: Sequence[BreakdownPart], live: Now
) -> list[dict[str, FigureSum]]:
    """Several breakdowns of one query, in one statement."""
    results: list[dict[str, FigureSum]] = [defaultdict(FigureSum) for _ in parts]
    statements, params = [], dict[str, Any]()
    for place, part in enumerate(parts):
        select, of_part = _source(question, (question.period,), part.by)
        most = (168 if part.by == Dimension.HOUR else MOST_ROWS) * len(part.whats)
        pairs = (
            "histogram_sum(added), histogram_sum(removed)"
            if part.is_timed
            else "NULL::integer[], NULL::integer[]"
        )
        of_part |= {"kind": part.kind, "only": list(part.whats), "most": most}
        sql = f"""(SELECT {place}, key, what, sum(n) AS n, sum(total), {pairs},
                sum(sum(n)) OVER (PARTITION BY key) AS size
            FROM ({select}) AS source WHERE kind = %(kind)s AND what = ANY(%(only)s) GROUP BY key,
                what
            HAVING sum(n) <> 0 ORDER BY size DESC, key LIMIT %(most)s)"""  # noqa: S608 (words of our own)
        statements.append(re.sub(r"%\((\w+)\)s", rf"%(part_{place}_\1)s", sql))
        params |= {f"part_{place}_{name}": value for name, value in of_part.items()}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(statements), params)
        for place, key, what, n, total, *pairs, _ in cursor.fetchall():
            one = Sum(int(n), int(total or 0), histogram.read(*pairs))
            results[place][key].add((parts[place].kind, what, TOGETHER), one)
    for row in live.rows:
        if question.fits(row) and question.period.first <= row.day <= question.period.last:
            for part, tallies in zip(parts, results, strict=True):
                if part.fits(row):
                    tallies[row.key(part.by)].add((row.kind, row.what, TOGETHER), _one(row))
    return results


def whole(question: FigureQuery, live: Now, whats: Sequence[str]) -> FigureSum:
    """One sum of these fact kinds over a whole period of any length. One statement."""
    select, params = _source(question, (question.period,), by_month=True)
    tally = FigureSum()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT kind, what, severity, sum(n), sum(total), histogram_sum(added),
                histogram_sum(removed)
            FROM ({select}) AS source WHERE what = ANY(%(only)s) GROUP BY 1, 2, 3
                HAVING sum(n) <> 0""",  # noqa: S608
            {**params, "only": list(whats)},
        )
        for kind, what, severity, n, total, *pairs in cursor.fetchall():
            tally.add((kind, what, severity), Sum(int(n), int(total or 0), histogram.read(*pairs)))
    for row in live.rows:
        if (
            question.fits(row)
            and row.what in whats
            and question.period.first <= row.day <= question.period.last
        ):
            tally.add((row.kind, row.what, row.severity), _one(row))
    return tally


def count(question: FigureQuery, whats: Sequence[str], kinds: Sequence[str] | None) -> int:
    """The number of counted facts of these kinds in a period. One statement."""
    select, params = _source(question, (question.period,), by_month=True)
    of_kinds = "" if kinds is None else " AND kind = ANY(%(kinds)s)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT coalesce(sum(n), 0) FROM ({select}) AS source "  # noqa: S608
            f"WHERE what = ANY(%(only)s){of_kinds}",
            {**params, "only": list(whats), "kinds": list(kinds or ())},
        )
        return int(cursor.fetchone()[0])


def daily(question: FigureQuery, what: str, live: Now) -> dict[date, int]:
    """The number of occurrences for each day of a period with at least one. One statement."""
    select, params = _source(question, (question.period,))
    counts: dict[date, int] = defaultdict(int)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT day, sum(n) FROM ({select}) AS source WHERE what = %(what)s GROUP BY 1",  # noqa: S608
            {**params, "what": str(what)},
        )
        for day, n in cursor.fetchall():
            counts[day] += int(n)
    for row in live.rows:
        if (
            question.fits(row)
            and row.what == what
            and question.period.first <= row.day <= question.period.last
        ):
            counts[row.day] += 1
    return counts


def _one(row: FigureRow) -> Sum:
    return Sum(
        1, row.seconds or 0, Counter() if row.seconds is None else histogram.buckets_of(row.seconds)
    )


def _source(
    question: FigureQuery,
    periods: Iterable[Period],
    by: Dimension = Dimension.ALL,
    *,
    by_month: bool = False,
) -> tuple[str, dict[str, Any]]:
    """Rows of day, key, kind, what, severity, n, total, added, removed: from the sums if
    possible, otherwise from facts.
    """
    if not question.from_facts and len(question.where) + (by != Dimension.ALL) <= 1:
        return _sums(
            question,
            periods,
            by,
            by_month or by != Dimension.ALL or question.period.step == "month",
        )
    return _facts(question, periods, by)


def _sums(
    question: FigureQuery, periods: Iterable[Period], by: Dimension, by_month: bool
) -> tuple[str, dict[str, Any]]:
    dimension, key = question.where[0] if question.where else (by, "")
    params: dict[str, Any] = {
        "dimension": str(dimension),
        "key": key,
        "severity": question.severity,
    }
    stretches = [
        (period, *stretch)
        for period in periods
        for stretch in (period.sums if by_month else [PeriodSum("day", period.first, period.end)])
    ]
    parts = []
    for place, (period, grain, first, end, sign) in enumerate(stretches):
        params |= {
            f"first_{place}": first,
            f"end_{place}": end,
            f"from_{place}": period.first,
            f"to_{place}": period.last,
        }
        # A day outside the period counts as the nearest day in it, which is in the same month.
        day = f"least(greatest(day, %(from_{place})s), %(to_{place})s)" if by_month else "day"
        columns = (
            "n, total, spread AS added, NULL::integer[] AS removed"
            if sign > 0
            else "-n AS n, -total AS total, NULL::integer[] AS added, spread AS removed"
        )
        parts.append(
            f"""SELECT {day} AS day, key, kind, what, severity, {columns} FROM insight_figure
            WHERE dimension = %(dimension)s AND grain = '{grain}'
                AND day >= %(first_{place})s AND day < %(end_{place})s
                {"" if by != Dimension.ALL else "AND key = %(key)s"}
                {"" if question.severity is None else "AND severity = %(severity)s"}
                {"" if question.history else "AND NOT is_historical"}"""  # noqa: S608
        )
    return " UNION ALL ".join(parts), params


def _facts(
    question: FigureQuery, periods: Iterable[Period], by: Dimension
) -> tuple[str, dict[str, Any]]:
    known = list(periods)
    params: dict[str, Any] = {
        "first": min(period.first for period in known),
        "end": max(period.end for period in known),
        "severity": question.severity,
    }
    return (
        f"""SELECT day, key, kind, what, severity, sum(n) AS n, sum(total) AS total,
            array_agg(ARRAY[bucket, n]) FILTER (WHERE bucket IS NOT NULL) AS added,
            NULL::integer[] AS removed
        FROM (SELECT day, {KEYS[by]} AS key, kind, what, severity,
                  histogram_bucket(seconds) AS bucket, count(*)::integer AS n,
                  sum(seconds) AS total
              FROM insight_fact WHERE day >= %(first)s AND day < %(end)s
                  AND {conditions(question, params)}
              GROUP BY 1, 2, 3, 4, 5, 6) AS counted
        WHERE key IS NOT NULL GROUP BY 1, 2, 3, 4, 5""",  # noqa: S608
        params,
    )


def conditions(question: FigureQuery, params: dict[str, Any]) -> str:
    """The conditions of a query apart from the period, as SQL about a fact. Adds values to
    `params`.
    """
    parts = ["true"]
    for place, (dimension, key) in enumerate(question.where):
        params[f"key_{place}"] = key
        parts.append(_is(dimension, f"%(key_{place})s"))
    if question.severity is not None:
        params["severity"] = question.severity
        parts.append("severity = %(severity)s")
    if not question.history:
        parts.append("NOT is_historical")
    return " AND ".join(parts)


COLUMN_OF: Mapping[Dimension, tuple[str, str]] = {
    Dimension.ORGANISATION: ("organisation_id", "bigint"),
    Dimension.SITE: ("site_key", "bigint"),
    Dimension.REGION: ("region", "text"),
    Dimension.AREA: ("area", "text"),
    Dimension.TEAM: ("team_key", "bigint"),
    Dimension.ANALYST: ("analyst_key", "bigint"),
    Dimension.OFFERING: ("offering", "text"),
    Dimension.POLICY: ("policy_key", "bigint"),
    Dimension.HOUR: ("hour", "smallint"),
}


def _is(dimension: Dimension, value: str) -> str:
    column, kind = COLUMN_OF[dimension]
    return f"{column} = {value}::{kind}"


NAMES = """
    SELECT 'organisation', id::text, name FROM contacts_organisation
        WHERE id = ANY(%(organisation)s::bigint[])
    UNION ALL SELECT 'site', s.id::text, o.name || ', ' || s.name FROM contacts_site s
        JOIN contacts_organisation o ON o.id = s.organisation_id
            WHERE s.id = ANY(%(site)s::bigint[])
    UNION ALL SELECT 'team', id::text, name FROM contacts_team WHERE id = ANY(%(team)s::bigint[])
    UNION ALL SELECT 'analyst', id::text, name FROM contacts_user
        WHERE id = ANY(%(analyst)s::bigint[])
    UNION ALL SELECT 'offering', key, name FROM contacts_offering
        WHERE key = ANY(%(offering)s::text[])
    UNION ALL SELECT 'policy', v.id::text, p.name || ', version ' || v.number
        FROM sla_policyversion v
        JOIN sla_policy p ON p.id = v.policy_id WHERE v.id = ANY(%(policy)s::bigint[])
"""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def names(wanted: Iterable[tuple[Dimension, str]]) -> dict[tuple[Dimension, str], str]:
    """The names of dimension values.

    One statement, or none where the key is its own name.
    """
    keys: dict[str, list[Any]] = {
        name: [] for name in ("organisation", "site", "team", "analyst", "offering", "policy")
    }
    labels: dict[tuple[Dimension, str], str] = {}
    for dimension, key in wanted:
        labels[dimension, key] = key
        if dimension == Dimension.HOUR:
            labels[dimension, key] = f"{WEEKDAYS[int(key) // 24]} {int(key) % 24:02d}:00"
        elif dimension in keys:
            keys[dimension].append(key if dimension == Dimension.OFFERING else int(key))
    if any(keys.values()):
        with connection.cursor() as cursor:
            cursor.execute(NAMES, keys)
            labels |= {
                (Dimension(dimension), key): name for dimension, key, name in cursor.fetchall()
            }
    return labels
