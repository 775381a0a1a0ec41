"""The result of a fold: the clocks of a case, and a snapshot of its deadlines."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sla.businesstime import Calendar

from .clocks import ClockState, whole
from .events import ClockKind, EndedBy, OutOfOrder


@dataclass(frozen=True, slots=True)
class Timeline:
    """All clocks of a case after its last event, in a fixed order: by kind, then ordinal.

    `proposed_at` is the current proposal; it remains after closing, and a reopening withdraws it.
    `unopposed_closure_at` is when that proposal closes if nobody objects: None without a proposal,
    once closed, and while the gate holds. `closed_at` is the closing by an event or an acceptance.
    Policy §12 to §14.
    """

    clocks: tuple[ClockState, ...]
    calendar: Calendar
    opened_at: datetime
    last_event_at: datetime
    severity: int
    is_waiting: bool
    proposed_at: datetime | None
    unopposed_closure_at: datetime | None
    closed_at: datetime | None

    def all_of(self, kind: ClockKind) -> tuple[ClockState, ...]:
        """Every clock of a kind, in order of their start."""
        return tuple(clock for clock in self.clocks if clock.kind is kind)

    def latest(self, kind: ClockKind) -> ClockState | None:
        """The clock of a kind that began last, or None."""
        of_kind = self.all_of(kind)
        return of_kind[-1] if of_kind else None

    def snapshot(self, as_of: datetime) -> dict[str, Any]:
        """The case's deadlines as of an instant not before its last event: instants, seconds and
        flags.

        A closure without an event, which the policy made due by `as_of`, is shown as closed. Raises
        OutOfOrder for an instant before the last event. Policy §9 to §13.
        """
        as_of = whole(as_of)
        if as_of < self.last_event_at:
            raise OutOfOrder(
                f"{as_of} is before the last event, {self.last_event_at}: fold only the "
                "events until then."
            )
        return {
            **self._response(as_of),
            **self._restoration(as_of),
            **self._customer_response(),
            **self._resolution(as_of),
        }

    def _response(self, as_of: datetime) -> dict[str, Any]:
        response = self.all_of(ClockKind.RESPONSE)[-1]
        replied_at = response.stopped_at if response.ended_by is EndedBy.EVENT else None
        return {
            "response_due": response.due_at,
            "response_at": replied_at,
            "response_breached": response.is_missed(as_of),
        }

    def _restoration(self, as_of: datetime) -> dict[str, Any]:
        restore = self.all_of(ClockKind.RESTORE)[-1]
        state = "running"
        if restore.target_seconds is None:
            state = "none"
        elif restore.stopped_at is not None:
            state = "stopped"
        elif restore.is_paused:
            state = "paused"
        return {
            "restoration_due": restore.due_at,
            "restoration_state": state,
            "restoration_remaining_seconds": restore.remaining_seconds(as_of, self.calendar),
            "restoration_breached": restore.is_missed(as_of),
        }

    def _customer_response(self) -> dict[str, Any]:
        wait = self.latest(ClockKind.CUSTOMER_RESPONSE) if self.is_waiting else None
        return {
            "customer_response_due": wait and wait.due_at,
            "response_policy_closure_due": wait and wait.closure_due_at,
        }

    def _resolution(self, as_of: datetime) -> dict[str, Any]:
        closure = self.latest(ClockKind.CLOSURE) if self.proposed_at else None
        rca = self.latest(ClockKind.RCA)
        closed_at = self.closed_at
        if (
            closed_at is None
            and self.unopposed_closure_at is not None
            and self.unopposed_closure_at <= as_of
        ):
            closed_at = self.unopposed_closure_at
        return {
            "auto_close_due": closure and closure.due_at,
            "closed_at": closed_at,
            "rca_due": rca.due_at
            if rca and rca.started_at == self.proposed_at and is_owed(rca)
            else None,
        }


def is_owed(rca: ClockState) -> bool:
    """Whether this root cause analysis belongs to a proposal that was not withdrawn."""
    return rca.ended_by is None or rca.ended_by is EndedBy.EVENT
