"""Cases as rows of a list: what happened last, whose turn it is, and the promise that comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.utils.safestring import SafeString

from caretrack import clockviews
from caretrack.clockviews import ClockView
from caretrack.templatetags.care import SIGNS
from cases.models import Case, CaseEvent
from cases.querysets import CaseQuerySet
from cases.verbs import Facing, Severity, State, Verb
from contacts.models import User

# What a list shows of a case: its texts are long and stay where they are.
SHOWN = (
    "organisation", "number", "kind", "state", "severity", "title", "opened_at", "closed_at", "closing_reason",
    "contact", "last_word_at",
)  # fmt: skip
STATES = {**dict(State.choices), State.WAITING_ON_CONTACT: "Waiting for you"}
WORDS = {verb.value: verb.label for verb in Verb}


@dataclass(frozen=True)
class Row:
    """A case in a list, in words: everything a row shows, so that its template only has to print it."""

    case: Case
    clock: ClockView | None
    link: str
    sign: str
    severity: str
    state: str
    turn: str
    says: str
    said_at: datetime | None
    contact: str
    snippet: SafeString | None = None


def listed(user: User) -> CaseQuerySet:
    """The cases this person may see, each with its last contact-facing event and its contact's name."""
    last = CaseEvent.objects.filter(
        organisation=OuterRef("organisation"), case=OuterRef("pk"), facing=Facing.CONTACT
    ).order_by("-seq")
    said = last.values(said=JSONObject(verb="verb", at="at", by="by__name"))[:1]
    found: CaseQuerySet = Case.objects.visible_to(user).only(*SHOWN)
    return found.annotate(last_said=Subquery(said), contact_name=F("contact__name"))


def rows(cases: Sequence[Any], now: datetime, snippets: dict[int, SafeString] | None = None) -> list[Row]:
    """The cases as rows, in one query however many there are."""
    clocks = clockviews.of_cases(cases, now, only_running=True)
    return [_row(case, clocks[case.pk], (snippets or {}).get(case.pk)) for case in cases]


def _row(case: Any, clocks: list[ClockView], snippet: SafeString | None) -> Row:
    is_yours, said = case.is_contacts_turn, case.last_said
    return Row(
        case=case,
        clock=clockviews.nearest(clocks, cares=not is_yours),
        link=f"/portal/cases/{case.code}/",
        sign=SIGNS[Severity(case.severity)],
        severity=Severity(case.severity).label,
        state=STATES[State(case.state)],
        turn="" if case.state == State.CLOSED else "Your turn" if is_yours else "With us",
        says=f"{said['by']} {WORDS[said['verb']]}" if said else "",
        said_at=datetime.fromisoformat(said["at"]) if said else None,
        contact=case.contact_name,
        snippet=snippet,
    )
