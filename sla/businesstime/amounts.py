"""Amounts of business time in the policy's terms, and pauses of a count."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .errors import BadAmount, NegativeAmount

HOUR = 3600
SECOND = timedelta(seconds=1)
NOTHING, LONGEST = timedelta(0), timedelta(days=400 * 366)
LONGEST_SECONDS = LONGEST // SECOND
# 1.1 hours are 3960.0000000000005 seconds; that error belongs to the arithmetic, not to the caller.
HAIR = 1e-6


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """A number of business hours: time during which the customer's calendar is open.

    `n` may have a fraction (half an hour is 0.5) as long as it gives whole seconds. Raises
    NegativeAmount below zero, BadAmount for a fraction of a second. Policy §9.
    """

    n: float
    span: timedelta = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "span", _whole(self.n * HOUR))

    @property
    def seconds(self) -> int:
        """The same amount in seconds."""
        return self.span // SECOND


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """A number of business days as an amount: that many times the hours of one standard day.

    It is neither "the same time on a later day" nor "the end of the nth day": for the latter use
    `Calendar.end_of_nth_day`. Raises as BusinessHours does. Policy §9, §11, §12.
    """

    n: float
    hours_per_day: float = 9
    span: timedelta = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "span", _whole(self.n * self.hours_per_day * HOUR))

    @property
    def seconds(self) -> int:
        """The same amount in seconds."""
        return self.span // SECOND


@dataclass(frozen=True, slots=True)
class Pause:
    """Time that does not count on a clock, from `start` up to but not including `end`.

    `end` is None while the pause lasts; `reason` is its label in an explanation ("waiting for
    you"). Both instants are aware. Policy §13, §14.
    """

    start: datetime
    end: datetime | None = None
    reason: str = ""


Amount = BusinessHours | BusinessDays | timedelta | int


def timedelta_of(amount: Amount) -> timedelta:
    """The amount as a timedelta of whole seconds.

    Raises NegativeAmount below zero, BadAmount for a fraction of a second or for more than 400
    years, TypeError for anything that is not an amount.
    """
    if isinstance(amount, (BusinessHours, BusinessDays)):
        return amount.span
    if isinstance(amount, timedelta):
        if NOTHING <= amount <= LONGEST and not amount.microseconds:
            return amount
        return _whole(amount.total_seconds())
    if isinstance(amount, int) and not isinstance(amount, bool):
        return SECOND * amount if 0 <= amount <= LONGEST_SECONDS else _whole(amount)
    raise TypeError(
        f"{amount!r} is no amount of business time: give BusinessHours, BusinessDays, "
        "a timedelta or whole seconds."
    )


def _whole(seconds: float) -> timedelta:
    if seconds < 0:
        raise NegativeAmount(
            f"{seconds} seconds is negative: a target counts forward, from zero up."
        )
    if not seconds <= LONGEST_SECONDS:
        raise BadAmount(f"{seconds} seconds is more than 400 years: check the unit of the target.")
    whole = round(seconds)
    if abs(seconds - whole) > HAIR:
        raise BadAmount(f"{seconds} seconds is no whole number of seconds: round it first.")
    return SECOND * whole
