"""Every event type of a case, one class each: its fields, who sees it, and its effects.

An event is stored for ever, so fields are added and never renamed. An optional field has the
default None and is then not stored. Instants are ISO text. People and rows are primary keys, beside
the name at that time.

A class declares, besides its fields:

- `is_internal`: only Care sees it, unless the action decides otherwise.
- `is_message`: whether it is a message to the contact, which ends a silence (§14).
- `is_quiet`: it requires nothing of anybody, so it is notified only in the product, never by email.

Fields of the type `Code` are read by programs and are never names, so erasure leaves them alone.
"""

from dataclasses import MISSING, dataclass, fields
from typing import Annotated, Any, ClassVar, Self, get_args, get_type_hints

from cases.choices import EventType

CODE = "code"
Code = Annotated[str, CODE]


class EventData:
    """What all events share; the classes below are frozen dataclasses."""

    type: ClassVar[EventType]
    is_internal: ClassVar[bool] = False
    is_message: ClassVar[bool] = True
    is_quiet: ClassVar[bool] = False

    def particulars(self) -> dict[str, Any]:
        """The fields in their stored and hashed form."""
        return {
            field.name: value
            for field in _fields(type(self))
            if (value := getattr(self, field.name)) is not None or field.default is MISSING
        }

    @classmethod
    def read(cls, particulars: dict[str, Any]) -> Self:
        """An event from its stored fields; fields that an older event lacks are None."""
        return cls(**{field.name: particulars.get(field.name) for field in _fields(cls)})

    @classmethod
    def codes(cls) -> frozenset[str]:
        """The names of the fields that erasure leaves alone."""
        hints = get_type_hints(cls, include_extras=True)
        return (
            frozenset(field.name for field in _fields(cls) if _is_code(hints[field.name])) | SEALED
        )


# Recorded by the event log itself: the digest of a message, and the seals of an erasure.
SEALED = frozenset({"text_sha256", "seals"})


_known: dict[Any, tuple[Any, ...]] = {}  # cached, because pages read it for each event


def _fields(cls: Any) -> tuple[Any, ...]:
    if cls not in _known:
        _known[cls] = fields(cls)
    return _known[cls]


def _is_code(hint: Any) -> bool:
    inner = [hint, *get_args(hint)]
    return any(CODE in getattr(one, "__metadata__", ()) for one in inner)


# --- From filing to working


@dataclass(frozen=True)
class Filed(EventData):
    type = EventType.FILED
    severity: int
    priority: int
    channel: Code
    site: int
    kind: Code
    incident_started_at: Code | None
    on_duty: str | None = None
    call_back: str | None = None
    offering: Code | None = None
    follows_up: Code | None = None
    split_from: Code | None = None
    seq: int | None = None
    first_response: Code | None = None


@dataclass(frozen=True)
class Taken(EventData):
    type = EventType.TAKEN
    is_internal = True
    before: int | None
    after: int
    team: int | None


@dataclass(frozen=True)
class Assigned(EventData):
    type = EventType.ASSIGNED
    is_internal = True
    before: int | None
    after: int | None
    to: str
    team: int | None
    team_before: int | None
    team_name: str
    why: str


@dataclass(frozen=True)
class Answered(EventData):
    type = EventType.ANSWERED


@dataclass(frozen=True)
class Noted(EventData):
    type = EventType.NOTED
    is_internal = True


@dataclass(frozen=True)
class CallLogged(EventData):
    """`called_at` is the stated hour of the call; a target is met when the call is logged (§9)."""

    type = EventType.CALL_LOGGED
    reached: bool
    whom: str | None = None
    number: str | None = None
    called_at: str | None = None


@dataclass(frozen=True)
class InformationRequested(EventData):
    type = EventType.INFORMATION_REQUESTED


@dataclass(frozen=True)
class ContactAnswered(EventData):
    """`ended_wait`: whether it ended a wait for the contact (§13)."""

    type = EventType.CONTACT_ANSWERED
    ended_wait: bool


@dataclass(frozen=True)
class QuestionSettled(EventData):
    """Care ends the wait for the contact: `how` they answered, or that nothing is needed (§13)."""

    type = EventType.QUESTION_SETTLED
    how: Code


@dataclass(frozen=True)
class RuledInadequate(EventData):
    type = EventType.RULED_INADEQUATE


@dataclass(frozen=True)
class Tagged(EventData):
    """Tags are free text, and may name a person."""

    type = EventType.TAGGED
    is_internal = True
    before: list[str]
    after: list[str]


@dataclass(frozen=True)
class DetailsCorrected(EventData):
    """The corrected ones of title, area and site, before and after."""

    type = EventType.DETAILS_CORRECTED
    is_message = False
    is_quiet = True
    title_before: str | None = None
    title_after: str | None = None
    area_before: Code | None = None
    area_after: Code | None = None
    site_before: int | None = None
    site_after: int | None = None
    site_name_before: str | None = None
    site_name_after: str | None = None


@dataclass(frozen=True)
class ContactChanged(EventData):
    """Another Designated Contact is the contact of the case."""

    type = EventType.CONTACT_CHANGED
    is_message = False
    before: int
    after: int
    from_name: str
    to_name: str
    is_leaving: bool | None = None  # the former contact left the organisation


# --- Severity and terms


@dataclass(frozen=True)
class SeveritySet(EventData):
    type = EventType.SEVERITY_SET
    before: int
    after: int


@dataclass(frozen=True)
class SeverityContested(EventData):
    """`wanted` is the severity that the contact asks for."""

    type = EventType.SEVERITY_CONTESTED
    wanted: int | None = None


@dataclass(frozen=True)
class SeverityUpheld(EventData):
    type = EventType.SEVERITY_UPHELD


@dataclass(frozen=True)
class TermsMoved(EventData):
    """`before` and `after` are the versions' short names. `changes` lists each clock that the move
    changes: its kind, and when it was due before and is due now. `run` is the migration of many
    cases that it belongs to.
    """

    type = EventType.TERMS_MOVED
    is_message = False
    version_before: int
    version: int
    before: Code
    after: Code
    changes: Annotated[list[tuple[str, str | None, str | None]] | None, CODE] = None
    run: int | None = None


@dataclass(frozen=True)
class WaitSuspended(EventData):
    """No contact of the organisation may answer, so nobody's silence counts (§13)."""

    type = EventType.WAIT_SUSPENDED
    is_message = False


@dataclass(frozen=True)
class WaitResumed(EventData):
    type = EventType.WAIT_RESUMED
    is_message = False


@dataclass(frozen=True)
class PutOnHold(EventData):
    """The time of the contact is paused until an instant (§13). `after` is the case whose
    resolution ends the hold earlier.
    """

    type = EventType.ON_HOLD
    until: Code
    after: Code | None = None


@dataclass(frozen=True)
class HoldEnded(EventData):
    type = EventType.HOLD_ENDED
    is_message = False


# --- Escalation


@dataclass(frozen=True)
class Escalated(EventData):
    type = EventType.ESCALATED
    team: int | None
    team_before: int | None


@dataclass(frozen=True)
class HandedBack(EventData):
    type = EventType.HANDED_BACK


@dataclass(frozen=True)
class EscalationRequested(EventData):
    type = EventType.ESCALATION_REQUESTED


@dataclass(frozen=True)
class EscalationAnswered(EventData):
    type = EventType.ESCALATION_ANSWERED
    granted: bool


@dataclass(frozen=True)
class Paged(EventData):
    type = EventType.PAGED
    is_internal = True
    to: int
    to_name: str
    step: int
    until: Code
    why: str


@dataclass(frozen=True)
class PageAcknowledged(EventData):
    type = EventType.PAGE_ACKNOWLEDGED
    is_internal = True


@dataclass(frozen=True)
class PagesRanOut(EventData):
    type = EventType.PAGES_RAN_OUT
    is_internal = True
    told: list[str]


# --- Resolution and closing


@dataclass(frozen=True)
class Restored(EventData):
    type = EventType.RESTORED


@dataclass(frozen=True)
class ResolutionProposed(EventData):
    type = EventType.RESOLUTION_PROPOSED
    severity: int


@dataclass(frozen=True)
class IssueReported(EventData):
    type = EventType.ISSUE_REPORTED


@dataclass(frozen=True)
class ClosureAnnounced(EventData):
    """`closes_at`: the time that the closing notice names (§13)."""

    type = EventType.CLOSURE_ANNOUNCED
    closes_at: Code


@dataclass(frozen=True)
class ClosureDeferred(EventData):
    """The notice was really sent late, so its period ends at `closes_at` (§13)."""

    type = EventType.CLOSURE_DEFERRED
    is_message = False
    closes_at: Code


@dataclass(frozen=True)
class ClosureHeld(EventData):
    type = EventType.CLOSURE_HELD
    is_internal = True
    why: str


@dataclass(frozen=True)
class Closed(EventData):
    type = EventType.CLOSED
    reason: Code
    merged_into: str | None = None
    open_children: list[str] | None = None


@dataclass(frozen=True)
class Remarked(EventData):
    type = EventType.REMARKED


@dataclass(frozen=True)
class Rated(EventData):
    type = EventType.RATED
    is_message = False
    is_quiet = True
    score: int


@dataclass(frozen=True)
class Reopened(EventData):
    type = EventType.REOPENED


# --- Files and other cases


@dataclass(frozen=True)
class Attached(EventData):
    type = EventType.ATTACHED
    attachment: int
    name: str
    sha256: Code


@dataclass(frozen=True)
class FileBlocked(EventData):
    type = EventType.FILE_BLOCKED
    attachment: int
    name: str
    finding: str


@dataclass(frozen=True)
class Linked(EventData):
    type = EventType.LINKED
    other: Code
    kind: Code


@dataclass(frozen=True)
class Unlinked(EventData):
    type = EventType.UNLINKED
    other: Code
    kind: Code


@dataclass(frozen=True)
class Split(EventData):
    type = EventType.SPLIT
    other: Code
    seq: int
    title: Code


@dataclass(frozen=True)
class Merged(EventData):
    type = EventType.MERGED
    other: Code
    ended_wait: bool


# --- Root cause analyses, documentation and meetings (§12)


@dataclass(frozen=True)
class InitialRcaSent(EventData):
    type = EventType.INITIAL_RCA_SENT


@dataclass(frozen=True)
class RcaSubmitted(EventData):
    type = EventType.RCA_SUBMITTED
    is_internal = True
    revision: int


@dataclass(frozen=True)
class RcaReturned(EventData):
    type = EventType.RCA_RETURNED
    is_internal = True


@dataclass(frozen=True)
class RcaPublished(EventData):
    type = EventType.RCA_PUBLISHED
    version: int


@dataclass(frozen=True)
class RcaAcknowledged(EventData):
    type = EventType.RCA_ACKNOWLEDGED
    version: int


@dataclass(frozen=True)
class ActionMoved(EventData):
    type = EventType.ACTION_MOVED
    action: int
    what: str
    before: Code
    after: Code


@dataclass(frozen=True)
class DocumentsDelivered(EventData):
    type = EventType.DOCUMENTS_DELIVERED


@dataclass(frozen=True)
class TalkRequested(EventData):
    type = EventType.TALK_REQUESTED


@dataclass(frozen=True)
class MeetingArranged(EventData):
    type = EventType.MEETING_ARRANGED
    meeting: int
    starts_at: Code
    zone: Code
    minutes: int
    place: str
    attendees: list[str]


@dataclass(frozen=True)
class MeetingMoved(EventData):
    """`starts_before`: when the meeting was to start until now."""

    type = EventType.MEETING_MOVED
    meeting: int
    starts_before: Code
    starts_at: Code
    zone: Code
    minutes: int
    place: str
    attendees: list[str]


@dataclass(frozen=True)
class MeetingCancelled(EventData):
    type = EventType.MEETING_CANCELLED
    meeting: int
    starts_at: Code | None = None


@dataclass(frozen=True)
class MeetingHeld(EventData):
    type = EventType.MEETING_HELD
    meeting: int


# --- Side conversations with third parties


@dataclass(frozen=True)
class SideConversationOpened(EventData):
    type = EventType.SIDE_CONVERSATION_OPENED
    is_internal = True
    conversation: int
    subject: str
    recipients: list[str]


@dataclass(frozen=True)
class SideMessageSent(EventData):
    """`files` are the names of the case's files that went along."""

    type = EventType.SIDE_MESSAGE_SENT
    is_internal = True
    conversation: int
    subject: str
    recipients: list[str]
    files: list[str] | None = None


@dataclass(frozen=True)
class SideReplyLogged(EventData):
    type = EventType.SIDE_REPLY_LOGGED
    is_internal = True
    conversation: int
    subject: str
    sender: str


@dataclass(frozen=True)
class SideConversationEnded(EventData):
    type = EventType.SIDE_CONVERSATION_ENDED
    is_internal = True
    conversation: int
    subject: str


@dataclass(frozen=True)
class SideConversationReopened(EventData):
    type = EventType.SIDE_CONVERSATION_REOPENED
    is_internal = True
    conversation: int
    subject: str


# --- Delivery and erasure


@dataclass(frozen=True)
class Undelivered(EventData):
    type = EventType.UNDELIVERED
    is_internal = True
    to: str
    address: str
    subject: str
    why: str
    next: str
    to_care: bool
    notice: int


@dataclass(frozen=True)
class PersonErased(EventData):
    """`seals`: the hashes of the redacted events, by their numbers."""

    type = EventType.PERSON_ERASED
    is_message = False
    seals: dict[str, str]


EVENTS: dict[str, type[EventData]] = {
    str(event.type): event for event in EventData.__subclasses__()
}


def read(verb: str, particulars: dict[str, Any]) -> EventData:
    """A stored event as an instance of its class."""
    return EVENTS[verb].read(particulars)
