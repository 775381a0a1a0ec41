"""The facts of a case's past that rules depend on, folded once from its events.

Actions, queue, portal, console and API use the same facts, so that none of them interprets events
on its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import F

from cases.choices import EventType, Facing
from cases.events import (
    ClosureAnnounced,
    ClosureDeferred,
    ContactAnswered,
    EventData,
    Merged,
    PutOnHold,
    Rated,
    SeverityContested,
    read,
)
from cases.models import Case
from contacts.models.people import CARE_ROLES


class PastEvent(NamedTuple):
    """One event of a case, reduced to what facts depend on."""

    seq: int
    verb: str
    at: datetime
    data: EventData
    is_by_care: bool = False
    is_contact_facing: bool = True


@dataclass(frozen=True)
class ClosingNotice:
    """A closing notice in force (§13), and the event that announced it."""

    seq: int
    at: datetime
    closes_at: datetime


@dataclass(frozen=True)
class Hold:
    """A hold in force (§13): the event that began it or set its end last, when it ends, and the
    case whose resolution ends it earlier.
    """

    seq: int
    until: datetime
    after: str | None = None


@dataclass(frozen=True)
class CaseFacts:
    """The facts of one case after its events so far.

    `care_spoke_at` is the time of Care's last message to the contact, None if there is none: a
    policy migration, a rating and an erasure are no messages (§10, §14). `score` is the rating
    since the last closing.
    """

    is_escalation_requested: bool = False
    is_severity_contested: bool = False
    was_severity_contested: bool = False  # since it was last assigned: once per assignment (§7)
    severity_wanted: int | None = None  # by the contact who contests it, while it is contested
    is_answer_to_judge: bool = False  # the contact's reply ended a wait and nothing followed (§13)
    has_contact_written_since_proposal: bool = False
    closing_notice: ClosingNotice | None = None
    closing_deferred_to: datetime | None = None  # the notice in force was sent late (§13)
    care_spoke_at: datetime | None = None
    score: int | None = None
    is_wait_suspended: bool = False  # no contact of the organisation may answer (§13)
    hold: Hold | None = None  # the contact's time is paused (§13)
    held_since: datetime | None = None  # the first hold of this wait

    @classmethod
    def from_events(cls, events: Iterable[PastEvent]) -> "CaseFacts":
        """The facts after these events, oldest first."""
        facts: dict[str, Any] = {}
        for event in events:
            facts |= CHANGES.get(event.verb, {})
            if _ends_wait(event):
                facts["is_wait_suspended"] = False
                facts["hold"] = facts["held_since"] = None
            if event.verb in VOID_A_CLOSING_NOTICE:
                facts["closing_notice"] = facts["closing_deferred_to"] = None
            facts |= _from_data(event, facts)
            if event.is_by_care and event.is_contact_facing and event.data.is_message:
                facts["care_spoke_at"] = event.at
        return cls(**facts)


def _ends_wait(event: PastEvent) -> bool:
    """Whether the contact's time ends. A merge ends it only if they wrote on the duplicate: else
    the wait goes on, with its hold or suspension.
    """
    if isinstance(event.data, Merged) and not event.data.ended_wait:
        return False
    return event.verb in END_A_WAIT


def _from_data(event: PastEvent, facts: dict[str, Any]) -> dict[str, Any]:
    """The facts that the fields of an event set."""
    data = event.data
    if isinstance(data, ContactAnswered):
        return {"is_answer_to_judge": data.ended_wait}
    if isinstance(data, ClosureAnnounced):
        closes_at = datetime.fromisoformat(data.closes_at)
        return {"closing_notice": ClosingNotice(event.seq, event.at, closes_at)}
    if isinstance(data, ClosureDeferred):
        return {"closing_deferred_to": datetime.fromisoformat(data.closes_at)}
    if isinstance(data, PutOnHold):
        hold = Hold(event.seq, datetime.fromisoformat(data.until), data.after)
        return {"hold": hold, "held_since": facts.get("held_since") or event.at}
    if isinstance(data, SeverityContested):
        return {"severity_wanted": data.wanted}
    if isinstance(data, Rated):
        return {"score": data.score}
    return {}


# Any of these events withdraws an earlier closing notice (§13).
VOID_A_CLOSING_NOTICE = frozenset(
    {
        EventType.INFORMATION_REQUESTED,
        EventType.CONTACT_ANSWERED,
        EventType.QUESTION_SETTLED,
        EventType.RULED_INADEQUATE,
        EventType.WAIT_SUSPENDED,
        EventType.ON_HOLD,
        EventType.RESOLUTION_PROPOSED,
        EventType.ISSUE_REPORTED,
        EventType.CLOSED,
        EventType.REOPENED,
        EventType.MERGED,
    }
)

# A suspension and a hold belong to one wait: the next one has events of its own (§13).
END_A_WAIT = frozenset(
    {
        EventType.CONTACT_ANSWERED,
        EventType.QUESTION_SETTLED,
        EventType.RESOLUTION_PROPOSED,
        EventType.ISSUE_REPORTED,
        EventType.CLOSED,
        EventType.REOPENED,
        EventType.MERGED,
    }
)

SET_A_PAUSE = END_A_WAIT | {
    EventType.ON_HOLD,
    EventType.HOLD_ENDED,
    EventType.WAIT_SUSPENDED,
    EventType.WAIT_RESUMED,
}

# The effect of each event type on the facts.
CHANGES: dict[str, dict[str, Any]] = {
    EventType.WAIT_SUSPENDED: {"is_wait_suspended": True},
    EventType.WAIT_RESUMED: {"is_wait_suspended": False},
    EventType.HOLD_ENDED: {"hold": None},
    EventType.ESCALATION_REQUESTED: {"is_escalation_requested": True},
    EventType.ESCALATION_ANSWERED: {"is_escalation_requested": False},
    EventType.SEVERITY_SET: {
        "is_severity_contested": False,
        "was_severity_contested": False,
        "severity_wanted": None,
    },
    EventType.SEVERITY_CONTESTED: {"is_severity_contested": True, "was_severity_contested": True},
    EventType.SEVERITY_UPHELD: {
        "is_severity_contested": False,
        "was_severity_contested": True,
        "severity_wanted": None,
    },
    EventType.CONTACT_ANSWERED: {"has_contact_written_since_proposal": True},
    EventType.INFORMATION_REQUESTED: {"is_answer_to_judge": False},
    EventType.QUESTION_SETTLED: {"is_answer_to_judge": False},
    EventType.RULED_INADEQUATE: {"is_answer_to_judge": False},
    EventType.ISSUE_REPORTED: {"is_answer_to_judge": False},
    EventType.ANSWERED: {"has_contact_written_since_proposal": False},
    EventType.RESOLUTION_PROPOSED: {"has_contact_written_since_proposal": False},
    EventType.CLOSED: {"is_escalation_requested": False, "score": None},
}


def hold_of(case: Case) -> Hold | None:
    """The hold in force on a case. One query where it is the contact's turn, otherwise none."""
    return pause_of(case).hold


def pause_of(case: Case) -> CaseFacts:
    """The facts of a case as far as the contact's time is paused: its hold, and whether no contact
    may reply. One query where it is the contact's turn, otherwise none.
    """
    return _facts(case, verb__in=SET_A_PAUSE) if case.is_contacts_turn else CaseFacts()


def facts_of(case: Case) -> CaseFacts:
    """The facts of a case from its current events. One query."""
    return _facts(case)


def _facts(case: Case, **only: Any) -> CaseFacts:
    events = case.events.filter(**only).order_by("seq").annotate(role=F("by__role"))
    rows = events.values_list("seq", "verb", "at", "particulars", "role", "facing")
    return CaseFacts.from_events(
        PastEvent(seq, verb, at, read(verb, stored), role in CARE_ROLES, facing == Facing.CONTACT)
        for seq, verb, at, stored, role, facing in rows
    )
