"""The case, what was said and attached, its journal, the notices that tell people of it, and what
is read before.
"""

from cases.models.agent_workspace import Audience, Macro, Presence, ReplyDraft
from cases.models.case import Case
from cases.models.conversation import Attachment, CaseLink, CaseUpdate, LinkKind, Scan
from cases.models.drafts import FilingDraft, StagedFile
from cases.models.event import CaseEvent
from cases.models.knowledge import (
    Area,
    Article,
    ArticleVersion,
    ArticleVote,
    Deflection,
    Responsibility,
)
from cases.models.notification import Notice, NoticeChannel, NoticeState
from cases.models.reading import Door, Look, SavedView, Watch
from cases.models.search import CaseSearch

__all__ = [
    "Area",
    "Article",
    "ArticleVersion",
    "ArticleVote",
    "Attachment",
    "Audience",
    "Case",
    "CaseEvent",
    "CaseLink",
    "CaseSearch",
    "CaseUpdate",
    "Deflection",
    "Door",
    "FilingDraft",
    "LinkKind",
    "Look",
    "Macro",
    "Notice",
    "NoticeChannel",
    "NoticeState",
    "Presence",
    "ReplyDraft",
    "Responsibility",
    "SavedView",
    "Scan",
    "StagedFile",
    "Watch",
]
