"""Which promises were kept: by kind and severity, as a trend, broken down, and by the hour of the
customer's week.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from cases.choices import Severity
from insight import queries
from insight.facts import PROMISES
from insight.filters import LABELS, MET_OR_MISSED, Asked
from insight.models import Dimension, What
from insight.queries import WEEKDAYS, Attained, Part, Tally
from sla.models.clock import Kind

OF_PROMISES = (What.MET, What.MISSED, What.LATE, What.MEASURED)


@dataclass(frozen=True)
class Line:
    """A line of the table: its figures, those of the period before, and where its cases are."""

    label: str
    severity: int | None
    figures: Attained
    before: Attained
    met: str
    missed: str
    all: str
    narrows: str = ""

    @property
    def change(self) -> float | None:
        """Points of per cent more, or less, than in the period before."""
        if self.figures.share is None or self.before.share is None:
            return None
        return round(self.figures.share - self.before.share, 1)


@dataclass(frozen=True)
class Group:
    """A kind of promise: all severities together, then each that has something."""

    kind: str
    label: str
    total: Line
    lines: list[Line]
    is_measured: bool


@dataclass(frozen=True)
class Cell:
    """An hour of the customer's week in which cases were filed: how many per cent of first answers
    came in time, the same in words, and where the cases are. `shade` goes from 0 (all missed) to 5
    (all met). All as it is written."""

    share: str
    shade: str
    title: str
    address: str


def shown(asked: Asked) -> dict[str, Any]:
    """Everything on the page. Five statements, whatever the volume."""
    live = queries.now()
    steps, before = queries.trend(asked.question, live)
    whole = Tally()
    for step in steps:
        whole = whole + step
    wanted = (
        Part(asked.by, OF_PROMISES, asked.promise),
        Part(Dimension.HOUR, MET_OR_MISSED, str(Kind.RESPONSE), is_timed=False),
    )
    rows, hours = queries.breakdowns(asked.question, wanted, live)
    names = queries.names([*((asked.by, key) for key in rows), *asked.where])
    return {
        "asked": asked,
        "until": live.until,
        "groups": [_group(asked, kind, whole, before) for kind in PROMISES],
        "points": _points(asked, steps),
        "rows": _rows(asked, rows, names),
        "most": queries.MOST_ROWS,
        "week": _week(asked, hours),
        "chips": [
            (dimension.label, names[dimension, key], asked.query(**{str(dimension): ""}))
            for dimension, key in asked.where
        ],
        "promise_label": LABELS[Kind(asked.promise)],
    }


def _line(
    asked: Asked,
    label: str,
    kind: str,
    severity: int | None,
    now: Tally,
    before: Tally,
    **more: str,
) -> Line:
    given: dict[str, Any] = {**more, **({"severity": severity} if severity else {})}
    return Line(
        label,
        severity,
        Attained.of(now, kind, severity),
        Attained.of(before, kind, severity),
        asked.behind([What.MET], kind, **given),
        asked.behind([What.MISSED], kind, **given),
        asked.behind(OF_PROMISES[::3] if kind == Kind.RESOLVE else MET_OR_MISSED, kind, **given),
    )


def _group(asked: Asked, kind: Kind, now: Tally, before: Tally) -> Group:
    lines = [
        _line(asked, str(severity.label), str(kind), severity, now, before)
        for severity in Severity
        if _has(now, kind, severity) or _has(before, kind, severity)
    ]
    total = _line(asked, LABELS[kind], str(kind), None, now, before)
    return Group(
        str(kind), LABELS[kind], total, lines if len(lines) > 1 else [], kind == Kind.RESOLVE
    )


def _has(tally: Tally, kind: Kind, severity: int) -> bool:
    return bool(tally.n(*OF_PROMISES, kind=str(kind), severity=severity))


def _points(asked: Asked, steps: list[Tally]) -> list[tuple[str, Attained, str, str]]:
    """The trend of one promise: label of the step, its figures, where its misses and all its cases
    are.
    """
    return [
        (
            period.label,
            Attained.of(step, asked.promise),
            asked.behind([What.MISSED], asked.promise, period),
            asked.behind(MET_OR_MISSED, asked.promise, period),
        )
        for period, step in zip(asked.period.steps, steps, strict=True)
    ]


def _rows(
    asked: Asked, found: dict[str, Tally], names: Mapping[tuple[Dimension, str], str]
) -> list[Line]:
    """The breakdown, the most misses first."""
    made, dimension = [], str(asked.by)
    wider = asked.query(**{dimension: ""})
    for key, tally in found.items():
        line = _line(
            asked, names[asked.by, key], asked.promise, None, tally, Tally(), **{dimension: key}
        )
        made.append(replace(line, narrows=f"{wider}&{urlencode({dimension: key})}"))
    return sorted(made, key=lambda line: (-line.figures.missed, -line.figures.all, line.label))[
        : queries.MOST_ROWS
    ]


def _week(asked: Asked, found: dict[str, Tally]) -> list[tuple[str, list[Cell | None]]]:
    """First answers by weekday and hour of the customer's own clock; nothing where none was
    given.
    """
    if not found:
        return []
    week = []
    for day, name in enumerate(WEEKDAYS):
        cells = [
            _cell(asked, f"{name} {hour:02d}:00", found.get(str(day * 24 + hour)), day * 24 + hour)
            for hour in range(24)
        ]
        week.append((name, cells))
    return week


def _cell(asked: Asked, label: str, tally: Tally | None, hour: int) -> Cell | None:
    """None where nothing was filed. A share is rounded down, so that 100 means all."""
    met, missed = (tally.n(What.MET), tally.n(What.MISSED)) if tally else (0, 0)
    if not met + missed:
        return None
    share = met * 100 // (met + missed)
    title = f"{label}: {met:,} of {met + missed:,} met"
    return Cell(
        str(share),
        str(share // 20),
        title,
        asked.behind(MET_OR_MISSED, str(Kind.RESPONSE), hour=hour),
    )
