"""The case, what was said and attached, its journal, the notices that tell people of it, and what is read before."""

from cases.models.case import Case
from cases.models.drafts import FilingDraft, StagedFile
from cases.models.event import CaseEvent
from cases.models.help import Area, Article, ArticleVersion, ArticleVote, Deflection, Responsibility
from cases.models.notice import Notice, NoticeState
from cases.models.parts import Attachment, CaseLink, CaseUpdate, LinkKind, Scan

__all__ = [
    "Area",
    "Article",
    "ArticleVersion",
    "ArticleVote",
    "Attachment",
    "Case",
    "CaseEvent",
    "CaseLink",
    "CaseUpdate",
    "Deflection",
    "FilingDraft",
    "LinkKind",
    "Notice",
    "NoticeState",
    "Responsibility",
    "Scan",
    "StagedFile",
]
