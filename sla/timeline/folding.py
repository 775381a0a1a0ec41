"""The fold: computes the clocks of a case from its opening and its events in order.

It walks once over the events, each of which changes a few clocks; due times are computed once, at
the end. There is no second, incremental computation.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from sla.businesstime import Calendar
from sla.businesstime.instants import epoch_seconds, instant

from .events import (
    CRITICAL,
    ClockEvent,
    ClockKind,
    EndedBy,
    EventKind,
    OutOfOrder,
    TimelineError,
    UnknownSeverity,
)
from .records import Record
from .retargeting import extend, retarget
from .terms import Target, Terms, promised
from .timeline import Timeline


def fold(
    opened_at: datetime,
    severity: int,
    events: Iterable[ClockEvent],
    terms: Terms,
    calendar: Calendar,
    incident_started_at: datetime | None = None,
) -> Timeline:
    """Every clock of this case after these events.

    `severity` is the one at opening. Restoration counts from `incident_started_at` where a platform
    incident caused the case. Fractions of a second are dropped; events at one instant apply in the
    given order. Raises OutOfOrder for events before the opening or out of order, UnknownSeverity
    for a severity without terms. Policy §9 to §14.
    """
    opened = epoch_seconds(opened_at)
    began = opened if incident_started_at is None else epoch_seconds(incident_started_at)
    case = CaseFold(opened, severity, began, terms, calendar)
    last_at = opened
    for event in events:
        at = epoch_seconds(event.at)
        if at < last_at:
            raise OutOfOrder(
                f"{event.what} at {event.at} lies before what was told ahead of it: "
                "sort the events."
            )
        last_at = at
        case.apply(event, at)
    return case.timeline(opened, last_at)


class CaseFold:
    """A case during the fold. Each method named after an event applies that event."""

    def __init__(
        self, opened: int, severity: int, began: int, terms: Terms, calendar: Calendar
    ) -> None:
        self.terms = terms
        self.calendar = calendar
        self.severity = severity
        self.closed_at: int | None = None
        self.is_waiting = False
        self.is_suspended = False
        self.is_on_hold = False
        self.rca_published_at: int | None = None
        self.proposed_at: int | None = None
        self.proposed_severity = severity
        self.closable_at: int | None = None
        self.unopposed_at: int | None = None
        self.restores_by_proposal = False
        self.responses: list[Record] = []
        self.restores: list[Record] = []
        self.waits: list[Record] = []
        self.closures: list[Record] = []
        self.rcas: list[Record] = []
        self.escalations: list[Record] = []
        self.updates: list[Record] = []
        self._promise_response_and_restoration(opened, began)
        self.restore.known_at = opened
        self.resolve = Record(calendar, ClockKind.RESOLVE, 1, severity, began, terms=terms)
        self._measure_resolve()

    @property
    def response(self) -> Record:
        """The response clock of the filing, or of the last reopening."""
        return self.responses[-1]

    @property
    def restore(self) -> Record:
        """The restoration clock of the filing, or of the last reopening."""
        return self.restores[-1]

    def apply(self, event: ClockEvent, at: int) -> None:
        """Apply one event. While the case is closed only a few events have an effect."""
        if event.what == EventKind.SEVERITY_CHANGE:
            self.severity_change(at, event.severity)
            return
        if event.what == EventKind.TERMS_MOVED:
            self.terms_moved(at, event.terms)
            return
        handler = _HANDLERS.get(event.what)
        if handler is None:
            raise TimelineError(
                f"{event.what!r} is no event that a clock knows: use one of the words of EventKind."
            )
        if self.closed_at is None or event.what in _HEARD_WHILE_CLOSED:
            handler(self, at)

    def timeline(self, opened: int, last_at: int) -> Timeline:
        """The clocks, and the few facts beside them."""
        records = [*self.responses, *self.restores, self.resolve]
        records += self.waits + self.closures + self.rcas + self.escalations + self.updates
        unopposed = self._unopposed() if self.closed_at is None else None
        return Timeline(
            clocks=tuple([record.state() for record in records]),
            calendar=self.calendar,
            opened_at=instant(opened),
            last_event_at=instant(last_at),
            severity=self.severity,
            is_waiting=self.is_waiting,
            proposed_at=None if self.proposed_at is None else instant(self.proposed_at),
            unopposed_closure_at=None if unopposed is None else instant(unopposed),
            closed_at=None if self.closed_at is None else instant(self.closed_at),
        )

    def responded_elsewhere(self, at: int) -> None:
        """Another case counts the response to the same message. Policy §5."""
        self.response.stop(self.response.start, EndedBy.WITHDRAWN)

    def response_restarted(self, at: int) -> None:
        """Another case counts the missed response; this one promises it again. Policy §5."""
        if self.response.stop_at is None:
            self.response.start = self.response.known_at = at

    def analyst_reply(self, at: int) -> None:
        self.response.stop(at, EndedBy.EVENT)
        self.update_given(at)

    def update_given(self, at: int) -> None:
        """Every message of a person of Care to the contact promises the next one. Policy §14."""
        running = self._running_update()
        if running is None or running.start < at:
            self._end_update(at, EndedBy.EVENT)
            if self.proposed_at is None:
                self._promise_update(at)

    def waiting_on_customer(self, at: int) -> None:
        """A further question leaves the wait as it is, but never without time of its own.

        Policy §13.
        """
        if self.is_waiting:
            self.waits[-1].leave(at, self.terms.reminder_seconds)
        else:
            self._begin_wait(at)

    def customer_reply(self, at: int) -> None:
        if self.is_waiting:
            self._end_wait(at, EndedBy.EVENT)
        if self.proposed_at is not None:
            self.is_suspended = self.is_on_hold = False
            self._continue_closure(at)
        if self.proposed_at is not None and self._running_update() is None:
            self._promise_update(at)  # the case does not close before Care's answer

    def question_withdrawn(self, at: int) -> None:
        if self.is_waiting:
            self._end_wait(at, EndedBy.WITHDRAWN)

    def wait_suspended(self, at: int) -> None:
        """No contact may answer, so the customer's time stands still: that to reply, or that until
        a proposed resolution closes the case. Policy §13.
        """
        if self.is_suspended or not (self.is_waiting or self.proposed_at is not None):
            return
        self.is_suspended = True
        if not self.is_on_hold:
            running = self.waits[-1] if self.is_waiting else self.closures[-1]
            running.pause(at, EventKind.WAIT_SUSPENDED)

    def wait_resumed(self, at: int) -> None:
        if not self.is_suspended:
            return
        self.is_suspended = False
        if self.is_waiting:
            self._continue_wait(at)
        else:
            self._continue_closure(at)

    def on_hold(self, at: int) -> None:
        """The customer's time stands still until the hold ends. Care's clocks stay as they are.

        Policy §13.
        """
        if self.is_on_hold or not (self.is_waiting or self.proposed_at is not None):
            return
        self.is_on_hold = True
        if not self.is_suspended:
            running = self.waits[-1] if self.is_waiting else self.closures[-1]
            running.pause(at, EventKind.ON_HOLD)

    def hold_ended(self, at: int) -> None:
        if not self.is_on_hold:
            return
        self.is_on_hold = False
        if self.is_waiting:
            self._continue_wait(at)
        else:
            self._continue_closure(at)

    def ruled_inadequate(self, at: int) -> None:
        """The reply did not count: the wait resumes where it stopped. Policy §13."""
        if self.is_waiting:
            return
        wait = self.waits[-1] if self.waits else None
        if wait is None or wait.ended_by is not EndedBy.EVENT:
            self._begin_wait(at)
            return
        wait.reopen(at, EventKind.CUSTOMER_REPLY, since=wait.stop_at)
        self.is_waiting = True
        self._pause_cares_clocks(at)

    def severity_change(self, at: int, severity: int | None) -> None:
        """Retarget running clocks from their original start; decided outcomes remain.

        Policy §7.
        """
        if severity is None:
            raise UnknownSeverity(
                "A change of severity does not say to which: give the event its severity."
            )
        promised(self.terms.response, severity)
        self._settle_unopposed(at)
        self.severity = severity
        self._retarget(self.response, at)
        self._retarget(self.restore, at)
        self._retarget_update(at)
        self._measure_resolve()
        self._regate(at)

    def terms_moved(self, at: int, terms: Terms | None) -> None:
        """Running clocks count under the other terms from their original start; decided outcomes
        remain.

        The contact's own time is never shortened, because they were notified of its end. Policy
        §14.
        """
        if terms is None:
            raise TimelineError("A move does not say to which terms: give the event its terms.")
        self._settle_unopposed(at)
        self.terms = terms
        for clock in (self.response, self.restore):
            self._retarget(clock, at)
        self._measure_resolve()
        extend(self.waits, self.closures, at, terms)
        retarget(self.rcas, self.escalations, at, terms)
        self._retarget_update(at)

    def restored(self, at: int) -> None:
        """A Critical case needs no further updates once the service is restored. Policy §14."""
        self.restores_by_proposal = False
        self.restore.stop(at, EndedBy.EVENT)
        if self.severity == CRITICAL:
            self._end_update(at, EndedBy.EVENT)

    def resolution_proposed(self, at: int) -> None:
        """The customer's days to object begin; a proposal without an earlier restoration counts as
        one.

        Policy §13.
        """
        if self.is_waiting:
            self._end_wait(at, EndedBy.SUPERSEDED)
        self._drop_proposal(at, EndedBy.SUPERSEDED)
        if self.restore.stop_at is None:
            self.restore.stop(at, EndedBy.EVENT)
            self.restores_by_proposal = True
        self._end_update(at, EndedBy.EVENT)
        self._take_up_resolve(at)
        self.resolve.stop(at, EndedBy.EVENT)
        self.proposed_at, self.proposed_severity = at, self.severity
        self._start(self.closures, ClockKind.CLOSURE, at, days=self.terms.closure_days)
        target = promised(self.terms.rca, self.severity)
        if target is not None:
            self._start(self.rcas, ClockKind.RCA, at, target)
            if self.rca_published_at is not None:
                self.rcas[-1].stop(at, EndedBy.EVENT)
        self._regate(at)

    def issue_reported(self, at: int) -> None:
        """The proposal is withdrawn, with everything that depended on it. Policy §13."""
        if self.proposed_at is None:
            return
        self._drop_proposal(at, EndedBy.WITHDRAWN)
        self._take_up_resolve(at)
        self._take_up_restore(at)
        if self._running_update() is None:
            self._promise_update(at)

    def resolution_accepted(self, at: int) -> None:
        """The case closes immediately, unless its root cause analysis is still owed. Policy §12,
        §13.
        """
        if self.proposed_at is None or self._is_gated():
            return
        self.closures[-1].stop(at, EndedBy.EVENT)
        self.closed(at)

    def rca_published(self, at: int) -> None:
        if self.rca_published_at is None:
            self.rca_published_at = at
        for rca in self.rcas:
            rca.stop(at, EndedBy.EVENT)
        self._regate(at)

    def initial_rca_sent(self, at: int) -> None:
        """Meets no clock: the policy sets no time for it."""

    def closed(self, at: int) -> None:
        """Ends the running clocks, except the root cause analysis, which remains owed.

        Policy §12, §13.
        """
        if self.is_waiting:
            self._end_wait(at, EndedBy.CLOSED)
        for clock in [self.response, self.restore, self.resolve, *self.closures, *self.escalations]:
            clock.stop(at, EndedBy.CLOSED)
        self._end_update(at, EndedBy.CLOSED)
        self.is_suspended = self.is_on_hold = False
        self.closed_at = at

    def reopened(self, at: int) -> None:
        """A response and a restoration are promised again; the earlier ones stay as they ended.

        An owed root cause analysis becomes due with the next resolution. Policy §13.
        """
        closed_at = self.closed_at
        if closed_at is None:
            return
        self.closed_at = None
        self._drop_proposal(at, EndedBy.WITHDRAWN)
        self._take_up_resolve(at, closed_since=closed_at)
        self.restores_by_proposal = False
        self._promise_response_and_restoration(at, at)

    def escalation_requested(self, at: int) -> None:
        """One request at a time; its own clock never pauses. Policy §10."""
        if not self.escalations or self.escalations[-1].stop_at is not None:
            self._start(
                self.escalations,
                ClockKind.ESCALATION,
                at,
                promised(self.terms.escalation, self.severity),
            )

    def escalation_answered(self, at: int) -> None:
        if self.escalations:
            self.escalations[-1].stop(at, EndedBy.EVENT)

    def _promise_response_and_restoration(self, response_from: int, restore_from: int) -> None:
        """Start both clocks with the targets of the severity in force."""
        response = promised(self.terms.response, self.severity)
        restore = promised(self.terms.restore, self.severity)
        self._start(self.responses, ClockKind.RESPONSE, response_from, response)
        self._start(self.restores, ClockKind.RESTORE, restore_from, restore)

    def _start(
        self,
        clocks: list[Record],
        kind: ClockKind,
        at: int,
        target: Target | None = None,
        days: int | None = None,
        notice: int | None = None,
    ) -> None:
        record = Record(
            self.calendar,
            kind,
            len(clocks) + 1,
            self.severity,
            at,
            target,
            days,
            notice,
            self.terms,
        )
        clocks.append(record)

    def _begin_wait(self, at: int) -> None:
        target = Target(self.terms.customer_response_seconds)
        self._start(
            self.waits, ClockKind.CUSTOMER_RESPONSE, at, target, notice=self.terms.notice_seconds
        )
        self.is_waiting = True
        self._pause_cares_clocks(at)

    def _continue_wait(self, at: int) -> None:
        """The wait goes on unless something else stops it, never without time of its own."""
        if not self.is_suspended and not self.is_on_hold:
            self.waits[-1].resume(at)
            self.waits[-1].leave(at, self.terms.reminder_seconds)

    def _continue_closure(self, at: int) -> None:
        """The closure goes on unless something else stops it."""
        if not self.is_suspended and not self.is_on_hold:
            self.closures[-1].resume(at)

    def _end_wait(self, at: int, by: EndedBy) -> None:
        self.is_waiting = self.is_suspended = self.is_on_hold = False
        self.waits[-1].resume(at)
        self.waits[-1].stop(at, by)
        for clock in (self.restore, *self.updates[-1:]):
            clock.resume(at)

    def _pause_cares_clocks(self, at: int) -> None:
        for clock in (self.restore, *self.updates[-1:]):
            clock.pause(at, EventKind.WAITING_ON_CUSTOMER)

    def _running_update(self) -> Record | None:
        last = self.updates[-1] if self.updates else None
        return last if last is not None and last.stop_at is None else None

    def _promise_update(self, at: int) -> None:
        target = self._update_target()
        if target is None:
            return
        self._start(self.updates, ClockKind.UPDATE, at, target)
        if self.is_waiting:
            self.updates[-1].pause(at, EventKind.WAITING_ON_CUSTOMER)

    def _end_update(self, at: int, by: EndedBy) -> None:
        for update in self.updates[-1:]:
            update.stop(at, by)

    def _update_target(self) -> Target | None:
        """The target of the next update; None where the policy or a restored Critical case has
        none.
        """
        if self.severity == CRITICAL and self.restore.stop_at is not None:
            return None
        return self.terms.update.get(self.severity)

    def _retarget_update(self, at: int) -> None:
        """Another severity or other terms retarget the running update from its original start, or
        end it where they promise none.
        """
        running = self._running_update()
        if running is None:
            return
        target = self._update_target()
        if target is None:
            running.stop(at, EndedBy.WITHDRAWN)
        elif running.severity != self.severity:
            running.retarget(at, self.severity, target)
            running.terms = self.terms
        elif running.terms is not self.terms:
            running.move(at, self.terms, target)

    def _drop_proposal(self, at: int, by: EndedBy) -> None:
        if self.proposed_at is None:
            return
        self.is_suspended = self.is_on_hold = False
        self.closures[-1].stop(at, by)
        if self.rcas:
            self.rcas[-1].stop(at, by)
        self.proposed_at = self.closable_at = self.unopposed_at = None

    def _take_up_restore(self, at: int) -> None:
        """Resume restoration if only a proposal had ended it; the time between is a pause."""
        if not self.restores_by_proposal:
            return
        self.restores_by_proposal = False
        self.restore.reopen(at, EventKind.RESOLUTION_PROPOSED, since=self.restore.stop_at)
        if self.is_waiting:
            self.restore.pause(at, EventKind.WAITING_ON_CUSTOMER)
        self._retarget(self.restore, at)

    def _retarget(self, clock: Record, at: int) -> None:
        if clock.stop_at is not None or (
            clock.severity == self.severity and clock.terms is self.terms
        ):
            return
        targets = self.terms.response if clock is self.response else self.terms.restore
        target = promised(targets, self.severity)
        if clock.terms is not self.terms and clock.severity == self.severity:
            clock.move(at, self.terms, target)
            return
        clock.retarget(at, self.severity, target)
        clock.terms = self.terms

    def _take_up_resolve(self, at: int, closed_since: int | None = None) -> None:
        self.resolve.reopen(at, EventKind.CLOSED, since=closed_since)
        self._measure_resolve()

    def _measure_resolve(self) -> None:
        """The resolution time has no target; it is measured on the clock of the restoration.

        Policy §11.
        """
        if self.resolve.stop_at is None:
            restore_target = promised(self.terms.restore, self.severity)
            self.resolve.set_target(self.severity, None)
            self.resolve.terms = self.terms
            self.resolve.around_the_clock = (
                restore_target is not None and restore_target.around_the_clock
            )

    def _is_gated(self) -> bool:
        critical = self.severity == CRITICAL or self.proposed_severity == CRITICAL
        return critical and self.rca_published_at is None

    def _regate(self, at: int) -> None:
        """Note from when only the customer's days prevent the proposal from closing.

        Policy §12.
        """
        if self.proposed_at is None or self._is_gated():
            self.closable_at = None
        elif self.closable_at is None:
            self.closable_at = at

    def _settle_unopposed(self, at: int) -> None:
        """Retain an auto-closure that was due before `at`: a later severity cannot prevent it."""
        unopposed = self._unopposed()
        if unopposed is not None and unopposed < at:
            self.unopposed_at = unopposed

    def _unopposed(self) -> int | None:
        """When the current proposal closes if nobody objects; None while something else prevents
        it.
        """
        if self.unopposed_at is not None or self.closable_at is None or self.proposed_at is None:
            return self.unopposed_at
        due = self.closures[-1].due()
        return None if due is None else max(due, self.closable_at)


_HANDLERS: dict[str, Callable[[CaseFold, int], None]] = {
    what: getattr(CaseFold, what.value)
    for what in EventKind
    if what not in (EventKind.SEVERITY_CHANGE, EventKind.TERMS_MOVED)
}
_HEARD_WHILE_CLOSED = frozenset(
    {EventKind.REOPENED, EventKind.RCA_PUBLISHED, EventKind.INITIAL_RCA_SENT}
)
