"""The steps of a report's period: days, weeks or months with their figures."""

from dataclasses import dataclass

from insight.figure_sums import Attainment, FigureSum
from insight.models import FigureKind
from insight.periods import Period
from sla.models.clock import ClockKindChoices


@dataclass(frozen=True)
class ReportStep:
    """A step of the period: opened and closed cases, and met first responses and restorations."""

    period: Period
    opened: int
    closed: int
    response: Attainment
    restore: Attainment

    @classmethod
    def from_sums(cls, period: Period, sums: FigureSum) -> "ReportStep":
        return cls(
            period,
            sums.n(FigureKind.OPENED),
            sums.n(FigureKind.CLOSED),
            Attainment.from_sums(sums, ClockKindChoices.RESPONSE),
            Attainment.from_sums(sums, ClockKindChoices.RESTORE),
        )

    @property
    def met(self) -> int:
        return self.response.met + self.restore.met

    @property
    def missed(self) -> int:
        return self.response.missed + self.restore.missed

    @property
    def has_something(self) -> bool:
        return bool(self.opened or self.closed or self.met or self.missed)
