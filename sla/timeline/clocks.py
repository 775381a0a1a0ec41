"""A clock after the fold: its start, target, due time and outcome."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sla.businesstime import ALWAYS, Calendar, Pause

from .events import ClockKind, ClockStatus, EndedBy


@dataclass(frozen=True, slots=True)
class ClockState:
    """One service target of a case, or one measurement, after its last event.

    Instants are aware UTC in whole seconds. `ordinal` counts clocks of a kind, from 1. The target
    is `target_seconds` of business time (of real time when `around_the_clock`), or the end of
    business day `target_days`, or neither for a plain measurement.

    `due_at` is None while it is unknown, that is while a pause lasts. `closure_due_at`, of a
    customer response, is when the notice period after `due_at` ends. `breaches_at` is the first
    instant at which the target is missed: past for a breach, future for a clock that will be missed
    if nothing happens. It is None when the clock stopped in time, is paused, or is the customer's
    time. A reply in the exact second of `breaches_at` is in time. `version` is its policy version,
    `moves` how often other terms changed its target. Policy §14.
    """

    kind: ClockKind
    ordinal: int
    severity: int | None
    around_the_clock: bool
    started_at: datetime
    target_seconds: int | None
    target_days: int | None
    pauses: tuple[Pause, ...]
    due_at: datetime | None
    closure_due_at: datetime | None
    stopped_at: datetime | None
    ended_by: EndedBy | None
    breaches_at: datetime | None
    used_at_stop: int | None
    version: int | None = None
    moves: int = 0

    @property
    def is_running(self) -> bool:
        """Neither stopped nor paused: time is being counted."""
        return self.stopped_at is None and not self.is_paused

    @property
    def is_paused(self) -> bool:
        """Care waits for the customer, so no time is counted."""
        return self.stopped_at is None and bool(self.pauses) and self.pauses[-1].end is None

    def is_missed(self, now: datetime) -> bool:
        """Whether Care has missed this target by `now`. Policy §14."""
        if self.breaches_at is None or self.due_at is None:
            return False
        return self.stopped_at is not None or whole(now) > self.due_at

    def state_at(self, now: datetime) -> ClockStatus:
        """The status of the clock at `now`, an instant not before the last event.

        A breach outranks a pause.
        """
        if self.kind.is_the_customers:
            return self._customers_state(whole(now))
        if self.is_missed(now):
            return ClockStatus.BREACHED
        if self.stopped_at is None:
            return ClockStatus.PAUSED if self.is_paused else ClockStatus.RUNNING
        if self.ended_by is not EndedBy.EVENT:
            return ClockStatus.CANCELLED
        return ClockStatus.MEASURED if self.target_seconds is None else ClockStatus.MET

    def used_seconds(self, now: datetime, calendar: Calendar) -> int:
        """Time counted until `now`, or until the clock stopped, without pauses."""
        if self.used_at_stop is not None:
            return self.used_at_stop
        counted = self._own(calendar).between(self.started_at, now, self.pauses)
        return counted.days * 86_400 + counted.seconds

    def remaining_seconds(self, now: datetime, calendar: Calendar) -> int | None:
        """The remaining time of the target, negative after a miss; None without a target.

        For the end of a business day it is the business time until then.
        """
        target = self._whole_target(calendar)
        return None if target is None else target - self.used_seconds(now, calendar)

    def instants_of_interest(
        self, percentages: Iterable[int], calendar: Calendar
    ) -> tuple[tuple[int, datetime | None], ...]:
        """When each percentage of the target is used, for the warnings before a breach.

        An instant is None while a pause makes it unknown. Empty for a clock that has stopped or has
        no target. Policy §10.
        """
        target = self._whole_target(calendar)
        if target is None or self.stopped_at is not None:
            return ()
        own = self._own(calendar)
        return tuple(
            (share, own.after(self.started_at, -(-target * share // 100), self.pauses))
            for share in percentages
        )

    def _customers_state(self, now: datetime) -> ClockStatus:
        if self.ended_by is EndedBy.EVENT or (
            self.ended_by is EndedBy.WITHDRAWN and self.kind is ClockKind.CLOSURE
        ):
            return ClockStatus.ANSWERED
        until = now if self.stopped_at is None else self.stopped_at
        if (
            self.due_at is not None
            and until >= self.due_at
            and self.ended_by is not EndedBy.SUPERSEDED
        ):
            return ClockStatus.RAN_OUT
        return ClockStatus.RUNNING if self.stopped_at is None else ClockStatus.CANCELLED

    def _whole_target(self, calendar: Calendar) -> int | None:
        if self.target_days is None or self.due_at is None:
            return self.target_seconds
        counted = calendar.between(self.started_at, self.due_at)
        return counted.days * 86_400 + counted.seconds

    def _own(self, calendar: Calendar) -> Calendar:
        return ALWAYS if self.around_the_clock else calendar


def whole(at: datetime) -> datetime:
    """The instant without its fraction of a second."""
    return at.replace(microsecond=0) if at.microsecond else at
