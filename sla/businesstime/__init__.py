"""Business time: when a promise is due in a customer's calendar, and how much of it has been used.

Pure Python, no clock of its own, no settings: a calendar is a value, and every answer depends on
what is asked alone. Spans are half-open, instants UTC in whole seconds, durations real elapsed
time.

    office = Calendar(zone="Asia/Tokyo", hours=weekdays("08:00", "17:00"), closed_on=holidays)
    office.after(opened_at, BusinessHours(2))
    office.between(opened_at, restored_at)
"""

from .amounts import Amount, BusinessDays, BusinessHours, Pause
from .calendar import ALWAYS, Calendar
from .errors import (
    BadAmount,
    BadHoliday,
    BadInterval,
    BadPause,
    BusinessTimeError,
    NaiveInstant,
    NegativeAmount,
    NoOpenTime,
    OutOfRange,
    UnknownZone,
)
from .explaining import Reason, Stretch
from .hours import every_day, weekdays

__all__ = [
    "ALWAYS",
    "Amount",
    "BadAmount",
    "BadHoliday",
    "BadInterval",
    "BadPause",
    "BusinessDays",
    "BusinessHours",
    "BusinessTimeError",
    "Calendar",
    "NaiveInstant",
    "NegativeAmount",
    "NoOpenTime",
    "OutOfRange",
    "Pause",
    "Reason",
    "Stretch",
    "UnknownZone",
    "every_day",
    "weekdays",
]
