"""Plots as geometry: the lines and bars of an SVG that the server draws, so that a plot prints and
needs no script. The table below each plot has the same numbers.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

# Room for “100 %” and half of “31 Dec 2026”, also in the larger letters of a phone.
LEFT, RIGHT, TOP, FOOT = 64, 52, 12, 24
WIDTH, HEIGHT = 1200, 220
SMALL_WIDTH, SMALL_HEIGHT, SMALL_MARGIN = 240, 72, 8
LABELS = 12
WIDEST_BAR = 26
LEAST_HEIGHT = 2
GRID_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True)
class Mark:
    """What a plot draws: a value, its place as text for SVG, what it says, and where its cases are.

    `kind` names its colour; a bar also has a size.
    """

    x: str
    y: str
    title: str
    address: str
    kind: str = ""
    width: str = ""
    height: str = ""


@dataclass(frozen=True)
class Label:
    """A text of an axis, and where it stands."""

    x: str
    y: str
    text: str


@dataclass(frozen=True)
class Value:
    """A value to draw, None where there is nothing; what it says, and the URL of its cases."""

    number: float | None
    title: str
    address: str = ""


@dataclass(frozen=True)
class LinePlot:
    """A line over time against a target. `paths` are its unbroken pieces; `gaps` lead over steps
    without a value.
    """

    width: int
    height: int
    left: int
    right: int
    paths: list[str]
    gaps: list[str]
    marks: list[Mark]
    grid: list[Label]
    labels: list[Label]
    target_y: str

    @property
    def is_empty(self) -> bool:
        return not self.marks


@dataclass(frozen=True)
class BarPlot:
    """Bars side by side or on top of one another, above a line of their own below them."""

    width: int
    height: int
    left: int
    right: int
    bars: list[Mark]
    grid: list[Label]
    labels: list[Label]
    counts: list[Label]


def floor_of(shares: Sequence[float | None], target: float) -> int:
    """Where a scale of per cent begins, so that every share and the target lie within it."""
    least = min([share for share in shares if share is not None] + [target])
    return max(min(int(least // 10 * 10), 90), 0)


def shares_over_time(
    values: Sequence[Value], labels: Sequence[str], *, floor: int, target: float
) -> LinePlot:
    """A large line of per cent with both axes."""
    place = _Scale(WIDTH, HEIGHT, LEFT, RIGHT, TOP, FOOT, len(values), floor, 100)
    step = 10 if 100 - floor <= 50 else 20
    grid = [
        Label(str(LEFT - 8), place.y(number), f"{number} %") for number in range(floor, 101, step)
    ]
    return _line(place, values, target, grid, _axis(place, labels, HEIGHT - 6))


def counts_over_time(values: Sequence[Value], height: int = 110) -> LinePlot:
    """A line of counts below bars: the same steps, and no labels of its own."""
    top, ticks = _ticks(max((value.number or 0 for value in values), default=0))
    place = _Scale(WIDTH, height, LEFT, RIGHT, TOP, TOP, len(values), 0, top, is_centred=True)
    grid = [Label(str(LEFT - 8), place.y(number), f"{number:,}") for number in (0, ticks[-1])]
    return _line(place, values, 0, grid, [])


def small_line(values: Sequence[Value], *, floor: int, target: float) -> LinePlot:
    """One of several small lines on one scale."""
    margin = SMALL_MARGIN
    place = _Scale(
        SMALL_WIDTH, SMALL_HEIGHT, margin, margin, margin, margin, len(values), floor, 100
    )
    return _line(place, values, target, [], [])


def bars_over_time(
    steps: Sequence[Sequence[tuple[str, Value]]], labels: Sequence[str], *, most: float
) -> BarPlot:
    """Groups of bars, one group for each step: (kind, value)."""
    top, ticks = _ticks(most)
    place = _Scale(WIDTH, HEIGHT, LEFT, RIGHT, TOP, FOOT, len(steps), 0, top, is_centred=True)
    bars = []
    for index, group in enumerate(steps):
        width = min(place.room * 0.8 / max(len(group), 1), WIDEST_BAR)
        start = place.at(index) - width * len(group) / 2
        for number, (kind, value) in enumerate(group):
            if value.number:
                bars.append(_bar(place, kind, value, start + number * width, width - 1, 0))
    grid = [Label(str(LEFT - 8), place.y(number), f"{number:,}") for number in ticks]
    axis = _axis(place, labels, HEIGHT - 6)
    return BarPlot(WIDTH, HEIGHT, LEFT, WIDTH - RIGHT, bars, grid, axis, [])


def stacked_bars(
    columns: Sequence[Sequence[tuple[str, Value]]], labels: Sequence[str], height: int = 180
) -> BarPlot:
    """A stack for each column, the first piece at the bottom, with its sum above it."""
    sums = [sum(value.number or 0 for _, value in column) for column in columns]
    top, ticks = _ticks(max(sums, default=0))
    place = _Scale(WIDTH, height, LEFT, RIGHT, 2 * TOP, FOOT, len(columns), 0, top, is_centred=True)
    width = min(place.room * 0.6, 72)
    bars, counts = [], []
    for index, column in enumerate(columns):
        below, x = 0.0, place.at(index) - width / 2
        for kind, value in column:
            if value.number:
                bars.append(_bar(place, kind, value, x, width, below))
                below += value.number
        y = _text(float(place.y(below)) - 5)
        counts.append(Label(_text(place.at(index)), y, f"{sums[index]:,}"))
    grid = [Label(str(LEFT - 8), place.y(number), f"{number:,}") for number in ticks]
    axis = [
        Label(_text(place.at(index)), str(height - 6), text) for index, text in enumerate(labels)
    ]
    return BarPlot(WIDTH, height, LEFT, WIDTH - RIGHT, bars, grid, axis, counts)


@dataclass(frozen=True)
class _Scale:
    """Where a step and a number lie."""

    width: int
    height: int
    left: int
    right: int
    top: int
    foot: int
    steps: int
    least: float
    most: float
    is_centred: bool = False

    @property
    def room(self) -> float:
        """The width of a step."""
        inner = self.width - self.left - self.right
        return inner / max(self.steps if self.is_centred else self.steps - 1, 1)

    def at(self, index: int) -> float:
        return self.left + self.room * (index + 0.5 if self.is_centred else index)

    def y(self, number: float) -> str:
        inner = self.height - self.top - self.foot
        span = self.most - self.least or 1
        return _text(self.top + inner * (1 - (number - self.least) / span))


def _text(number: float) -> str:
    return f"{number:.1f}"


def _line(
    place: _Scale,
    values: Sequence[Value],
    target: float,
    grid: list[Label],
    labels: list[Label],
) -> LinePlot:
    marks, pieces = [], [list[str]()]
    for index, value in enumerate(values):
        if value.number is None:
            pieces.append([])
            continue
        x, y = _text(place.at(index)), place.y(value.number)
        marks.append(Mark(x, y, value.title, value.address))
        pieces[-1].append(f"{x},{y}")
    pieces = [piece for piece in pieces if piece]
    paths = [" ".join(piece) for piece in pieces if len(piece) > 1]
    gaps = [f"{piece[-1]} {after[0]}" for piece, after in pairwise(pieces)]
    size = (place.width, place.height, place.left, place.width - place.right)
    return LinePlot(*size, paths, gaps, marks, grid, labels, place.y(target))


def _bar(place: _Scale, kind: str, value: Value, x: float, width: float, below: float) -> Mark:
    foot, top = float(place.y(below)), float(place.y(below + (value.number or 0)))
    height = max(foot - top, LEAST_HEIGHT)
    return Mark(
        _text(x),
        _text(foot - height),
        value.title,
        value.address,
        kind,
        _text(width),
        _text(height),
    )


def _axis(place: _Scale, labels: Sequence[str], y: int) -> list[Label]:
    """Some labels below the steps, never more than fit."""
    every = max(-(-len(labels) // LABELS), 1)
    return [
        Label(_text(place.at(index)), str(y), text)
        for index, text in enumerate(labels)
        if index % every == 0
    ]


def _ticks(most: float) -> tuple[int, list[int]]:
    """The end of a scale of counts, and at most six round numbers on it."""
    size = 1
    while size * 50 < most:
        size *= 10
    step = next(size * factor for factor in GRID_STEPS if size * factor * 5 >= most)
    top = max(math.ceil(most / step) * step, step)
    return top, list(range(0, top + 1, step))
