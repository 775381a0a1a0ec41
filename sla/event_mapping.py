"""The effects of event types on clocks."""

from collections.abc import Callable, Iterator
from datetime import datetime

from cases.choices import CaseKind as CaseKind
from cases.choices import ClosingReason, EventType, FirstResponse, SettledBy
from cases.events import (
    CallLogged,
    Closed,
    EventData,
    Filed,
    Merged,
    QuestionSettled,
    SeveritySet,
    TermsMoved,
    read,
)
from cases.facts import CaseFacts, PastEvent
from cases.models import Case, CaseEvent
from sla import calendars
from sla.timeline import ClockEvent, EventKind


def _filing(data: EventData) -> list[EventKind]:
    """A split counts no response twice (§5)."""
    promised = data.first_response if isinstance(data, Filed) else None
    if promised == FirstResponse.ON_ORIGIN:
        return [EventKind.RESPONDED_ELSEWHERE]
    return [EventKind.RESPONSE_RESTARTED] if promised == FirstResponse.FROM_SPLIT else []


def _call(data: EventData) -> list[EventKind]:
    return [EventKind.ANALYST_REPLY] if isinstance(data, CallLogged) and data.reached else []


def _settling(data: EventData) -> list[EventKind]:
    """The contact's answer came in another way, or is no longer needed (§13)."""
    how = data.how if isinstance(data, QuestionSettled) else ""
    ended = (
        EventKind.QUESTION_WITHDRAWN if how == SettledBy.NOT_NEEDED else EventKind.CUSTOMER_REPLY
    )
    return [EventKind.ANALYST_REPLY, ended]


def _closing(data: EventData) -> list[EventKind]:
    """A person's message that closes a case also answers it; an acceptance answers the proposal."""
    reason = data.reason if isinstance(data, Closed) else ""
    if reason == ClosingReason.ACCEPTED:
        return [EventKind.RESOLUTION_ACCEPTED]
    by_a_person_of_care = reason in (ClosingReason.DUPLICATE, ClosingReason.OUT_OF_SCOPE)
    return (
        [EventKind.ANALYST_REPLY, EventKind.CLOSED] if by_a_person_of_care else [EventKind.CLOSED]
    )


def _merging(data: EventData) -> list[EventKind]:
    """The contact's message on a duplicate may have ended the wait of the surviving case (§13)."""
    return [EventKind.CUSTOMER_REPLY] if isinstance(data, Merged) and data.ended_wait else []


# §9: a response is a message of a person of Care to the contact about the problem. Taking, noting,
# ranking and escalating are none. §14: every message of a person of Care is an update. It comes
# before a change that retargets the next one, and after one that ends it.
EFFECTS: dict[str, list[EventKind] | Callable[[EventData], list[EventKind]]] = {
    EventType.FILED: _filing,
    EventType.ANSWERED: [EventKind.ANALYST_REPLY],
    EventType.CALL_LOGGED: _call,
    EventType.INFORMATION_REQUESTED: [EventKind.ANALYST_REPLY, EventKind.WAITING_ON_CUSTOMER],
    EventType.CONTACT_ANSWERED: [EventKind.CUSTOMER_REPLY],
    EventType.QUESTION_SETTLED: _settling,
    EventType.MERGED: _merging,
    EventType.RULED_INADEQUATE: [EventKind.UPDATE_GIVEN, EventKind.RULED_INADEQUATE],
    EventType.WAIT_SUSPENDED: [EventKind.WAIT_SUSPENDED],
    EventType.WAIT_RESUMED: [EventKind.WAIT_RESUMED],
    EventType.ON_HOLD: [EventKind.UPDATE_GIVEN, EventKind.ON_HOLD],
    EventType.HOLD_ENDED: [EventKind.HOLD_ENDED],
    EventType.SEVERITY_SET: [EventKind.UPDATE_GIVEN, EventKind.SEVERITY_CHANGE],
    EventType.SEVERITY_UPHELD: [EventKind.UPDATE_GIVEN],
    EventType.TERMS_MOVED: [EventKind.TERMS_MOVED],
    EventType.RESTORED: [EventKind.RESTORED, EventKind.ANALYST_REPLY],
    EventType.RESOLUTION_PROPOSED: [EventKind.RESOLUTION_PROPOSED, EventKind.ANALYST_REPLY],
    EventType.ISSUE_REPORTED: [EventKind.ISSUE_REPORTED],
    EventType.CLOSED: _closing,
    EventType.REOPENED: [EventKind.REOPENED],
    EventType.DOCUMENTS_DELIVERED: [EventKind.ANALYST_REPLY],
    EventType.MEETING_ARRANGED: [EventKind.ANALYST_REPLY],
    EventType.MEETING_MOVED: [EventKind.ANALYST_REPLY],
    EventType.MEETING_CANCELLED: [EventKind.UPDATE_GIVEN],
    EventType.INITIAL_RCA_SENT: [EventKind.INITIAL_RCA_SENT],
    EventType.RCA_PUBLISHED: [EventKind.RCA_PUBLISHED],
    EventType.ESCALATION_REQUESTED: [EventKind.ESCALATION_REQUESTED],
    EventType.ESCALATED: [EventKind.UPDATE_GIVEN],
    EventType.HANDED_BACK: [EventKind.UPDATE_GIVEN],
    EventType.ESCALATION_ANSWERED: [EventKind.UPDATE_GIVEN, EventKind.ESCALATION_ANSWERED],
}
Row = tuple[int, str, datetime, EventData]


def rows_of(case: Case) -> list[Row]:
    """The events of a case, as (seq, type, at, data) in order."""
    rows = CaseEvent.objects.filter(case=case).order_by("seq")
    return [
        (seq, verb, at, read(verb, particulars))
        for seq, verb, at, particulars in rows.values_list("seq", "verb", "at", "particulars")
    ]


def facts(rows: list[Row]) -> CaseFacts:
    """The facts of a case from its events; who spoke is not needed here."""
    return CaseFacts.from_events(PastEvent(seq, verb, at, data) for seq, verb, at, data in rows)


def is_response(row: Row) -> bool:
    """Whether an event is a response of Care (§9)."""
    meaning = EFFECTS.get(row[1], [])
    return EventKind.ANALYST_REPLY in (meaning(row[3]) if callable(meaning) else meaning)


def events(rows: list[Row], kind: str = CaseKind.PROBLEM) -> Iterator[ClockEvent]:
    """The events as the fold reads them, for a kind of case."""
    for _, verb, at, data in rows:
        meaning = EFFECTS.get(verb, [])
        for what in meaning(data) if callable(meaning) else meaning:
            yield ClockEvent(
                at,
                what,
                severity=data.after if isinstance(data, SeveritySet) else None,
                terms=calendars.terms_of(data.version, kind)
                if isinstance(data, TermsMoved)
                else None,
            )


def version_at_filing(rows: list[Row], pinned: int) -> int:
    """The policy version at filing: the pinned one, or the one that the first move replaced
    (§14).
    """
    return next(
        (data.version_before for *_, data in rows if isinstance(data, TermsMoved)),
        pinned,
    )


def severity_at_filing(rows: list[Row]) -> int:
    """The severity at filing."""
    return _filed(rows).severity


def incident_started_at(rows: list[Row]) -> datetime | None:
    """The start of the platform incident that caused the case, if there is one (§11)."""
    began = _filed(rows).incident_started_at
    return datetime.fromisoformat(began) if began else None


def _filed(rows: list[Row]) -> Filed:
    filed = rows[0][3]
    assert isinstance(filed, Filed)  # a case begins with its filing
    return filed


def rows_of_many(case_ids: list[int]) -> dict[int, list[Row]]:
    """The events of several cases in one query."""
    journals: dict[int, list[Row]] = {key: [] for key in case_ids}
    rows = CaseEvent.objects.filter(case_id__in=case_ids).order_by("case_id", "seq")
    for key, seq, verb, at, particulars in rows.values_list(
        "case_id", "seq", "verb", "at", "particulars"
    ):
        journals[key].append((seq, verb, at, read(verb, particulars)))
    return journals
