"""Actions on a root cause analysis, its corrective actions and its documentation (§12), one
function each.

Each locks the case first and then the rows that depend on it. Each raises Refused where the policy
or a right forbids it.
"""

from rca.actions.acknowledgement import acknowledge
from rca.actions.comments import comment, resolve_comment
from rca.actions.corrective_actions import move_action, remind
from rca.actions.meetings import arrange_meeting, cancel_meeting, meeting_held
from rca.actions.publication import publish, return_to_author, send_initial, submit
from rca.actions.requests import deliver_documents, request_documentation, request_talk
from rca.actions.writing import Clash, SavedDraft, save_draft

__all__ = [
    "Clash",
    "SavedDraft",
    "acknowledge",
    "arrange_meeting",
    "cancel_meeting",
    "comment",
    "deliver_documents",
    "meeting_held",
    "move_action",
    "publish",
    "remind",
    "request_documentation",
    "request_talk",
    "resolve_comment",
    "return_to_author",
    "save_draft",
    "send_initial",
    "submit",
]
