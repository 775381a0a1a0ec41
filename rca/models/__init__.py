"""What Care owes customers after an outage: analyses, corrective actions, documentation and
meetings.
"""

from rca.models.analysis import Analysis, AnalysisState
from rca.models.corrective_actions import ActionState, CorrectiveAction
from rca.models.drafts import Comment, Saving
from rca.models.requests import Attendee, DocumentationRequest, Meeting, MeetingState, Recipient
from rca.models.version import Acknowledgement, RcaVersion

__all__ = [
    "Acknowledgement",
    "ActionState",
    "Analysis",
    "AnalysisState",
    "Attendee",
    "Comment",
    "CorrectiveAction",
    "DocumentationRequest",
    "Meeting",
    "MeetingState",
    "RcaVersion",
    "Recipient",
    "Saving",
]
