"""Cases as list rows: last event, whose turn it is, and the next due clock.

The speed of a list depends on this module. What every row shares is built once for each language.
Two plain statements read the rest, with any filters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from caretrack.web.shared import clock_view, conversation, render
from caretrack.web.shared.clock_view import ClockView
from caretrack.web.shared.templatetags.care import SIGNS, instant
from cases import search
from cases.choices import CaseState, ClosingReason, EventType, Severity
from cases.models import Case
from cases.querysets import CaseQuerySet
from contacts.models import User

# The columns of a list row, without the long texts.
SHOWN = (
    "organisation",
    "number",
    "state",
    "severity",
    "title",
    "opened_at",
    "closed_at",
    "closing_reason",
    "contact",
)
SEPARATOR = "\x1f"
# The texts that a search matches, read only for a search.
WORDS = f"""k.description || coalesce((SELECT string_agg('{SEPARATOR}' || left(text, 5000), ''
    ORDER BY at DESC)
    FROM cases_caseupdate WHERE organisation_id = k.organisation_id AND case_id = k.id
        AND facing = 'contact'), '')"""  # noqa: S608
AROUND = """
    SELECT k.id, e.verb, e.at, p.name, c.name, {words} FROM cases_case k
    JOIN contacts_user c ON c.id = k.contact_id
    LEFT JOIN LATERAL (SELECT verb, at, by_id FROM cases_caseevent
        WHERE organisation_id = k.organisation_id AND case_id = k.id AND facing = 'contact'
        ORDER BY seq DESC LIMIT 1) e ON true
    LEFT JOIN contacts_user p ON p.id = e.by_id
    WHERE k.id = ANY(%s)
"""


@dataclass(frozen=True)
class Same:
    """What every row shares, built once for each language."""

    verbs: dict[str, str]
    reasons: dict[str, str]
    severities: dict[int, SafeString]
    states: dict[str, SafeString]
    yours: str
    ours: str
    nothing_promised: str


@lru_cache(maxsize=8)
def same(language: str) -> Same:
    """What every row shares, in one language."""
    with translation.override(language):
        waiting = _("Waiting for you")
        return Same(
            verbs={verb.value: f"{conversation.joint()}{verb.label}" for verb in EventType},
            reasons={reason.value: str(reason.label) for reason in ClosingReason},
            severities={severity.value: _severity(severity) for severity in Severity},
            states={
                state.value: _pill(
                    state, waiting if state == CaseState.WAITING_ON_CONTACT else str(state.label)
                )
                for state in CaseState
            },
            yours=_("Your turn"),
            ours=_("With us"),
            nothing_promised=_("Nothing is promised for a certain hour."),
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
    snippet: SafeString | None


def listed(user: User) -> CaseQuerySet:
    """The cases that this user may see, with the columns that a list shows."""
    return Case.objects.visible_to(user).only(*SHOWN)


def rows(
    cases: Sequence[Case], now: datetime, user: User, query: search.SearchQuery | None = None
) -> list[CaseRow]:
    """The cases as rows, in two statements for any number of them. With a query, each row has a
    snippet.
    """
    clocks = clock_view.of_cases(cases, now, only_running=True)
    around = _around([case.pk for case in cases], with_words=query is not None)
    labels = same(translation.get_language() or "en")
    return [_row(case, clocks[case.pk], around[case.pk], user, query, labels) for case in cases]


def _around(keys: list[int], *, with_words: bool) -> dict[int, tuple[Any, ...]]:
    """For each case: its last contact-facing event with its author, the contact's name, and its
    messages.
    """
    with connection.cursor() as cursor:
        cursor.execute(AROUND.format(words=WORDS if with_words else "''"), [keys])
        return {key: tuple(values) for key, *values in cursor.fetchall()}


def _row(
    case: Case,
    clocks: list[ClockView],
    around: tuple[Any, ...],
    user: User,
    query: search.SearchQuery | None,
    same_: Same,
) -> CaseRow:
    verb, at, by, contact, words = around
    is_yours = case.is_contacts_turn
    clock = clock_view.nearest(clocks, cares=not is_yours)
    code = case.code
    return CaseRow(
        case=case,
        code=code,
        link=f"/portal/cases/{code}/",
        severity=same_.severities[case.severity],
        state=same_.states[case.state],
        turn="" if case.state == CaseState.CLOSED else same_.yours if is_yours else same_.ours,
        is_yours=is_yours,
        next=render.promise(clock, user, compact=True) if clock else _no_next(case, same_),
        last_event=f"{by}{same_.verbs[verb]}" if verb else "",
        last_event_at=instant(at) if at else "",
        contact=contact,
        snippet=search.snippet(query, case.title, words.split(SEPARATOR)) if query else None,
    )


def _no_next(case: Case, same_: Same) -> SafeString:
    text = same_.reasons.get(case.closing_reason, same_.nothing_promised)
    return format_html('<span class="muted">{}</span>', text)
