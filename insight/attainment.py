"""SLA attainment: by kind and severity, as a trend, broken down, and by hour of the customer's
week.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from cases.choices import Severity
from core.percentages import percent
from insight import dimensions, queries
from insight.dimensions import WEEKDAYS
from insight.facts import PROMISES
from insight.figure_sums import Attainment, FigureSum
from insight.filters import LABELS, MET_OR_MISSED, FigureFilters
from insight.models import Dimension, FigureKind
from insight.queries import BreakdownPart
from sla.models.clock import ClockKindChoices

OF_PROMISES = (FigureKind.MET, FigureKind.MISSED, FigureKind.LATE, FigureKind.MEASURED)


@dataclass(frozen=True)
class AttainmentLine:
    """A row of the table: its figures, those of the period before, and the URLs of its cases."""

    label: str
    severity: int | None
    figures: Attainment
    before: Attainment
    met: str
    missed: str
    all: str
    filter_query: str = ""

    @property
    def change(self) -> float | None:
        """The difference to the period before, in percentage points."""
        if self.figures.share is None or self.before.share is None:
            return None
        return round(self.figures.share - self.before.share, 1)


@dataclass(frozen=True)
class AttainmentGroup:
    """A kind of target: all severities together, then each one with figures."""

    kind: str
    label: str
    total: AttainmentLine
    lines: list[AttainmentLine]
    is_measured: bool


@dataclass(frozen=True)
class AttainmentCell:
    """An hour of the customer's week in which cases were opened: the attainment of first responses
    in per cent, as text, and the URL of the cases.

    `shade` goes from 0 (all missed) to 5 (all met).
    """

    share: str
    shade: str
    title: str
    address: str


def shown(filters: FigureFilters) -> dict[str, Any]:
    """The context of the page, in five statements at any volume."""
    live, question = queries.now(), filters.timed_question
    steps, before = queries.trend(question, live)
    whole = FigureSum()
    for step in steps:
        whole = whole + step
    wanted = (
        BreakdownPart(filters.by, OF_PROMISES, filters.promise),
        BreakdownPart(
            Dimension.HOUR, MET_OR_MISSED, str(ClockKindChoices.RESPONSE), is_timed=False
        ),
    )
    rows, hours = queries.breakdowns(question, wanted, live)
    names = dimensions.names([*((filters.by, key) for key in rows), *filters.where])
    return {
        "filters": filters,
        "until": live.until,
        "groups": [_group(filters, kind, whole, before) for kind in PROMISES],
        "points": _points(filters, steps),
        "rows": _rows(filters, rows, names),
        "most": queries.MOST_ROWS,
        "week": _week(filters, hours),
        "chips": [
            (dimension.label, names[dimension, key], filters.query(**{str(dimension): ""}))
            for dimension, key in filters.where
        ],
        "promise_label": LABELS[ClockKindChoices(filters.promise)],
        "is_exact": question.reads_facts(),
        "is_breakdown_exact": question.reads_facts(filters.by),
    }


def _line(
    filters: FigureFilters,
    label: str,
    kind: str,
    severity: int | None,
    now: FigureSum,
    before: FigureSum,
    **more: str,
) -> AttainmentLine:
    given: dict[str, Any] = {**more, **({"severity": severity} if severity else {})}
    return AttainmentLine(
        label,
        severity,
        Attainment.from_sums(now, kind, severity),
        Attainment.from_sums(before, kind, severity),
        filters.behind([FigureKind.MET], kind, **given),
        filters.behind([FigureKind.MISSED], kind, **given),
        filters.behind(
            OF_PROMISES[::3] if kind == ClockKindChoices.RESOLVE else MET_OR_MISSED, kind, **given
        ),
    )


def _group(
    filters: FigureFilters, kind: ClockKindChoices, now: FigureSum, before: FigureSum
) -> AttainmentGroup:
    lines = [
        _line(filters, str(severity.label), str(kind), severity, now, before)
        for severity in Severity
        if _has(now, kind, severity) or _has(before, kind, severity)
    ]
    total = _line(filters, LABELS[kind], str(kind), None, now, before)
    return AttainmentGroup(
        str(kind),
        LABELS[kind],
        total,
        lines if len(lines) > 1 else [],
        kind == ClockKindChoices.RESOLVE,
    )


def _has(tally: FigureSum, kind: ClockKindChoices, severity: int) -> bool:
    return bool(tally.n(*OF_PROMISES, kind=str(kind), severity=severity))


def _points(
    filters: FigureFilters, steps: list[FigureSum]
) -> list[tuple[str, Attainment, str, str]]:
    """The trend of one target: label of the step, its figures, the URLs of its misses and of all
    its cases.
    """
    return [
        (
            period.label,
            Attainment.from_sums(step, filters.promise),
            filters.behind([FigureKind.MISSED], filters.promise, period),
            filters.behind(MET_OR_MISSED, filters.promise, period),
        )
        for period, step in zip(filters.period.steps, steps, strict=True)
    ]


def _rows(
    filters: FigureFilters, sums: dict[str, FigureSum], names: Mapping[tuple[Dimension, str], str]
) -> list[AttainmentLine]:
    """The breakdown, the most misses first."""
    lines, dimension = [], str(filters.by)
    wider = filters.query(**{dimension: ""})
    for key, tally in sums.items():
        line = _line(
            filters,
            names[filters.by, key],
            filters.promise,
            None,
            tally,
            FigureSum(),
            **{dimension: key},
        )
        lines.append(replace(line, filter_query=f"{wider}&{urlencode({dimension: key})}"))
    return sorted(lines, key=lambda line: (-line.figures.missed, -line.figures.all, line.label))[
        : queries.MOST_ROWS
    ]


def _week(
    filters: FigureFilters, sums: dict[str, FigureSum]
) -> list[tuple[str, list[AttainmentCell | None]]]:
    """First responses by weekday and hour in the customer's zone. Empty if there are none."""
    if not sums:
        return []
    week = []
    for day, name in enumerate(WEEKDAYS):
        cells = [
            _cell(filters, f"{name} {hour:02d}:00", sums.get(str(day * 24 + hour)), day * 24 + hour)
            for hour in range(24)
        ]
        week.append((name, cells))
    return week


def _cell(
    filters: FigureFilters, label: str, tally: FigureSum | None, hour: int
) -> AttainmentCell | None:
    """None if no case was opened. The share has no decimal, because the cell is small."""
    met, missed = (tally.n(FigureKind.MET), tally.n(FigureKind.MISSED)) if tally else (0, 0)
    share = percent(met, met + missed, places=0)
    if share is None:
        return None
    title = f"{label}: {met:,} of {met + missed:,} met"
    return AttainmentCell(
        f"{share:.0f}",
        f"{share // 20:.0f}",
        title,
        filters.behind(MET_OR_MISSED, str(ClockKindChoices.RESPONSE), hour=hour),
    )
