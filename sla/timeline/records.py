"""A clock during the fold: epoch seconds, changed in place, converted to a ClockState at the
end.
"""

from sla.businesstime import ALWAYS, Calendar, Pause, pausing
from sla.businesstime.engine import Engine
from sla.businesstime.instants import instant
from sla.businesstime.pausing import Break

from .clocks import ClockState
from .events import ClockKind, EndedBy
from .terms import Target, Terms


class Record:
    """One clock of the case being folded. `known_at` is when its current target began to apply."""

    __slots__ = (
        "_breaks",
        "_calendar",
        "around_the_clock",
        "days",
        "ended_by",
        "kind",
        "known_at",
        "moves",
        "notice",
        "ordinal",
        "severity",
        "start",
        "stop_at",
        "target_seconds",
        "terms",
    )

    def __init__(
        self,
        calendar: Calendar,
        kind: ClockKind,
        ordinal: int,
        severity: int | None,
        start: int,
        target: Target | None = None,
        days: int | None = None,
        notice: int | None = None,
        terms: Terms | None = None,
    ) -> None:
        self._calendar = calendar
        self.terms = terms
        self.moves = 0
        self.kind = kind
        self.ordinal = ordinal
        self.start = start
        self.known_at = start
        self.set_target(severity, target)
        self.days = days
        self.notice = notice
        self.stop_at: int | None = None
        self.ended_by: EndedBy | None = None
        self._breaks: list[Break] = []

    def pause(self, at: int, reason: str) -> None:
        """Stop counting from `at` on; no effect on a clock that has stopped."""
        if self.stop_at is None:
            self._breaks.append((at, None, reason))

    def resume(self, at: int) -> None:
        """Count again from `at` on; no effect on a clock that has stopped or is not paused."""
        if self.stop_at is None and self._breaks and self._breaks[-1][1] is None:
            start, _, reason = self._breaks[-1]
            self._breaks[-1] = (start, at, reason)

    def stop(self, at: int, by: EndedBy) -> None:
        """End the clock, once: later ends change nothing."""
        if self.stop_at is None:
            self.stop_at, self.ended_by = at, by

    def reopen(self, at: int, reason: str = "", *, since: int | None = None) -> None:
        """Undo a stop. The time from `since`, if given, until `at` was a pause."""
        if since is not None and since < at:
            self._breaks.append((since, at, reason))
        self.stop_at = self.ended_by = None

    def retarget(self, at: int, severity: int | None, target: Target | None) -> None:
        """Apply another severity's target from the original start.

        A known miss retains its time.
        """
        due = self.due()
        was_missed = due is not None and due < at
        self.known_at = max(due, self.known_at) if was_missed and due is not None else at
        self.set_target(severity, target)

    def move(self, at: int, terms: Terms, target: Target | None) -> None:
        """Apply other terms: their target counts from the original start.

        A known miss retains its time.
        """
        before = (self.target_seconds, self.around_the_clock)
        self.retarget(at, self.severity, target)
        self.terms = terms
        self.moves += before != (self.target_seconds, self.around_the_clock)

    def set_target(self, severity: int | None, target: Target | None) -> None:
        """Set this target; a clock without one counts business time."""
        self.severity = severity
        self.target_seconds = None if target is None else target.seconds
        self.around_the_clock = target is not None and target.around_the_clock

    def leave(self, at: int, seconds: int) -> None:
        """Extend the target so that at least `seconds` of counted time remain after `at`."""
        if self.stop_at is None and self.target_seconds is not None:
            used = pausing.count(self._engine(), self.start, at, self._apart())
            self.target_seconds = max(self.target_seconds, used + seconds)

    def due(self) -> int | None:
        """When the target is used up; None without a target or while a pause makes it unknown."""
        if self.days is not None:
            return self._end_of_days(self.days)
        if self.target_seconds is None:
            return None
        if not self._breaks:
            return self._engine().add(self.start, self.target_seconds)
        return pausing.add(self._engine(), self.start, self.target_seconds, self._apart())

    def _end_of_days(self, days: int) -> int | None:
        """The end of the last business day. A day that ended before a pause is used up; the others
        are counted again from its end.
        """
        start = self.start
        for pause_start, pause_end, _reason in self._apart():
            while days and self._engine().end_of_nth_day(start, 1) <= pause_start:
                start, days = self._engine().end_of_nth_day(start, 1), days - 1
            if days == 0:
                return start
            if pause_end is None:
                return None
            start = pause_end
        return self._engine().end_of_nth_day(start, days)

    def state(self) -> ClockState:
        """The clock as its customer may see it."""
        due, stop = self.due(), self.stop_at
        closure_due = (
            None if due is None or self.notice is None else self._engine().add(due, self.notice)
        )
        misses = self._misses(due)
        return ClockState(
            self.kind,
            self.ordinal,
            self.severity,
            self.around_the_clock,
            instant(self.start),
            self.target_seconds,
            self.days,
            tuple(
                Pause(instant(a), None if b is None else instant(b), why)
                for a, b, why in self._breaks
            ),
            None if due is None else instant(due),
            None if closure_due is None else instant(closure_due),
            None if stop is None else instant(stop),
            self.ended_by,
            None if misses is None else instant(misses),
            None
            if stop is None
            else pausing.count(self._engine(), self.start, stop, self._apart()),
            None if self.terms is None else self.terms.version,
            self.moves,
        )

    def _misses(self, due: int | None) -> int | None:
        if due is None or self.kind.is_the_customers:
            return None
        if self.stop_at is not None and self.stop_at <= due:
            return None
        return max(due, self.known_at)

    def _apart(self) -> list[Break]:
        return pausing.without_overlaps(self._breaks)

    def _engine(self) -> Engine:
        return (ALWAYS if self.around_the_clock else self._calendar).engine
