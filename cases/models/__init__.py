"""The case, what was said and attached, its journal, and the notices that tell people of it."""

from cases.models.case import Case
from cases.models.event import CaseEvent
from cases.models.notice import Notice, NoticeChannel, NoticeState
from cases.models.parts import Attachment, CaseLink, CaseUpdate, LinkKind
from cases.models.reading import Door, SavedView, Watch

__all__ = [
    "Attachment",
    "Case",
    "CaseEvent",
    "CaseLink",
    "CaseUpdate",
    "Door",
    "LinkKind",
    "Notice",
    "NoticeChannel",
    "NoticeState",
    "SavedView",
    "Watch",
]
