"""What a query of figures returns: numbers, total seconds and durations by kind of fact."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

from core.percentages import percent
from insight import histogram
from insight.models import FigureKind


@dataclass(frozen=True)
class Sum:
    """A number of occurrences, their total seconds, and their durations as counts by seconds.

    Durations are exact if they come from facts, and within 1 % if they come from stored sums.
    """

    n: int = 0
    total: int = 0
    durations: Counter[int] = field(default_factory=Counter)

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.n + other.n, self.total + other.total, self.durations + other.durations)

    def percentile(self, share: Fraction) -> int | None:
        """The seconds that this share did not exceed: see `histogram.percentile`."""
        return histogram.percentile(self.durations, share)


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
        """% met. None if none was decided."""
        return percent(self.met, self.all)

    @property
    def median(self) -> int | None:
        return self.took.percentile(histogram.MEDIAN)

    @property
    def nine_tenths(self) -> int | None:
        return self.took.percentile(histogram.NINE_TENTHS)
