"""Queries of figures: sums of a period, a trend, and a breakdown, at any volume.

A query with at most one dimension reads the sums by day and month. Other queries add up the facts.
Events since the last run are added from the event log, so a page is current.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db import models
from django.db.models import Case, Count, DateField, F, Q, QuerySet, Value, When, Window

from insight import facts, histogram
from insight.dimensions import HOURS_OF_A_WEEK, fact_key, facts_with
from insight.expressions import (
    DurationsOfFacts,
    HistogramSum,
    NoHistogram,
    SumOfGroups,
    WidthBucket,
)
from insight.facts import FigureRow
from insight.figure_sums import FigureSum, Sum
from insight.models import Dimension, Fact, Figure, Grain, Watermark
from insight.periods import Period, PeriodSum

MOST_ROWS = 50
TOGETHER = 0  # the severity of sums over all severities
END_OF_TIME = datetime(2300, 1, 1, tzinfo=UTC)
# The columns of a sum: the arguments of `_sum`.
COLUMNS = ("count", "total_seconds", "added", "removed")
SUMS_OF_FIGURES: Mapping[str, Any] = {
    "count": models.Sum("n"),
    "total_seconds": models.Sum("total"),
    "added": HistogramSum("spread"),
    "removed": NoHistogram(),
}
# Where a month counts as a whole, less the days that are not of the period.
SIGNED_SUMS_OF_FIGURES: Mapping[str, Any] = {
    "count": models.Sum(F("n") * F("sign")),
    "total_seconds": models.Sum(F("total") * F("sign")),
    "added": HistogramSum("spread", filter=Q(sign=1)),
    "removed": HistogramSum("spread", filter=Q(sign=-1)),
}
SUMS_OF_FACTS: Mapping[str, Any] = {
    "count": Count("pk"),
    "total_seconds": models.Sum("seconds"),
    "added": DurationsOfFacts(),
    "removed": NoHistogram(),
}
UNTIMED: Mapping[str, Any] = {"added": NoHistogram(), "removed": NoHistogram()}


@dataclass(frozen=True)
class FigureQuery:
    """The facts of a query: a period, dimension values, a severity, replayed histories or not.

    `from_facts` reads the facts themselves: a tenant's scope cannot read Care's sums, and durations
    of facts are exact. `case_keys` are the only cases that count.
    """

    period: Period
    where: tuple[tuple[Dimension, str], ...] = ()
    severity: int | None = None
    history: bool = False
    from_facts: bool = False
    case_keys: frozenset[int] | None = None

    def reads_facts(self, by: Dimension = Dimension.ALL) -> bool:
        """Whether its sums, or a breakdown of it, are added up from facts, so that durations are
        exact. Stored sums answer at most one dimension.
        """
        if self.from_facts or self.case_keys is not None:
            return True
        return len(self.where) + (by != Dimension.ALL) > 1

    def fits(self, row: FigureRow) -> bool:
        """Whether a fact matches, apart from its day."""
        return (
            (self.history or not row.is_historical)
            and self.severity in (None, row.severity)
            and (self.case_keys is None or row.case_key in self.case_keys)
            and all(row.key(dimension) == key for dimension, key in self.where)
        )

    @property
    def condition(self) -> Q:
        """The severity, the histories and the cases, of facts and of their sums."""
        condition = Q() if self.history else Q(is_historical=False)
        if self.case_keys is not None:
            condition &= Q(case_key__in=self.case_keys)
        return condition if self.severity is None else condition & Q(severity=self.severity)


@dataclass(frozen=True)
class Now:
    """Until when facts are counted, and the facts since. `until` is None before the first run."""

    until: datetime | None
    rows: list[FigureRow]

    def fitting(self, question: FigureQuery) -> Iterator[FigureRow]:
        """The facts of a query that are not counted yet."""
        period = question.period
        for row in self.rows:
            if question.fits(row) and period.first <= row.day <= period.last:
                yield row


@dataclass(frozen=True)
class BreakdownPart:
    """A breakdown: dimension, fact kinds and kind of target, with or without durations. A kind of
    None is any. At most so many values, the largest.

    Its sums hold all selected severities together, under `TOGETHER`.
    """

    by: Dimension
    whats: tuple[str, ...]
    kind: str | None
    is_timed: bool = True
    most: int = MOST_ROWS

    def fits(self, row: FigureRow) -> bool:
        of_kind = self.kind in (None, row.kind)
        return of_kind and row.what in self.whats and bool(row.key(self.by))

    def filtered(self, source: "_Source") -> "_Source":
        """The rows of it alone."""
        conditions = {} if self.kind is None else {"kind": self.kind}
        source = source.filter(what__in=self.whats, **conditions)
        return source if self.is_timed else replace(source, sums={**source.sums, **UNTIMED})


@dataclass(frozen=True)
class _Source:
    """Rows to add up, and the aggregates that do it: stored sums, or facts."""

    rows: QuerySet[Any]
    sums: Mapping[str, Any]

    def filter(self, **conditions: Any) -> "_Source":
        return replace(self, rows=self.rows.filter(**conditions))

    def grouped(self, *fields: str, **expressions: Any) -> QuerySet[Any]:
        """A tuple for each group with an occurrence: its values, and the columns of its sum."""
        groups = self.rows.values(*fields, **expressions).annotate(**self.sums).filter(count__gt=0)
        return groups.values_list(*fields, *expressions, *COLUMNS)


def now() -> Now:
    """The facts that the last run did not count: minutes, unless beat is down.

    Two statements.
    """
    settled = Watermark.objects.first()
    if settled is None:
        return Now(None, [])
    return Now(settled.until, facts.between(settled.until, END_OF_TIME))


def trend(question: FigureQuery, live: Now) -> tuple[list[FigureSum], FigureSum]:
    """A sum for each step of the period, and one for the period before. One statement."""
    period, before = question.period, question.period.before
    starts = [step.first for step in period.steps]
    sums = [FigureSum() for _ in (before, *starts)]
    by_month = period.step == "month"
    # A month's first day may lie before the first step, which it belongs to.
    step = WidthBucket("day", starts[1:], DateField()) + 1
    columns = ("kind", "what", "severity")
    is_exact = question.reads_facts()
    rows = (
        _source(question, before, by_month=by_month)
        .grouped(*columns, step=Value(0))
        .union(_source(question, period, by_month=by_month).grouped(*columns, step=step), all=True)
    )
    for kind, what, severity, index, *columns_of_sum in rows:
        sums[index].add((kind, what, severity), _sum(*columns_of_sum, is_exact=is_exact))
    for row in live.fitting(replace(question, period=Period("custom", before.first, period.last))):
        index = bisect_right(starts, row.day)
        sums[index].add((row.kind, row.what, row.severity), _one(row))
    return sums[1:], sums[0]


def trends(question: FigureQuery, part: BreakdownPart, live: Now) -> dict[str, list[FigureSum]]:
    """For each value of a dimension a sum for each step of the period. One statement."""
    period = question.period
    starts = [step.first for step in period.steps]
    source = _source(question, period, part.by, by_month=period.step == "month")
    source = part.filtered(source)
    step = WidthBucket("day", starts[1:], DateField())
    is_exact = question.reads_facts(part.by)
    sums: dict[str, list[FigureSum]] = defaultdict(lambda: [FigureSum() for _ in starts])
    for key, what, index, *columns_of_sum in source.grouped("key", "what", step=step):
        one = _sum(*columns_of_sum, is_exact=is_exact)
        sums[key][index].add((part.kind or "", what, TOGETHER), one)
    for row in live.fitting(question):
        if part.fits(row):
            index = bisect_right(starts, row.day) - 1
            sums[row.key(part.by)][index].add((row.kind, row.what, TOGETHER), _one(row))
    return sums


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
    first, *others = [_breakdown_rows(question, index, part) for index, part in enumerate(parts)]
    for key, what, index, *columns_of_sum, _size in first.union(*others, all=True):
        one = _sum(*columns_of_sum, is_exact=question.reads_facts(parts[index].by))
        results[index][key].add((parts[index].kind or "", what, TOGETHER), one)
    for row in live.fitting(question):
        for part, sums in zip(parts, results, strict=True):
            if part.fits(row):
                sums[row.key(part.by)].add((row.kind, row.what, TOGETHER), _one(row))
    return results


def _breakdown_rows(question: FigureQuery, index: int, part: BreakdownPart) -> QuerySet[Any]:
    """The groups of a breakdown, the largest values first."""
    source = _source(question, question.period, part.by, by_month=True)
    source = part.filtered(source)
    most = HOURS_OF_A_WEEK if part.by == Dimension.HOUR else part.most
    fields = ("key", "what", "index", *COLUMNS)
    return (
        source.grouped("key", "what", index=Value(index))
        .annotate(size=Window(SumOfGroups("count"), partition_by="key"))
        .values_list(*fields, "size")
        .order_by("-size", "key")[: most * len(part.whats)]
    )


def whole(question: FigureQuery, live: Now, whats: Sequence[str]) -> FigureSum:
    """One sum of these fact kinds over a whole period of any length. One statement."""
    source = _source(question, question.period, by_month=True).filter(what__in=whats)
    total = FigureSum()
    for kind, what, severity, *columns_of_sum in source.grouped("kind", "what", "severity"):
        one = _sum(*columns_of_sum, is_exact=question.reads_facts())
        total.add((kind, what, severity), one)
    for row in live.fitting(question):
        if row.what in whats:
            total.add((row.kind, row.what, row.severity), _one(row))
    return total


def count(question: FigureQuery, whats: Sequence[str], kinds: Sequence[str] | None) -> int:
    """The number of counted facts of these kinds in a period. One statement."""
    source = _source(question, question.period, by_month=True)
    rows = source.rows.filter(what__in=whats)
    if kinds is not None:
        rows = rows.filter(kind__in=kinds)
    return rows.aggregate(count=source.sums["count"])["count"] or 0


def daily(question: FigureQuery, what: str, live: Now) -> dict[date, int]:
    """The number of occurrences for each day of a period with at least one. One statement."""
    source = _source(question, question.period)
    groups = source.rows.filter(what=what).values("day").annotate(count=source.sums["count"])
    counts = Counter(dict(groups.values_list("day", "count")))
    counts.update(row.day for row in live.fitting(question) if row.what == what)
    return counts


def facts_of(question: FigureQuery, period: Period) -> QuerySet[Fact]:
    """The counted facts of a query in a period."""
    values = [facts_with(dimension, key) for dimension, key in question.where]
    days = Q(day__gte=period.first, day__lt=period.end)
    return Fact.objects.filter(days, question.condition, *values)


def _sum(
    count: int,
    total_seconds: int | None,
    added: histogram.Pairs | None,
    removed: histogram.Pairs | None,
    *,
    is_exact: bool,
) -> Sum:
    """A sum from the columns of a group: its pairs hold seconds if `is_exact`, else buckets."""
    counts = histogram.read(added, removed)
    durations = counts if is_exact else histogram.durations_of(counts)
    return Sum(count, total_seconds or 0, durations)


def _one(row: FigureRow) -> Sum:
    return Sum(1, row.seconds or 0, Counter() if row.seconds is None else Counter({row.seconds: 1}))


def _source(
    question: FigureQuery, period: Period, by: Dimension = Dimension.ALL, *, by_month: bool = False
) -> _Source:
    """The sums of a period if they answer the query, otherwise its facts.

    `by_month` reads sums by month where the period has them; their day is the first of the month.
    """
    if question.reads_facts(by):
        rows = facts_of(question, period).annotate(key=fact_key(by))
        return _Source(rows.filter(key__isnull=False), SUMS_OF_FACTS)
    period_sums = period.sums if by_month else [PeriodSum(Grain.DAY, period.first, period.end)]
    return _figures(question, by, period_sums)


def _figures(question: FigureQuery, by: Dimension, period_sums: Sequence[PeriodSum]) -> _Source:
    """The stored sums of a period, with a sign if some are subtracted."""
    of_dimension = Q(dimension=by)
    if by == Dimension.ALL:
        dimension, key = question.where[0] if question.where else (Dimension.ALL, "")
        of_dimension = Q(dimension=dimension, key=key)
    in_period = reduce(or_, (_rows_of(period_sum) for period_sum in period_sums))
    rows = Figure.objects.filter(of_dimension, question.condition, in_period)
    removed = [_rows_of(period_sum) for period_sum in period_sums if period_sum.sign < 0]
    if not removed:
        return _Source(rows, SUMS_OF_FIGURES)
    sign = Case(When(reduce(or_, removed), then=-1), default=1)
    return _Source(rows.annotate(sign=sign), SIGNED_SUMS_OF_FIGURES)


def _rows_of(period_sum: PeriodSum) -> Q:
    return Q(grain=period_sum.grain, day__gte=period_sum.first, day__lt=period_sum.end)
