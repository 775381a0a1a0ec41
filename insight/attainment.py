"""SLA attainment: by kind and severity, as a trend, broken down, and by hour of the customer's
week.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from cases.choices import Severity
from core.percentages import percent
from insight import dimensions, findings, plots, queries
from insight.dimensions import WEEKDAYS
from insight.facts import PROMISES
from insight.figure_sums import Attainment, FigureSum
from insight.filters import LABELS, MET_OR_MISSED, FigureFilters
from insight.models import Dimension, FigureKind
from insight.periods import Period
from insight.plots import LinePlot, Value
from insight.queries import BreakdownPart
from sla.models.clock import ClockKindChoices

MOST_TEAMS = 12
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
class TeamFigures:
    """A team: its figures of the period and of each step, and the URLs of its cases."""

    name: str
    share: float | None
    figures: Attainment
    missed: str
    all: str
    steps: list[tuple[Period, Attainment, str]]


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
    """The context of the page, in six statements at any volume."""
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
    teams = queries.trends(question, _team_part(filters), live)
    names = dimensions.names(
        [
            *((filters.by, key) for key in rows),
            *((Dimension.TEAM, key) for key in teams),
            *filters.where,
        ]
    )
    points, target = _points(filters, steps), float(settings.ATTAINMENT_TARGET_PERCENT)
    team_figures = _teams(filters, teams, names)
    floor = plots.floor_of(_shares(points, team_figures), target)
    label = LABELS[ClockKindChoices(filters.promise)]
    share = Attainment.from_sums(whole, filters.promise).share
    share_before = Attainment.from_sums(before, filters.promise).share
    return {
        "filters": filters,
        "until": live.until,
        "target": target,
        "finding": findings.of_attainment(label, share, share_before, filters.period.before.label),
        "target_finding": findings.of_target(share, target),
        "plot": _plot(points, floor, target),
        "teams": [_team_plot(team, floor, target) for team in team_figures],
        "teams_finding": findings.of_teams(
            {team.name: team.share for team in team_figures}, target
        ),
        "groups": [_group(filters, kind, whole, before) for kind in PROMISES],
        "points": points,
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
) -> list[tuple[str, Attainment, str, str, str]]:
    """The trend of one target: label of the step, its figures, the URLs of its met and missed
    targets and of all of them.
    """
    return [
        (
            period.label,
            Attainment.from_sums(step, filters.promise),
            filters.behind([FigureKind.MET], filters.promise, period),
            filters.behind([FigureKind.MISSED], filters.promise, period),
            filters.behind(MET_OR_MISSED, filters.promise, period),
        )
        for period, step in zip(filters.period.steps, steps, strict=True)
    ]


def _plot(
    points: Sequence[tuple[str, Attainment, str, str, str]], floor: int, target: float
) -> LinePlot:
    values = [
        Value(figures.share, _met_of(label, figures), address)
        for label, figures, _met, _missed, address in points
    ]
    return plots.shares_over_time(
        values, [label for label, *_ in points], floor=floor, target=target
    )


def _met_of(label: str, figures: Attainment) -> str:
    """“Nov 2026: 6 of 7 met”."""
    return f"{label}: {figures.met:,} of {figures.all:,} met"


def _team_part(filters: FigureFilters) -> BreakdownPart:
    return BreakdownPart(Dimension.TEAM, MET_OR_MISSED, filters.promise, is_timed=False)


def _teams(
    filters: FigureFilters,
    teams: Mapping[str, list[FigureSum]],
    names: Mapping[tuple[Dimension, str], str],
) -> list[TeamFigures]:
    """The teams with the most targets, in the order of their names. What nobody's team missed is in
    the breakdown alone.
    """
    figures = []
    for key, sums in teams.items():
        if key == dimensions.NO_VALUE:
            continue
        whole = FigureSum()
        for step in sums:
            whole = whole + step
        own = Attainment.from_sums(whole)
        missed, all_cases = (
            filters.behind(whats, filters.promise, team=key)
            for whats in ([FigureKind.MISSED], MET_OR_MISSED)
        )
        steps = [
            (
                period,
                Attainment.from_sums(step),
                filters.behind(MET_OR_MISSED, filters.promise, period, team=key),
            )
            for period, step in zip(filters.period.steps, sums, strict=True)
        ]
        name = names[Dimension.TEAM, key]
        figures.append(TeamFigures(name, own.share, own, missed, all_cases, steps))
    largest = sorted(figures, key=lambda team: (-team.figures.all, team.name))[:MOST_TEAMS]
    return sorted(largest, key=lambda team: team.name)


def _shares(
    points: Sequence[tuple[str, Attainment, str, str, str]], teams: Sequence[TeamFigures]
) -> list[float | None]:
    """Every share that is drawn: all plots have one scale."""
    of_teams = [figures.share for team in teams for _period, figures, _address in team.steps]
    return [figures.share for _label, figures, *_addresses in points] + of_teams


def _team_plot(team: TeamFigures, floor: int, target: float) -> tuple[TeamFigures, LinePlot]:
    values = [
        Value(figures.share, f"{team.name}, {_met_of(period.label, figures)}", address)
        for period, figures, address in team.steps
    ]
    return team, plots.small_line(values, floor=floor, target=target)


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
