"""The sidebar of a case in the console: links, files, watchers, RCA, the reader's drafts and staged
files.
"""

from dataclasses import dataclass

from django.utils import timezone

from caretrack.web.shared import conversation
from caretrack.web.shared.related import RelatedCase, Watcher, related_cases, watchers_of
from cases import reply_drafts
from cases.choices import CaseKind
from cases.files import staging
from cases.models import Attachment, Case, LinkKind, ReplyDraft, StagedFile
from contacts.models import User
from rca.models import Analysis, DocumentationRequest, Meeting


@dataclass(frozen=True)
class Sidebar:
    """Everything beside the conversation and the clocks."""

    links: list[RelatedCase]
    watchers: list[Watcher]
    analysis: Analysis | None
    is_published: bool
    files: list[Attachment]
    drafts: list[ReplyDraft]
    staged: list[StagedFile]
    is_documentation_late: bool

    @property
    def open_children(self) -> list[RelatedCase]:
        """The children that would stay open after closing."""
        return [
            link
            for link in self.links
            if link.kind == LinkKind.CHILD_OF and not link.is_from_here and link.is_open
        ]

    def draft_of(self, noun: str) -> ReplyDraft | None:
        """The newest draft of this composer tab."""
        return next((draft for draft in self.drafts if draft.noun == noun), None)


def load_sidebar(case: Case, reader: User) -> Sidebar:
    """Read the sidebar, in five statements. For Care only: it contains internal files."""
    analysis: Analysis | None = getattr(case, "analysis", None)
    return Sidebar(
        links=related_cases(case),
        watchers=watchers_of(case),
        analysis=analysis,
        is_published=analysis is not None and analysis.versions.exists(),
        files=conversation.files_of(case, reader),
        drafts=reply_drafts.mine(case, reader),
        staged=list(staging.mine(reader, case)),
        is_documentation_late=_is_documentation_late(case),
    )


def _is_documentation_late(case: Case) -> bool:
    """Whether the documents that the case asks for, or the meeting about them, are overdue."""
    if case.kind != CaseKind.DOCUMENTATION or not case.is_open:
        return False
    documents = DocumentationRequest.objects.filter(
        organisation_id=case.organisation_id, case=case
    ).first()
    if documents is None:
        return False
    meeting = Meeting.objects.filter(request=documents).order_by("-pk").first()
    return documents.is_late(timezone.now(), meeting)
