"""Cases, their conversation, files and events; notifications; and articles."""

from cases.models.agent_workspace import (
    Macro,
    MacroAudience,
    MacroUse,
    PendingMessage,
    PendingState,
    Presence,
    ReplyDraft,
)
from cases.models.bulk import BulkJob, BulkJobOutcome, BulkJobRow, BulkJobState
from cases.models.case import Case
from cases.models.conversation import Attachment, CaseLink, CaseUpdate, LinkKind, ScanState
from cases.models.drafts import ContactDraft, FilingDraft, FilingTemplate, SentForm, StagedFile
from cases.models.event import CaseEvent
from cases.models.knowledge import (
    Area,
    Article,
    ArticleVersion,
    ArticleVote,
    Deflection,
    Responsibility,
)
from cases.models.notification import Notification, NotificationChannel, NotificationState
from cases.models.reading import EntryPoint, ReadMark, SavedView, Watch
from cases.models.reminders import Reminder, ReminderState
from cases.models.search import CaseSearch
from cases.models.side_conversations import SideConversation, SideMessage, SideMessageState
from cases.models.tags import TagCount

__all__ = [
    "Area",
    "Article",
    "ArticleVersion",
    "ArticleVote",
    "Attachment",
    "BulkJob",
    "BulkJobOutcome",
    "BulkJobRow",
    "BulkJobState",
    "Case",
    "CaseEvent",
    "CaseLink",
    "CaseSearch",
    "CaseUpdate",
    "ContactDraft",
    "Deflection",
    "EntryPoint",
    "FilingDraft",
    "FilingTemplate",
    "LinkKind",
    "Macro",
    "MacroAudience",
    "MacroUse",
    "Notification",
    "NotificationChannel",
    "NotificationState",
    "PendingMessage",
    "PendingState",
    "Presence",
    "ReadMark",
    "Reminder",
    "ReminderState",
    "ReplyDraft",
    "Responsibility",
    "SavedView",
    "ScanState",
    "SentForm",
    "SideConversation",
    "SideMessage",
    "SideMessageState",
    "StagedFile",
    "TagCount",
    "Watch",
]
