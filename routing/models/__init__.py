"""Working hours and turns, on-call rotas, assignment jobs, and on-call alerts."""

from routing.models.alerts import (
    Alert,
    AlertLevel,
    AlertMessage,
    AlertState,
    AlertStep,
    MessageChannel,
)
from routing.models.assignment import AssignmentJob
from routing.models.on_call import OnCallOverride, OnCallPlace, OnCallRota, OnCallShift
from routing.models.swaps import SwapRequest, SwapState
from routing.models.working_hours import TeamTurn, WorkPattern

__all__ = [
    "Alert",
    "AlertLevel",
    "AlertMessage",
    "AlertState",
    "AlertStep",
    "AssignmentJob",
    "MessageChannel",
    "OnCallOverride",
    "OnCallPlace",
    "OnCallRota",
    "OnCallShift",
    "SwapRequest",
    "SwapState",
    "TeamTurn",
    "WorkPattern",
]
