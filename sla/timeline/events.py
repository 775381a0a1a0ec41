"""The vocabulary of the fold: the events that it reads, and the states of clocks."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .terms import Terms

CRITICAL = 1


class EventKind(StrEnum):
    """The events of a case that affect its clocks."""

    RESPONDED_ELSEWHERE = "responded_elsewhere"
    RESPONSE_RESTARTED = "response_restarted"
    ANALYST_REPLY = "analyst_reply"
    UPDATE_GIVEN = "update_given"
    WAITING_ON_CUSTOMER = "waiting_on_customer"
    CUSTOMER_REPLY = "customer_reply"
    QUESTION_WITHDRAWN = "question_withdrawn"
    WAIT_SUSPENDED = "wait_suspended"
    WAIT_RESUMED = "wait_resumed"
    ON_HOLD = "on_hold"
    HOLD_ENDED = "hold_ended"
    RULED_INADEQUATE = "ruled_inadequate"
    SEVERITY_CHANGE = "severity_change"
    TERMS_MOVED = "terms_moved"
    RESTORED = "restored"
    RESOLUTION_PROPOSED = "resolution_proposed"
    ISSUE_REPORTED = "issue_reported"
    RESOLUTION_ACCEPTED = "resolution_accepted"
    RCA_PUBLISHED = "rca_published"
    INITIAL_RCA_SENT = "initial_rca_sent"
    CLOSED = "closed"
    REOPENED = "reopened"
    ESCALATION_REQUESTED = "escalation_requested"
    ESCALATION_ANSWERED = "escalation_answered"


class ClockKind(StrEnum):
    """What a clock measures."""

    RESPONSE = "response"
    RESTORE = "restore"
    RESOLVE = "resolve"
    CUSTOMER_RESPONSE = "customer_response"
    CLOSURE = "closure"
    RCA = "rca"
    ESCALATION = "escalation"
    UPDATE = "update"
    CREDENTIAL = "credential"

    @property
    def is_the_customers(self) -> bool:
        """Whether it is the customer's time that runs. Care cannot breach such a clock.

        Policy §13.
        """
        return self is ClockKind.CUSTOMER_RESPONSE or self is ClockKind.CLOSURE


class EndedBy(StrEnum):
    """Why a clock stopped: the event it waited for, or one that ended its purpose."""

    EVENT = "event"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    SUPERSEDED = "superseded"


class ClockStatus(StrEnum):
    """The status of a clock at an instant.

    MET and BREACHED belong to Care's targets, ANSWERED and RAN_OUT to the customer's time, MEASURED
    to a clock without a target. CANCELLED: its purpose ended before it was decided.
    """

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    ANSWERED = "answered"
    RAN_OUT = "ran_out"
    MEASURED = "measured"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class ClockEvent:
    """One event: at an aware instant, `what` happened.

    `severity` goes with SEVERITY_CHANGE, `terms` with TERMS_MOVED.
    """

    at: datetime
    what: EventKind
    severity: int | None = None
    terms: "Terms | None" = None


class TimelineError(ValueError):
    """The events or the terms cannot belong to a real case."""


class OutOfOrder(TimelineError):
    """An event lies before the opening, or before the previous event."""


class UnknownSeverity(TimelineError):
    """A severity is not in the policy, or a change of severity does not name one."""
