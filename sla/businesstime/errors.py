"""The errors of the engine; each names what is wrong and what to do about it.

A target computed from a bad calendar would be wrong, so nothing here falls back to a guess.
"""


class BusinessTimeError(ValueError):
    """The base class of every error of this package."""


class UnknownZone(BusinessTimeError):
    """The calendar names a time zone that the time-zone database does not have."""


class BadInterval(BusinessTimeError):
    """An interval of opening hours is not two times of day that enclose some time."""


class BadHoliday(BusinessTimeError):
    """A holiday or a date with special hours is not a plain local date, or is given twice."""


class NoOpenTime(BusinessTimeError):
    """The calendar is never open, so no deadline in it could ever come."""


class BadAmount(BusinessTimeError):
    """An amount of business time is not a whole number of seconds, or exceeds the engine's
    years.
    """


class NegativeAmount(BadAmount):
    """An amount of business time, or a count of business days, is below the minimum."""


class NaiveInstant(BusinessTimeError):
    """An instant has no time zone, so it is ambiguous."""


class BadPause(BusinessTimeError):
    """A pause, or a span to be explained, ends before it begins."""


class OutOfRange(BusinessTimeError):
    """An instant, or a resulting deadline, lies outside the engine's years."""
