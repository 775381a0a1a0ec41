"""What Care sees of one case: whose turn, conversation, clocks, possible actions, customer.

A page costs seven statements, including notifications, for a case of any length. Rarely opened
parts (action forms, the customer's other cases) load from URLs of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.forms import BoundField, Form, Textarea
from django.utils import timezone

from caretrack.web.console import action_registry, actions, sidebar
from caretrack.web.console.actions import CaseSituation, ConsoleAction
from caretrack.web.console.forms import TextForm
from caretrack.web.console.sidebar import Sidebar
from caretrack.web.shared import (
    clock_view,
    conversation,
    conversation_pages,
    next_step,
    open_requests,
)
from caretrack.web.shared.conversation import ConversationEntry
from cases import pending_messages
from cases.actions.context import ActionContext
from cases.choices import CaseState
from cases.models import Case, ReplyDraft
from cases.notifications.outgoing import contact_status
from contacts.models import ContactState, User
from rca import gate
from sla import calendars
from sla.receivers import reopens_until


def whose(case: Case) -> str:
    """Whose turn it is, as a short label for a row."""
    if case.state == CaseState.CLOSED:
        return "nobody"
    return "customer" if case.is_contacts_turn else "us"


@dataclass(frozen=True)
class CaseView:
    """A case for one reader at one instant: read once, for the page and its actions."""

    case: Case
    entries: list[ConversationEntry]
    sidebar: Sidebar
    situation: CaseSituation


def load_case_view(case: Case, user: User) -> CaseView:
    """Read the case's past and its sidebar."""
    related = sidebar.load_sidebar(case, user)
    action_context = ActionContext(case, user)
    entries, action_context.facts = conversation.entries_and_facts(case, user, related.files)
    held = gate.why(case, related.analysis, is_published=related.is_published)
    situation = CaseSituation(action_context, related.analysis, held)
    return CaseView(case, entries, related, situation)


def context(
    seen: CaseView,
    user: User,
    *,
    noun: str = "",
    bound: Form | None = None,
    params: Mapping[str, str],
    read_to: int = 0,
    more: Any = None,
) -> dict[str, Any]:
    """The context of `console/case.html`. `bound` is the form of `noun`, shown again with its
    input.

    `params` are the query parameters: a tab, an entry to quote. `read_to` is the last entry that
    the user has read. `more` is for the form's own part.
    """
    now, case, situation = timezone.now(), seen.case, seen.situation
    clocks = clock_view.of_case(case, now, user)
    offered = actions.offered(situation, action_registry.ACTIONS)
    composer = [action for action in offered if action.place == "composer"]
    tab = _tab(composer, noun or params.get("tab", ""))
    here = calendars.calendar_of(case.terms.calendar_version_id)
    return {
        "case": case,
        "turn": next_step.sentence(
            case,
            clocks,
            user,
            asker=conversation.asker(seen.entries),
            held=situation.held,
            has_written=situation.context.facts.has_contact_written_since_proposal,
            hold=situation.context.facts.hold,
            is_suspended=situation.context.facts.is_wait_suspended,
            reopens_until=reopens_until(case) if not case.is_open else None,
        ),
        "entries": conversation_pages.page_of(seen.entries, user, read_to=read_to, params=params),
        "clocks": clocks,
        "open_requests": open_requests.of_case(
            situation.case, situation.context.facts, seen.entries, clocks
        ),
        "composer": [
            replace(
                _panel(action, tab, seen, bound if action.noun == noun else None, params),
                ways=_ways(action, offered),
            )
            for action in composer
        ],
        "tab": tab,
        "actions": [
            (
                action,
                _form(action, seen, noun, bound),
                action.noun == noun or action.noun in actions.FIRST,
            )
            for action in offered
            if action.place == "actions"
        ],
        "more": more,
        "take": next((action for action in offered if action.place == "direct"), None),
        "stray": bound if noun and noun not in {action.noun for action in offered} else None,
        "written": _written(bound),
        "refused": bound if noun == "assignment" else None,
        "held": situation.held if case.is_open else "",
        "sidebar": seen.sidebar,
        "analysis": situation.analysis,
        "files": seen.sidebar.files,
        "waiting": list(pending_messages.waiting_on(case).select_related("by"))
        if getattr(case, "has_waiting", True)
        else [],
        "may_split": case.is_open,
        "is_live": True,
        "live_version": case.event_count,
        "there": f"{now.astimezone(ZoneInfo(here.zone)):%a %H:%M}",
        "zone": here.zone,
        "is_open_there": here.is_open(now),
        "contact_state": _contact_state(case.contact),
        "contact_there": f"{now.astimezone(case.contact.tzinfo):%a %H:%M}",
        "longest": settings.MESSAGE_MAX_CHARACTERS,
    }


def _contact_state(contact: User) -> str:
    """Why the contact cannot answer now; empty for an active Designated Contact."""
    state = contact_status(contact)
    return "" if state == ContactState.ACTIVE else str(ContactState(state).label) if state else ""


@dataclass(frozen=True)
class Panel:
    """One tab of the composer with its text: refused, from a draft, or quoted."""

    action: ConsoleAction
    form: Form | None
    text: str
    draft: ReplyDraft | None
    preview: str = ""
    others: int = 0
    ways: tuple[tuple[str, str], ...] = ()  # other actions that take the same text

    @property
    def noun(self) -> str:
        return self.action.noun

    @property
    def files(self) -> BoundField:
        """The field of files: of the form that was refused, or an empty one."""
        form = self.form or TextForm(auto_id=f"{self.noun}_%s")
        return form["files"]

    @property
    def files_are(self) -> str:
        """Who sees the files that go along."""
        return "internal" if self.noun == "note" else "the contact sees them"


WAYS = {
    "answer": "Send as an answer",
    "information": "Ask the contact: their turn",
    "resolution": "Propose it as the resolution",
}


def _ways(action: ConsoleAction, offered: list[ConsoleAction]) -> tuple[tuple[str, str], ...]:
    """What else a text for the contact can be, of the possible actions."""
    if action.noun not in WAYS:
        return ()
    possible = {one.noun for one in offered}
    return tuple(
        (noun, label) for noun, label in WAYS.items() if noun != action.noun and noun in possible
    )


def _panel(
    action: ConsoleAction, tab: str, seen: CaseView, bound: Form | None, params: Mapping[str, str]
) -> Panel:
    draft = seen.sidebar.draft_of(action.noun)
    if bound is not None:
        text = str(bound["text"].value() or "")
        shown = text if "preview" in bound.data else ""
        return Panel(
            action, bound if bound.errors or action.noun == "call" else None, text, draft, shown
        )
    text = draft.text if draft else ""
    if action.noun == tab:
        quoted = conversation.quoted(seen.entries, params.get("quote", ""))
        text = "\n\n".join(
            part for part in (text.rstrip(), quoted, params.get("insert", "")) if part
        )
    others = sum(draft.noun == action.noun for draft in seen.sidebar.drafts) - bool(draft)
    return Panel(action, None, text, draft, others=others)


def _written(bound: Form | None) -> list[str]:
    """The text of a form that is no longer on the page, so that it is not lost."""
    if bound is None:
        return []
    return [
        str(field.value())
        for field in bound
        if isinstance(field.field.widget, Textarea) and field.value()
    ]


def _form(action: ConsoleAction, seen: CaseView, noun: str, bound: Form | None) -> Form | None:
    """The form of an action that is open initially. The others load on demand."""
    if action.noun == noun and bound is not None:
        return bound
    return action.new_form(seen.situation) if action.noun in actions.FIRST else None


def _tab(composer: list[ConsoleAction], wanted: str) -> str:
    nouns = [action.noun for action in composer]
    return wanted if wanted in nouns else nouns[0] if nouns else ""
