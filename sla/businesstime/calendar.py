"""A customer's calendar, and the computations that the policy needs."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from . import pausing
from .amounts import Amount, Pause, timedelta_of
from .engine import Engine, engine_for
from .errors import BadHoliday, BadPause
from .explaining import Explainer, Stretch
from .hours import DAY, Hours, Interval, day_seconds, every_day, frozen_hours, frozen_intervals
from .instants import epoch_seconds, instant
from .zones import epoch_day

Holidays = tuple[tuple[date, str], ...]
SpecialHours = tuple[tuple[date, str, tuple[Interval, ...]], ...]


@dataclass(frozen=True, init=False, slots=True)
class Calendar:
    """When a customer works: a time zone, opening hours for each weekday, named holidays, and
    special hours of single dates.

    A value: equal calendars are interchangeable, hashable, and share what has been computed. A
    holiday closes the hours that begin on its local date, and special hours replace them. Instants
    are aware datetimes of any zone, and results are UTC in whole seconds. Policy §9.
    """

    zone: str
    hours: Hours
    closed_on: Holidays
    special_hours: SpecialHours
    _hash: int = field(compare=False, repr=False)
    engine: Engine = field(compare=False, repr=False)

    def __init__(
        self,
        zone: str,
        hours: Mapping[int, Sequence[Sequence[str]]] | Hours,
        closed_on: Mapping[date, str] | Iterable[date | tuple[date, str]] = (),
        special_hours: Iterable[tuple[date, str, Sequence[Sequence[str]]]] = (),
    ) -> None:
        """Take an IANA zone, a mapping of weekday (0 Monday) to ("HH:MM", "HH:MM") intervals,
        holidays, and special hours.

        Holidays are a mapping of local date to name, or just the dates; special hours are local
        date, name and intervals. Raises UnknownZone, BadInterval, BadHoliday, or NoOpenTime for a
        calendar that has no weekly hours.
        """
        frozen, holidays = frozen_hours(hours), _frozen_holidays(closed_on)
        special = _frozen_special_hours(special_hours, holidays)
        put = object.__setattr__
        put(self, "zone", zone)
        put(self, "hours", frozen)
        put(self, "closed_on", holidays)
        put(self, "special_hours", special)
        put(self, "_hash", hash((zone, frozen, holidays, special)))
        closed_days = frozenset(epoch_day(day) for day, _ in holidays)
        days = tuple((epoch_day(day), day_seconds(spans)) for day, _, spans in special)
        put(self, "engine", engine_for(zone, frozen, closed_days, days))

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[type["Calendar"], tuple[str, Hours, Holidays, SpecialHours]]:
        return Calendar, (self.zone, self.hours, self.closed_on, self.special_hours)

    def after(
        self, start: datetime, amount: Amount, pauses: Sequence[Pause] = ()
    ) -> datetime | None:
        """When a target of `amount` business time from `start` is due.

        A target that is used up exactly at closing time is due then, not at the next opening;
        nothing is due at `start` itself. None while a pause lasts that began before the target was
        used up, because the result is unknown. Raises BadAmount, NegativeAmount, OutOfRange. Policy
        §9, §11, §13.
        """
        span = timedelta_of(amount)
        if span and not pauses:
            try:
                origin, days, totals, anchors = self.engine.quick
                since = start - origin
                lead, low, high = days[since.days]
                if lead is None:
                    reached = low
                else:
                    reached = since + lead
                    if reached > high:
                        reached = high
                    elif reached < low:
                        reached = low
                wanted = reached + span
                due = anchors[bisect_left(totals, wanted) - 1] + wanted
                if not due.microsecond:
                    return due
            except (LookupError, TypeError):
                pass  # Not on the short path: the engine answers, or raises the error.
        begin, seconds = epoch_seconds(start), span.days * DAY + span.seconds
        if not pauses:
            return instant(self.engine.add(begin, seconds))
        reached_at = pausing.add(self.engine, begin, seconds, pausing.breaks_of(pauses))
        return None if reached_at is None else instant(reached_at)

    def between(self, a: datetime, b: datetime, pauses: Sequence[Pause] = ()) -> timedelta:  # noqa: C901 - unrolled
        """How much business time passed from `a` up to `b`, without pauses; negative when `b` is
        earlier.
        """
        if not pauses:
            try:
                origin, days, _, _ = self.engine.quick
                since = b - origin
                lead, low, high = days[since.days]
                if lead is None:
                    until_b = low
                else:
                    until_b = since + lead
                    if until_b > high:
                        until_b = high
                    elif until_b < low:
                        until_b = low
                since = a - origin
                lead, low, high = days[since.days]
                if lead is None:
                    until_a = low
                else:
                    until_a = since + lead
                    if until_a > high:
                        until_a = high
                    elif until_a < low:
                        until_a = low
                passed = until_b - until_a
                if not passed.microseconds:
                    return passed
            except (LookupError, TypeError):
                pass  # Not on the short path: the engine answers, or raises the error.
        begin, end = epoch_seconds(a), epoch_seconds(b)
        if not pauses:
            return timedelta(0, self.engine.count(begin, end))
        return timedelta(0, pausing.count(self.engine, begin, end, pausing.breaks_of(pauses)))

    def end_of_nth_day(self, start: datetime, n: int) -> datetime:
        """The close of the nth business day after the local date of `start`. The time of day of
        `start` does not matter.

        Day 1 is the first day with open time strictly after that date. Raises NegativeAmount
        for n below 1. Policy §13, "the end of the third business day".
        """
        return instant(self.engine.end_of_nth_day(epoch_seconds(start), n))

    def is_open(self, at: datetime) -> bool:
        """Whether the calendar is open at this instant: open at 08:00:00, closed at 17:00:00."""
        return self.engine.is_open(epoch_seconds(at))

    def stretches(self, a: datetime, b: datetime, pauses: Sequence[Pause] = ()) -> list[Stretch]:
        """The time from `a` up to `b` as counted and skipped stretches in order, each with its
        reason.

        The counted ones add up to `between`. Raises BadPause when `b` is before `a`. Policy §14.
        """
        begin, end = epoch_seconds(a), epoch_seconds(b)
        if end < begin:
            raise BadPause(
                f"{b} is before {a}: ask for the stretches from the earlier to the later."
            )
        holidays = {epoch_day(day): name for day, name in self.closed_on}
        special = {epoch_day(day): name for day, name, _ in self.special_hours}
        return Explainer(self.engine, holidays, special).stretches(
            begin, end, pausing.breaks_of(pauses)
        )


def _frozen_holidays(closed_on: Mapping[date, str] | Iterable[date | tuple[date, str]]) -> Holidays:
    given = closed_on.items() if isinstance(closed_on, Mapping) else closed_on
    names: dict[date, str] = {}
    for entry in given:
        day, name = entry if isinstance(entry, tuple) else (entry, "")
        if not isinstance(day, date) or isinstance(day, datetime):
            raise BadHoliday(f"{day!r} is no date: a day off is a local date without a time.")
        if names.setdefault(day, name) != name:
            raise BadHoliday(f"{day} has two names, {names[day]!r} and {name!r}: keep one.")
    return tuple(sorted(names.items()))


def _frozen_special_hours(
    given: Iterable[tuple[date, str, Sequence[Sequence[str]]]], holidays: Holidays
) -> SpecialHours:
    taken = {day for day, _ in holidays}
    special: list[tuple[date, str, tuple[Interval, ...]]] = []
    for day, name, intervals in given:
        if not isinstance(day, date) or isinstance(day, datetime):
            raise BadHoliday(f"{day!r} is no date: special hours are for a local date.")
        if day in taken:
            raise BadHoliday(f"{day} is given twice: give a date one holiday or special hours.")
        taken.add(day)
        special.append((day, name, frozen_intervals(intervals)))
    return tuple(sorted(special))


ALWAYS = Calendar(zone="UTC", hours=every_day("00:00", "24:00"))
"""The calendar that never closes: a Critical promise runs around the clock. Policy §9."""
