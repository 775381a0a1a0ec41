"""Cases as list rows: last event, whose turn it is, and the next due clock.

The speed of a list depends on this module. What every row shares is built once for each language.
The rest is read in two statements for all rows, and one more for a search.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Subquery
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from caretrack.web.shared import clock_view, conversation, render
from caretrack.web.shared.clock_view import ClockView
from caretrack.web.shared.readers import paused_labels, state_label
from caretrack.web.shared.templatetags.care import SIGNS, instant
from cases import search
from cases.choices import CaseState, ClosingReason, EventType, Facing, Severity
from cases.known_areas import area_label
from cases.models import Case, CaseEvent, ContactDraft, StagedFile
from cases.querysets import CaseQuerySet
from contacts import namesakes
from contacts.models import Role, User
from core.formatting import honorific
from core.search_query import SearchQuery

# The columns of a list row, without the long texts.
SHOWN = (
    "organisation",
    "number",
    "kind",
    "state",
    "severity",
    "severity_at_proposal",
    "title",
    "opened_at",
    "closed_at",
    "closing_reason",
    "contact__name",
    "area",
    "site__name",
)


@dataclass(frozen=True)
class Same:
    """What every row shares, built once for each language."""

    verbs: dict[str, str]
    reasons: dict[str, str]
    severities: dict[int, SafeString]
    states: dict[str, SafeString]
    yours: str
    ours: str
    paused: dict[str, str]
    paused_pills: dict[str, SafeString]
    nothing_promised: str
    analysis_owed: str


@lru_cache(maxsize=8)
def same(language: str) -> Same:
    """What every row shares, in one language."""
    with translation.override(language):
        return Same(
            verbs={verb.value: f"{conversation.joint()}{verb.label}" for verb in EventType},
            reasons={reason.value: str(reason.label) for reason in ClosingReason},
            severities={severity.value: _severity(severity) for severity in Severity},
            states={
                state.value: _pill(state, state_label(state, is_care=False)) for state in CaseState
            },
            yours=_("Waiting for you"),
            ours=_("With us"),
            paused=paused_labels(),
            paused_pills={
                why: _pill(CaseState.WAITING_ON_CONTACT, label)
                for why, label in paused_labels().items()
            },
            nothing_promised=_("There is no deadline running on this case."),
            analysis_owed=_("The root cause analysis is due again after the next resolution."),
        )


def _severity(severity: Severity) -> SafeString:
    return render.partial(
        "parts/severity.html",
        severity=severity.value,
        sign=SIGNS[severity],
        label=severity.label,
    )


def _pill(state: CaseState, label: str) -> SafeString:
    return render.partial("parts/pill.html", state=state.value, label=label)


class LastEvent(NamedTuple):
    """The last contact-facing event of a case, with its author's name as a sentence has it; and the
    case's contact, distinguished from colleagues of the same name.
    """

    verb: str
    at: datetime
    by: str
    contact: str


@dataclass(frozen=True)
class CaseRow:
    """A case as a list row. Each value is text, or HTML that is already escaped."""

    case: Case
    code: str
    link: str
    severity: SafeString
    state: SafeString
    turn: str
    is_yours: bool
    next: SafeString
    last_event: str
    last_event_at: SafeString | str
    contact: str
    area: str
    site: str
    snippet: SafeString | None


def listed(
    user: User, *, with_description: bool = False, with_activity: bool = False
) -> CaseQuerySet:
    """The cases that this user may see, with the columns that a list shows.

    A search shows a snippet, so it needs the descriptions too; a file shows the last activity.
    """
    shown = (*SHOWN, "description") if with_description else SHOWN
    shown = (*shown, "last_message_at") if with_activity else shown
    return Case.objects.visible_to(user).select_related("contact", "site").only(*shown)


def with_unsent(cases: CaseQuerySet, user: User) -> CaseQuerySet:
    """The cases with `has_unsent`: this user has a file or a text ready on them, and has not sent
    it.
    """
    theirs = {
        "organisation_id": OuterRef("organisation_id"),
        "case_id": OuterRef("pk"),
        "user": user,
    }
    texts = ContactDraft.objects.filter(**theirs).exclude(fields={})
    return cases.annotate(has_unsent=Exists(StagedFile.objects.filter(**theirs)) | Exists(texts))


def rows(
    cases: Sequence[Case], now: datetime, user: User, query: SearchQuery | None = None
) -> list[CaseRow]:
    """The cases as rows, in two statements for any number of them. With a query, a row has a
    snippet unless its title contains every word; that takes a third statement.
    """
    clocks = clock_view.of_cases(cases, now, user, only_running=True)
    last_events = _last_events(cases)
    snippets = search.snippets(query, cases, user) if query else {}
    labels = same(translation.get_language() or "en")
    return [
        _row(
            case,
            clocks[case.pk],
            last_events[case.pk],
            user,
            snippets.get(case.pk),
            labels,
        )
        for case in cases
    ]


def _last_events(cases: Sequence[Case]) -> dict[int, LastEvent]:
    """The last contact-facing event of each case. A link between cases is no word on either.

    Each value is looked up by an index. As a join, the planner reads the events of all cases
    (`bench portal`).
    """
    newest = CaseEvent.objects.filter(
        organisation_id=OuterRef("organisation_id"), case_id=OuterRef("pk"), facing=Facing.CONTACT
    )
    newest = newest.exclude(verb__in=[EventType.LINKED, EventType.UNLINKED]).order_by("-seq")
    last = Case.objects.filter(pk__in=[case.pk for case in cases]).values_list(
        "pk",
        Subquery(newest.values("verb")[:1]),
        Subquery(newest.values("at")[:1]),
        Subquery(newest.values("by__name")[:1]),
        Subquery(newest.values("by__role")[:1]),
        "contact__name",
        "contact__email",
        namesakes.addresses_of_namesakes("contact"),
    )
    return {
        pk: LastEvent(
            verb,
            at,
            by if role == Role.SYSTEM else f"{by}{honorific()}",
            namesakes.label_among(*contact),
        )
        for pk, verb, at, by, role, *contact in last
    }


def _row(
    case: Case,
    clocks: list[ClockView],
    last: LastEvent,
    user: User,
    snippet: SafeString | None,
    same_: Same,
) -> CaseRow:
    is_yours = case.is_contacts_turn
    clock = clock_view.next_for_customer(case, clocks)
    pause, code = clock.paused_by if clock else "", case.code
    return CaseRow(
        case=case,
        code=code,
        link=f"/portal/cases/{code}/",
        severity=same_.severities[case.severity],
        state=same_.paused_pills[pause]
        if pause and case.state == CaseState.WAITING_ON_CONTACT
        else same_.states[case.state],
        turn=_turn(case, clock, same_),
        is_yours=is_yours and not pause,
        next=render.promise(clock, user, compact=True) if clock else _no_next(case, clocks, same_),
        last_event=f"{last.by}{same_.verbs[last.verb]}" if last.verb else "",
        last_event_at=instant(last.at) if last.verb else "",
        contact=last.contact,
        area=area_label(case.area),
        site=case.site.name,
        snippet=snippet,
    )


def _turn(case: Case, clock: ClockView | None, same_: Same) -> str:
    if case.state == CaseState.CLOSED:
        return ""
    if clock is not None and clock.paused_by:
        return same_.paused[clock.paused_by]
    return same_.yours if case.is_contacts_turn else same_.ours


def _no_next(case: Case, clocks: list[ClockView], same_: Same) -> SafeString:
    text = same_.reasons.get(case.closing_reason, same_.nothing_promised)
    if any(clock.state == "owed" for clock in clocks):
        text = same_.analysis_owed
    return format_html('<span class="muted">{}</span>', text)
