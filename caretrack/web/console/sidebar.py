"""The sidebar of a case in the console, in one statement: names, links, files, watchers, RCA, the
reader's drafts and staged files.

Joins of seven tables cost the database two milliseconds of planning; sub-selects by key cost
nothing.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from caretrack.web.shared import conversation
from cases.choices import CaseState
from cases.models import Attachment, Case, LinkKind, ReplyDraft, StagedFile
from cases.models.case import case_code
from contacts.models import Organisation, Site, Team, User
from rca.models import Analysis, DocumentationRequest, Meeting
from sla.models import CaseTerms

AROUND = """
    SELECT 'out', l.id, k.number, l.kind, NULL::timestamptz, jsonb_build_object('title', k.title,
        'state', k.state)
        FROM cases_caselink l JOIN cases_case k ON k.id = l.other_id
        WHERE l.organisation_id = %(of)s AND l.case_id = %(case)s
    UNION ALL SELECT 'in', l.id, k.number, l.kind, NULL, jsonb_build_object('title', k.title,
        'state', k.state)
        FROM cases_caselink l JOIN cases_case k ON k.id = l.case_id
        WHERE l.organisation_id = %(of)s AND l.other_id = %(case)s
    UNION ALL SELECT 'watch', w.id, p.id, p.name, w.since, NULL FROM cases_watch w
        JOIN contacts_user p ON p.id = w.watcher_id WHERE w.organisation_id = %(of)s
            AND w.case_id = %(case)s
            AND p.is_active AND (p.organisation_id IS NULL OR p.organisation_id = %(of)s)
    UNION ALL SELECT 'rca', a.id, a.severity, a.state, a.initial_sent_at,
        to_jsonb(EXISTS (SELECT FROM rca_rcaversion v WHERE v.analysis_id = a.id))
        FROM rca_analysis a WHERE a.organisation_id = %(of)s AND a.case_id = %(case)s
    UNION ALL SELECT 'file', f.id, f.size, f.name, f.at,
        jsonb_build_array(f.by_id, f.facing, f.scan_state, f.finding)
        FROM cases_attachment f WHERE f.organisation_id = %(of)s AND f.case_id = %(case)s
    UNION ALL SELECT 'draft', d.id, d.revision, d.text, d.updated_at, jsonb_build_array(d.noun,
        d.seen)
        FROM cases_replydraft d WHERE d.organisation_id = %(of)s AND d.case_id = %(case)s
            AND d.by_id = %(me)s
    UNION ALL SELECT 'names', k.id, k.number, '', NULL, jsonb_build_object(
        'contact', (SELECT jsonb_build_object('name', p.name, 'email', p.email, 'work_phone',
            p.work_phone,
            'zone', p.zone, 'role', p.role, 'language', p.language) FROM contacts_user p
                WHERE p.id = k.contact_id),
        'assignee', (SELECT jsonb_build_object('name', p.name, 'role', p.role) FROM contacts_user p
            WHERE p.id = k.assignee_id),
        'team', (SELECT t.name FROM contacts_team t WHERE t.id = k.team_id),
        'site', (SELECT s.name FROM contacts_site s WHERE s.id = k.site_id),
        'organisation', (SELECT jsonb_build_object('name', o.name, 'short_name', o.short_name,
            'public_id', o.public_id)
            FROM contacts_organisation o WHERE o.id = k.organisation_id),
        'terms', (SELECT jsonb_build_array(t.id, t.policy_version_id, t.calendar_version_id)
            FROM sla_caseterms t
            WHERE t.organisation_id = k.organisation_id AND t.case_id = k.id))
        FROM cases_case k WHERE k.id = %(case)s
    UNION ALL SELECT 'asked', r.id, 0, coalesce((SELECT m.state FROM rca_meeting m
        WHERE m.request_id = r.id
            ORDER BY m.id DESC LIMIT 1), ''), r.due_at, jsonb_build_array(r.delivered_at,
                r.meeting_due_at)
        FROM rca_documentationrequest r WHERE r.organisation_id = %(of)s AND r.case_id = %(case)s
    UNION ALL SELECT 'staged', s.id, s.size, s.name, NULL, NULL FROM cases_stagedfile s
        WHERE s.organisation_id = %(of)s AND s.case_id = %(case)s AND s.by_id = %(me)s
    ORDER BY 2
"""


@dataclass(frozen=True)
class SidebarLink:
    """Another case, and how the two cases relate."""

    number: int
    title: str
    state: str
    kind: str
    is_from_here: bool

    @property
    def code(self) -> str:
        return case_code(self.number)

    @property
    def is_open(self) -> bool:
        return self.state != CaseState.CLOSED

    @property
    def relation(self) -> str:
        """The relation of the other case to this one, as a heading."""
        return (HERE if self.is_from_here else THERE).get(self.kind, "Related to")


HERE: dict[str, str] = {
    LinkKind.FOLLOWS_UP: "Follows up",
    LinkKind.DUPLICATES: "Duplicate of",
    LinkKind.CONTINUES: "Continues",
    LinkKind.CHILD_OF: "Child of",
    LinkKind.SPLIT_FROM: "Split from",
}
THERE: dict[str, str] = {
    LinkKind.FOLLOWS_UP: "Followed up by",
    LinkKind.DUPLICATES: "Its duplicate",
    LinkKind.CONTINUES: "Continued by",
    LinkKind.CHILD_OF: "Parent of",
    LinkKind.SPLIT_FROM: "Split off",
}


@dataclass
class Sidebar:
    """Everything beside the conversation and the clocks."""

    links: list[SidebarLink] = field(default_factory=list)
    watchers: list[str] = field(default_factory=list)
    analysis: Analysis | None = None
    is_published: bool = False
    files: list[Attachment] = field(default_factory=list)
    drafts: list[ReplyDraft] = field(default_factory=list)
    staged: list[StagedFile] = field(default_factory=list)
    is_documentation_late: bool = False

    @property
    def open_children(self) -> list[SidebarLink]:
        """The children that would stay open after closing."""
        return [
            one
            for one in self.links
            if one.kind == LinkKind.CHILD_OF and not one.is_from_here and one.is_open
        ]

    def draft_of(self, noun: str) -> ReplyDraft | None:
        """The newest draft of this composer tab."""
        return next((draft for draft in self.drafts if draft.noun == noun), None)


def load_sidebar(case: Case, reader: User) -> Sidebar:
    """Read the sidebar, and set the related objects of the case.

    For Care only: it contains internal files.
    """
    sidebar = Sidebar()
    with connection.cursor() as cursor:
        cursor.execute(AROUND, {"of": case.organisation_id, "case": case.pk, "me": reader.pk})
        for kind, pk, number, text, at, more in cursor.fetchall():
            _add(
                sidebar,
                case,
                kind,
                (pk, number, text, at, json.loads(more) if isinstance(more, str) else more),
            )
    sidebar.files.sort(key=lambda file: (file.at, file.pk))
    sidebar.drafts.sort(key=lambda draft: draft.updated_at, reverse=True)
    return sidebar


def _add(sidebar: Sidebar, case: Case, kind: str, row: tuple[int, int, str, datetime, Any]) -> None:
    pk, number, text, at, more = row
    if kind in ("out", "in"):
        sidebar.links.append(SidebarLink(number, more["title"], more["state"], text, kind == "out"))
    elif kind == "names":
        _name(case, more)
    elif kind == "watch":
        sidebar.watchers.append(text)
    elif kind == "rca":
        sidebar.analysis = Analysis(
            pk=pk, case=case, severity=number, state=text, initial_sent_at=at
        )
        sidebar.is_published = bool(more)
    elif kind == "asked":
        sidebar.is_documentation_late = case.is_open and _is_late(text, at, *more)
    elif kind == "file":
        sidebar.files.append(
            conversation.file((pk, more[0], at, more[1], text, number, more[2], more[3]))
        )
    elif kind == "draft":
        sidebar.drafts.append(
            ReplyDraft(pk=pk, revision=number, text=text, updated_at=at, noun=more[0], seen=more[1])
        )
    else:
        sidebar.staged.append(StagedFile(pk=pk, name=text, size=number))


def _is_late(
    meeting: str, due_at: datetime | None, delivered: str | None, meeting_due: str | None
) -> bool:
    """Whether the documents, or the meeting, of the case are overdue."""
    documentation_request = DocumentationRequest(due_at=due_at)
    documentation_request.delivered_at, documentation_request.meeting_due_at = (
        datetime.fromisoformat(text) if text else None for text in (delivered, meeting_due)
    )
    return documentation_request.is_late(
        timezone.now(), Meeting(state=meeting) if meeting else None
    )


def _name(case: Case, names: dict[str, Any]) -> None:
    """Set the related objects of the case with the columns that its page shows. They are never
    saved.
    """
    case.organisation = Organisation(pk=case.organisation_id, **names["organisation"])
    case.contact = User(
        pk=case.contact_id, organisation_id=case.organisation_id, **names["contact"]
    )
    case.site = Site(pk=case.site_id, name=names["site"])
    if names["assignee"]:
        case.assignee = User(pk=case.assignee_id, **names["assignee"])
    if names["team"]:
        case.team = Team(pk=case.team_id, name=names["team"])
    if names["terms"]:
        pk, policy, calendar = names["terms"]
        CaseTerms(
            pk=pk, case=case, policy_version_id=policy, calendar_version_id=calendar
        )  # this sets `case.terms`
