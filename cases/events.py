"""Every event of a case, one class each: its fields, who sees it, and what follows from it.

An event is written once and read for ever, so fields are added and never renamed. A field that may
be missing has the default None, and is not stored then. Instants are ISO text; people and rows are
primary keys, beside the name that was true then.

A class says, besides its fields:

- `is_internal`: Care alone sees it, unless the action says otherwise.
- `is_word`: whether it counts as a word to the contact; a silence goes on without one (§14).
- `is_quiet`: it asks nothing of anybody, so it is notified in the product alone, never by email.

Fields of the type `Code` are no words of anybody: programs read them back, and erasing a person
leaves them alone, whatever they read like.
"""

from dataclasses import MISSING, dataclass, fields
from typing import Annotated, Any, ClassVar, Self, get_args, get_type_hints

from cases.choices import EventType

CODE = "code"
Code = Annotated[str, CODE]


class EventData:
    """What all events have in common; the classes below are frozen dataclasses."""

    type: ClassVar[EventType]
    is_internal: ClassVar[bool] = False
    is_word: ClassVar[bool] = True
    is_quiet: ClassVar[bool] = False

    def particulars(self) -> dict[str, Any]:
        """The fields as they are stored and hashed."""
        return {
            one.name: value
            for one in _fields(type(self))
            if (value := getattr(self, one.name)) is not None or one.default is MISSING
        }

    @classmethod
    def read(cls, particulars: dict[str, Any]) -> Self:
        """An event from its stored fields; what an older one did not have yet is None."""
        return cls(**{one.name: particulars.get(one.name) for one in _fields(cls)})

    @classmethod
    def codes(cls) -> frozenset[str]:
        """The names of the fields that erasing a person leaves alone."""
        hints = get_type_hints(cls, include_extras=True)
        return frozenset(one.name for one in _fields(cls) if _is_code(hints[one.name])) | SEALED


# Written by the journal itself: a digest of what was said, and the seals of an erasing.
SEALED = frozenset({"text_sha256", "seals"})


_known: dict[Any, tuple[Any, ...]] = {}  # asked for each event of each page


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
    """`called_at` is what was said of the hour; a promise is met when it is written down (§9)."""

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
    """`ended_wait`: whether the contact's turn ended with it (§13)."""

    type = EventType.CONTACT_ANSWERED
    ended_wait: bool


@dataclass(frozen=True)
class RuledInadequate(EventData):
    type = EventType.RULED_INADEQUATE


@dataclass(frozen=True)
class Tagged(EventData):
    """Tags are words, and may name somebody."""

    type = EventType.TAGGED
    is_internal = True
    before: list[str]
    after: list[str]


# --- Severity and terms


@dataclass(frozen=True)
class SeveritySet(EventData):
    type = EventType.SEVERITY_SET
    before: int
    after: int


@dataclass(frozen=True)
class SeverityContested(EventData):
    type = EventType.SEVERITY_CONTESTED


@dataclass(frozen=True)
class SeverityUpheld(EventData):
    type = EventType.SEVERITY_UPHELD


@dataclass(frozen=True)
class TermsMoved(EventData):
    """`before` and `after` are the versions' short names."""

    type = EventType.TERMS_MOVED
    is_word = False
    version_before: int
    version: int
    before: Code
    after: Code


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
    """`closes_at`: the instant that the notice names (§13)."""

    type = EventType.CLOSURE_ANNOUNCED
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
    is_word = False
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
class MeetingCancelled(EventData):
    type = EventType.MEETING_CANCELLED
    meeting: int


@dataclass(frozen=True)
class MeetingHeld(EventData):
    type = EventType.MEETING_HELD
    meeting: int


# --- Delivery and erasing


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
    """`seals`: the hashes of what is left of the events, by their numbers."""

    type = EventType.PERSON_ERASED
    is_word = False
    seals: dict[str, str]


EVENTS: dict[str, type[EventData]] = {
    str(event.type): event for event in EventData.__subclasses__()
}


def read(verb: str, particulars: dict[str, Any]) -> EventData:
    """A stored event as its class."""
    return EVENTS[verb].read(particulars)
