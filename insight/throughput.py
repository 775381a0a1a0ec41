"""Throughput: opened, closed and open cases; rates of reopening, contesting and escalating; a
forecast.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.cache import caches
from django.db.models import Count, DurationField, ExpressionWrapper, F
from django.db.models import Value as SqlValue

from cases.choices import ClosingReason, Severity
from core.percentages import percent
from insight import dimensions, findings, plots, queries
from insight.dimensions import WEEKDAYS
from insight.expressions import WidthBucket
from insight.figure_sums import FigureSum
from insight.filters import FigureFilters
from insight.models import Dimension, FigureKind
from insight.periods import DAY, Period
from insight.plots import BarPlot, LinePlot, Value
from insight.queries import BreakdownPart, FigureQuery, Now
from sla.models import QueueEntry
from sla.queue import AGES

DAWN = date(1990, 1, 1)
WEEKS = 12
AGES_CACHE_SECONDS = 60


@dataclass(frozen=True)
class Rate:
    """A number of occurrences relative to a base, now and in the period before, with the URL of its
    cases.
    """

    label: str
    n: int
    base: int
    base_label: str
    before: int
    before_base: int
    address: str
    means: str

    @property
    def share(self) -> float | None:
        return percent(self.n, self.base)

    @property
    def share_before(self) -> float | None:
        return percent(self.before, self.before_base)


@dataclass(frozen=True)
class Point:
    """A step of the trend: opened, closed, open at its end, and the URLs of the cases."""

    label: str
    opened: int
    closed: int
    reopened: int
    left: int
    opened_at: str
    closed_at: str
    reopened_at: str

    @property
    def came(self) -> int:
        """Opened and reopened."""
        return self.opened + self.reopened


@dataclass(frozen=True)
class ArrivalCell:
    """An hour of the customer's week: the number of opened cases, its shade from 1 to 5, and the
    URL of the cases.
    """

    count: int
    shade: int
    title: str
    address: str


@dataclass(frozen=True)
class Arrivals:
    """When cases come in, by weekday and hour of the customer. Without cases it has no rows."""

    finding: str
    rows: list[tuple[str, list[ArrivalCell | None]]]


@dataclass(frozen=True)
class Forecast:
    """The forecast of one weekday of next week: the median of the same weekdays, and the range."""

    day: date
    usual: int
    least: int
    most: int


@dataclass(frozen=True)
class Satisfaction:
    """Ratings of closed cases: their number, the mean score of 5, and the share of 4 and 5."""

    n: int
    mean: float | None
    good: float | None


def shown(filters: FigureFilters, now: datetime) -> dict[str, Any]:
    """The context of the page, in eight statements at any volume."""
    live = queries.now()
    steps, before = queries.trend(filters.question, live)
    whole = FigureSum()
    for step in steps:
        whole = whole + step
    names = dimensions.names(filters.where)
    points = _points(filters, steps, _left_before(filters.question, live))
    opened, closed = (sum(getattr(point, name) for point in points) for name in ("came", "closed"))
    return {
        "filters": filters,
        "until": live.until,
        "points": points,
        "finding": findings.of_flow(opened, closed),
        "plot": _plot(points),
        "open_plot": _open_plot(points),
        "hours": arrivals(filters, live),
        "rates": _rates(filters, whole, before),
        "satisfaction": (satisfaction(whole), satisfaction(before)),
        "ages": ages(now) if not filters.where else None,
        "forecast": forecast(filters, live, now.date()),
        "chips": [
            (dimension.label, names[dimension, key], filters.query(**{str(dimension): ""}))
            for dimension, key in filters.where
        ],
    }


def _points(filters: FigureFilters, steps: Sequence[FigureSum], left: int) -> list[Point]:
    points = []
    for period, step in zip(filters.period.steps, steps, strict=True):
        opened, closed, reopened = (
            step.n(what) for what in (FigureKind.OPENED, FigureKind.CLOSED, FigureKind.REOPENED)
        )
        left += opened + reopened - closed
        at = [
            filters.behind([what], "", period)
            for what in (FigureKind.OPENED, FigureKind.CLOSED, FigureKind.REOPENED)
        ]
        points.append(Point(period.label, opened, closed, reopened, left, *at))
    return points


def _plot(points: Sequence[Point]) -> BarPlot:
    """Cases that came in beside closed ones."""
    steps = [
        [
            (
                "opened",
                Value(point.opened, f"{point.label}: {point.opened:,} opened", point.opened_at),
            ),
            (
                "closed",
                Value(point.closed, f"{point.label}: {point.closed:,} closed", point.closed_at),
            ),
        ]
        for point in points
    ]
    most = max((max(point.opened, point.closed) for point in points), default=0)
    return plots.bars_over_time(steps, [point.label for point in points], most=most)


def _open_plot(points: Sequence[Point]) -> LinePlot:
    """The number of open cases at the end of each step."""
    values = [Value(point.left, f"{point.label}: {point.left:,} open") for point in points]
    return plots.counts_over_time(values)


def arrivals(filters: FigureFilters, live: Now) -> Arrivals:
    """Opened cases by hour of the customer's week. One statement."""
    part = BreakdownPart(Dimension.HOUR, (FigureKind.OPENED,), "", is_timed=False)
    (sums,) = queries.breakdowns(filters.question, (part,), live)
    counts = {int(key): tally.n(FigureKind.OPENED) for key, tally in sums.items()}
    most = max(counts.values(), default=0)
    if not most:
        return Arrivals(findings.of_hours({}), [])
    rows = [
        (name, [_arrival(filters, counts, day * 24 + hour, most) for hour in range(24)])
        for day, name in enumerate(WEEKDAYS)
    ]
    return Arrivals(findings.of_hours(counts), rows)


def _arrival(
    filters: FigureFilters, counts: dict[int, int], hour: int, most: int
) -> ArrivalCell | None:
    if not (count := counts.get(hour, 0)):
        return None
    title = f"{WEEKDAYS[hour // 24]} {hour % 24:02d}:00: {count:,} opened"
    address = filters.behind([FigureKind.OPENED], "", hour=hour)
    return ArrivalCell(count, -(-5 * count // most), title, address)


def _left_before(question: FigureQuery, live: Now) -> int:
    """The number of open cases at the begin of the period: all that ever opened minus closed."""
    earlier = Period("custom", DAWN, question.period.first - DAY)
    past = FigureQuery(
        earlier, question.where, question.severity, question.history, question.from_facts
    )
    tally = queries.whole(past, live, (FigureKind.OPENED, FigureKind.CLOSED, FigureKind.REOPENED))
    return tally.n(FigureKind.OPENED, FigureKind.REOPENED) - tally.n(FigureKind.CLOSED)


def _rates(filters: FigureFilters, now: FigureSum, before: FigureSum) -> list[Rate]:
    def rate(
        label: str,
        what: FigureKind,
        base: FigureKind,
        base_label: str,
        means: str,
        kind: str = "",
        base_kind: str | None = None,
    ) -> Rate:
        chosen = kind or None
        return Rate(
            label,
            now.n(what, kind=chosen),
            now.n(base, kind=base_kind),
            base_label,
            before.n(what, kind=chosen),
            before.n(base, kind=base_kind),
            filters.behind([what], kind),
            means,
        )

    return [
        rate(
            "Reopened",
            FigureKind.REOPENED,
            FigureKind.CLOSED,
            "closed",
            "Closed cases that came back in their window (§13).",
        ),
        rate(
            "Issue reported with a resolution",
            FigureKind.ISSUE_REPORTED,
            FigureKind.PROPOSED,
            "proposed",
            "The contact said that the proposed resolution does not help (§13).",
        ),
        rate(
            "Severity contested",
            FigureKind.CONTESTED,
            FigureKind.OPENED,
            "opened",
            "The contact objected to Care's severity (§7).",
        ),
        rate(
            "Severity changed",
            FigureKind.SEVERITY_SET,
            FigureKind.OPENED,
            "opened",
            "Care set another severity (§7).",
        ),
        rate(
            "Escalated for investigation",
            FigureKind.ESCALATED,
            FigureKind.OPENED,
            "opened",
            "Given to an investigation team (§10).",
        ),
        rate(
            "Escalation asked for",
            FigureKind.ESCALATION_ASKED,
            FigureKind.OPENED,
            "opened",
            "By the customer (§10).",
        ),
        rate(
            "Answer ruled inadequate",
            FigureKind.INADEQUATE,
            FigureKind.OPENED,
            "opened",
            "Care ruled that an answer did not answer (§13).",
        ),
        rate(
            "Closed unanswered",
            FigureKind.CLOSED,
            FigureKind.CLOSED,
            "closed",
            "By the response policy, after its notice (§13).",
            str(ClosingReason.UNANSWERED),
        ),
        rate(
            "Closed unopposed",
            FigureKind.CLOSED,
            FigureKind.CLOSED,
            "closed",
            "No issue was reported within three business days (§13).",
            str(ClosingReason.UNOPPOSED),
        ),
        rate(
            "Duplicates",
            FigureKind.CLOSED,
            FigureKind.CLOSED,
            "closed",
            "Closed as a duplicate of another case.",
            str(ClosingReason.DUPLICATE),
        ),
    ]


GOOD = 4


def satisfaction(tally: FigureSum) -> Satisfaction:
    """Scores from 1 to 5: number, mean, and the good share in per cent."""
    rated = tally.sum(FigureKind.RATED)
    good = sum(
        one.n
        for (kind, what, _), one in tally.sums.items()
        if what == FigureKind.RATED and int(kind or 0) >= GOOD
    )
    return Satisfaction(
        rated.n,
        round(rated.total / rated.n, 2) if rated.n else None,
        percent(good, rated.n),
    )


def ages(now: datetime) -> list[tuple[Severity, list[int]]]:
    """The ages of open cases by severity. Cached for a minute, because it reads every open case."""
    rows: list[tuple[Severity, list[int]]] | None = caches["process"].get("insight.ages")
    if rows is None:
        age = ExpressionWrapper(SqlValue(now) - F("opened_at"), output_field=DurationField())
        edges = [timedelta(days=end) for _label, _first, end in AGES.values() if end is not None]
        band_of_case = WidthBucket(age, edges, DurationField())
        counted = (
            QueueEntry.objects.filter(is_historical=False)
            .values_list("severity", band_of_case)
            .annotate(count=Count("pk"))
        )
        counts = {(severity, band): count for severity, band, count in counted}
        rows = [
            (severity, [counts.get((severity, band), 0) for band in range(len(AGES))])
            for severity in Severity
        ]
        caches["process"].set("insight.ages", rows, AGES_CACHE_SECONDS)
    return rows


def forecast(filters: FigureFilters, live: Now, today: date) -> list[Forecast]:
    """The forecast of next week by weekday: median of the last twelve, second lowest and second
    highest.

    There is no trend, and holidays are ordinary days. Empty before four weeks are known.
    """
    monday = today - today.weekday() * DAY
    period = Period("custom", monday - WEEKS * 7 * DAY, monday - DAY)
    counts = queries.daily(
        FigureQuery(period, filters.where, filters.severity, filters.history),
        FigureKind.OPENED,
        live,
    )
    first = min(counts, default=None)
    if first is None or first > monday - 28 * DAY:
        return []
    coming = []
    for weekday in range(7):
        days = (monday - (week * 7 - weekday) * DAY for week in range(1, WEEKS + 1))
        same = sorted(counts.get(day, 0) for day in days if day >= first)
        edge = 1 if len(same) >= 8 else 0
        coming.append(
            Forecast(
                monday + (7 + weekday) * DAY,
                same[len(same) // 2],
                same[edge],
                same[len(same) - 1 - edge],
            )
        )
    return coming
