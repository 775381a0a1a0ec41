"""The chart of a service report as geometry: bars of an SVG, which page and PDF draw alike.

Above are opened and closed cases by step, below the first responses and restorations that were met
and missed. The table beside it has the numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from insight.reports.steps import ReportStep

WIDTH, HEIGHT = 720, 240
LEFT, GAP = 40, 2
CASES_TOP, CASES_FOOT = 26, 106
TARGETS_TOP, TARGETS_FOOT = 142, 206
LEAST_HEIGHT = 2
LABELS = 3


@dataclass(frozen=True)
class Bar:
    """A bar, and what it counts: opened, closed, met or missed."""

    counts: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class ChartColumn:
    """A step with its bars. `label_x` is where its label stands, if it has one."""

    step: ReportStep
    bars: list[Bar]
    label_x: float | None


@dataclass(frozen=True)
class Chart:
    """Columns of both halves, and the largest numbers, which are the heights of the halves."""

    columns: list[ChartColumn]
    most_cases: int
    most_targets: int
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    cases_top: int = CASES_TOP
    cases_foot: int = CASES_FOOT
    targets_top: int = TARGETS_TOP
    targets_foot: int = TARGETS_FOOT

    @property
    def is_empty(self) -> bool:
        return not self.most_cases and not self.most_targets


def chart_of(steps: Sequence[ReportStep]) -> Chart:
    """The chart of a report's steps."""
    most_cases = max((max(step.opened, step.closed) for step in steps), default=0)
    most_targets = max((step.met + step.missed for step in steps), default=0)
    room = (WIDTH - LEFT) / max(len(steps), 1)
    every = max(-(-len(steps) // LABELS), 1)
    columns = []
    for number, step in enumerate(steps):
        x = LEFT + number * room
        bars = [*_cases(step, x, room, most_cases), *_targets(step, x, room, most_targets)]
        columns.append(ChartColumn(step, bars, round(x, 1) if number % every == 0 else None))
    return Chart(columns, most_cases, most_targets)


def _cases(step: ReportStep, x: float, room: float, most: int) -> list[Bar]:
    width = min((room - GAP) / 2, 24)
    pairs = (("opened", step.opened, x), ("closed", step.closed, x + width))
    return [
        _bar(counts, number, most, at, width, CASES_FOOT, CASES_FOOT - CASES_TOP)
        for counts, number, at in pairs
        if number
    ]


def _targets(step: ReportStep, x: float, room: float, most: int) -> list[Bar]:
    """Missed above met, in one bar."""
    width, bars, foot = min(room - GAP, 48), [], float(TARGETS_FOOT)
    for counts, number in (("met", step.met), ("missed", step.missed)):
        if number:
            bar = _bar(counts, number, most, x, width, foot, TARGETS_FOOT - TARGETS_TOP)
            bars.append(bar)
            foot = bar.y
    return bars


def _bar(
    counts: str, number: int, most: int, x: float, width: float, foot: float, reach: int
) -> Bar:
    height = max(round(number / most * reach, 1), LEAST_HEIGHT)
    return Bar(counts, round(x, 1), round(foot - height, 1), round(width, 1), height)
