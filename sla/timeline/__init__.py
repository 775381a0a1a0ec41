"""A case's clocks as a pure fold of its events: no database, no `now` of its own.

    timeline = fold(opened_at, severity, events, terms, calendar)
    timeline.latest(Kind.RESTORE).due_at

The same events under the same terms give the same clocks, today and in the nightly check.
"""

from .clocks import ClockState
from .credentials import CredentialEvent, fold_credentials
from .events import (
    ClockEvent,
    ClockKind,
    ClockStatus,
    EndedBy,
    EventKind,
    OutOfOrder,
    TimelineError,
    UnknownSeverity,
)
from .folding import fold
from .terms import Target, Terms
from .timeline import Timeline

__all__ = [
    "ClockEvent",
    "ClockKind",
    "ClockState",
    "ClockStatus",
    "CredentialEvent",
    "EndedBy",
    "EventKind",
    "OutOfOrder",
    "Target",
    "Terms",
    "Timeline",
    "TimelineError",
    "UnknownSeverity",
    "fold",
    "fold_credentials",
]
