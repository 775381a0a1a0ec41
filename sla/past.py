"""What the journal's verbs mean to the clocks."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from cases.models import Case, CaseEvent
from cases.verbs import ClosingReason, Verb
from cases.verbs import Kind as CaseKind
from sla import calendars
from sla.timeline import Event, What

Particulars = dict[str, Any]


def _call(said: Particulars) -> list[What]:
    return [What.ANALYST_REPLY] if said.get("reached") else []


def _closing(said: Particulars) -> list[What]:
    """Words of a person that close a case answer it too; an acceptance answers the proposal."""
    if said.get("reason") == ClosingReason.ACCEPTED:
        return [What.RESOLUTION_ACCEPTED]
    by_a_person_of_care = said.get("reason") in (
        ClosingReason.DUPLICATE,
        ClosingReason.OUT_OF_SCOPE,
    )
    return [What.ANALYST_REPLY, What.CLOSED] if by_a_person_of_care else [What.CLOSED]


def _merging(said: Particulars) -> list[What]:
    """The contact's words on a duplicate may have ended the wait of the case that goes on (§13)."""
    return [What.CUSTOMER_REPLY] if said.get("ended_wait") else []


# §9: an answer is what a person of Care says to the contact. Taking, noting, ranking and escalating
# are none.
MEANS: dict[str, list[What] | Callable[[Particulars], list[What]]] = {
    Verb.ANSWERED: [What.ANALYST_REPLY],
    Verb.CALL_LOGGED: _call,
    Verb.INFORMATION_REQUESTED: [What.ANALYST_REPLY, What.WAITING_ON_CUSTOMER],
    Verb.CONTACT_ANSWERED: [What.CUSTOMER_REPLY],
    Verb.MERGED: _merging,
    Verb.RULED_INADEQUATE: [What.RULED_INADEQUATE],
    Verb.SEVERITY_SET: [What.SEVERITY_CHANGE],
    Verb.TERMS_MOVED: [What.TERMS_MOVED],
    Verb.RESTORED: [What.ANALYST_REPLY, What.RESTORED],
    Verb.RESOLUTION_PROPOSED: [What.ANALYST_REPLY, What.RESOLUTION_PROPOSED],
    Verb.ISSUE_REPORTED: [What.ISSUE_REPORTED],
    Verb.CLOSED: _closing,
    Verb.REOPENED: [What.REOPENED],
    Verb.DOCUMENTS_DELIVERED: [What.ANALYST_REPLY],
    Verb.MEETING_ARRANGED: [What.ANALYST_REPLY],
    Verb.INITIAL_RCA_SENT: [What.INITIAL_RCA_SENT],
    Verb.RCA_PUBLISHED: [What.RCA_PUBLISHED],
    Verb.ESCALATION_REQUESTED: [What.ESCALATION_REQUESTED],
    Verb.ESCALATION_ANSWERED: [What.ESCALATION_ANSWERED],
}
Row = tuple[int, str, datetime, Particulars]


def rows_of(case: Case) -> list[Row]:
    """The journal of a case, as (seq, verb, at, particulars) in order."""
    return list(
        CaseEvent.objects.filter(case=case)
        .order_by("seq")
        .values_list("seq", "verb", "at", "particulars")
    )


def events(rows: list[Row], kind: str = CaseKind.PROBLEM) -> Iterator[Event]:
    """The journal as the fold hears it, of a case of a kind."""
    for _, verb, at, said in rows:
        meaning = MEANS.get(verb, [])
        for what in meaning(said) if callable(meaning) else meaning:
            yield Event(
                at,
                what,
                severity=said.get("after") if what is What.SEVERITY_CHANGE else None,
                terms=calendars.terms_of(said["version"], kind)
                if what is What.TERMS_MOVED
                else None,
            )


def version_at_filing(rows: list[Row], pinned: int) -> int:
    """The policy version a case was filed under: the one pinned now, or the one it was first moved
    from (§14).
    """
    return next(
        (int(said["version_before"]) for _, verb, _, said in rows if verb == Verb.TERMS_MOVED),
        pinned,
    )


def severity_at_filing(rows: list[Row]) -> int:
    """The severity the case was filed with."""
    return int(rows[0][3]["severity"])


def incident_started_at(rows: list[Row]) -> datetime | None:
    """When the platform incident behind the case began, if there is one (§11)."""
    said = rows[0][3].get("incident_started_at")
    return datetime.fromisoformat(said) if said else None


def rows_of_many(case_ids: list[int]) -> dict[int, list[Row]]:
    """The journals of several cases in one query."""
    journals: dict[int, list[Row]] = {key: [] for key in case_ids}
    rows = CaseEvent.objects.filter(case_id__in=case_ids).order_by("case_id", "seq")
    for key, *row in rows.values_list("case_id", "seq", "verb", "at", "particulars"):
        journals[key].append(tuple(row))
    return journals
