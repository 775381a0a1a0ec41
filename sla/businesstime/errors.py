"""What the engine refuses, each refusal naming what is wrong and what to do about it.

A promise computed from a bad calendar would be a wrong promise, so nothing here falls back to a
guess.
"""


class BusinessTimeError(ValueError):
    """A question the engine will not answer. Every refusal of this package is one of these."""


class UnknownZone(BusinessTimeError):
    """The calendar names a time zone that the time-zone database does not have."""


class BadInterval(BusinessTimeError):
    """An interval of opening hours is not two times of day that enclose some time."""


class BadHoliday(BusinessTimeError):
    """A holiday is not a plain local date, or one date has two names."""


class NoOpenTime(BusinessTimeError):
    """The calendar is never open, so no deadline in it could ever come."""


class BadAmount(BusinessTimeError):
    """An amount of business time is not a whole number of seconds, or is longer than the engine's
    years.
    """


class NegativeAmount(BadAmount):
    """An amount of business time, or a count of business days, is below what can be promised."""


class NaiveInstant(BusinessTimeError):
    """An instant carries no time zone, so nobody can say when it is."""


class BadPause(BusinessTimeError):
    """A pause, or a span to be explained, ends before it begins."""


class OutOfRange(BusinessTimeError):
    """An instant, or the deadline asked for, lies outside the years the engine knows."""
