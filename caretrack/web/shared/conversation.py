"""The conversation of a case for one reader: messages, changes and files in one list.

A page shows every entry, so plain values are read instead of models.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from caretrack.web.shared.clock_labels import clock_labels
from cases import events
from cases.choices import ClosingReason, EventType, Facing, SettledBy, Severity
from cases.events import Attached, EventData
from cases.facts import CaseFacts, PastEvent
from cases.known_areas import area_label
from cases.models import Attachment, Case, CaseEvent
from cases.notifications.texts import instant as instant_text
from contacts.models import Role, User
from contacts.models.people import CARE_ROLES
from rca.models import ActionState

# Files within this time after a person's message belong to it.
TOGETHER = timedelta(minutes=2)
# The columns that `_entry` takes apart: those of the event, of its message and of its author.
COLUMNS = (
    "seq",
    "verb",
    "at",
    "facing",
    "particulars",
    "update__text",
    "update__text_html",
    "by_id",
    "by__name",
    "by__role",
    "by__organisation__name",
)


@dataclass(frozen=True)
class Speaker:
    """The author of an entry, with as much as a conversation shows."""

    pk: int
    name: str
    role: str
    organisation: str | None

    @property
    def is_care(self) -> bool:
        return self.role in CARE_ROLES

    @property
    def is_system(self) -> bool:
        return self.role == Role.SYSTEM


@dataclass
class ConversationEntry:
    """An entry: a card if it has a text or files, otherwise one line."""

    seq: int
    at: datetime
    by: Speaker
    verb: str
    label: str
    text: str = ""
    text_html: str | None = None
    detail: str = ""
    is_internal: bool = False
    data: EventData | None = None
    files: list[Attachment] = field(default_factory=list)

    @property
    def is_card(self) -> bool:
        return bool(self.text or self.files)

    @property
    def side(self) -> str:
        """Who wrote it: care, customer or machine."""
        return "machine" if self.by.is_system else "care" if self.by.is_care else "customer"


def entries(
    case: Case, reader: User, files: list[Attachment] | None = None
) -> list[ConversationEntry]:
    """Everything that `reader` may see of the case, oldest first, in one or two statements."""
    visible = events_of(case, reader)
    return _together(visible, files_of(case, reader) if files is None else files)


def entries_and_facts(
    case: Case, reader: User, files: list[Attachment]
) -> tuple[list[ConversationEntry], CaseFacts]:
    """The conversation and the facts of the case, read once. For Care, who sees every event."""
    events_seen = events_of(case, reader)
    facts = CaseFacts.from_events(
        PastEvent(
            seq=one.seq,
            verb=one.verb,
            at=one.at,
            data=one.data,
            is_by_care=one.by.is_care,
            is_contact_facing=not one.is_internal,
        )
        for one in events_seen
        if one.data is not None
    )
    return _together(events_seen, files), facts


def events_of(case: Case, reader: User) -> list[ConversationEntry]:
    """Each event that `reader` may see of the case as an entry of its own. One statement."""
    visible = CaseEvent.objects.filter(organisation_id=case.organisation_id, case=case)
    if not reader.is_care:
        visible = visible.filter(facing=Facing.CONTACT)
    return [
        _entry(row, case, is_care=reader.is_care)
        for row in visible.order_by("seq").values_list(*COLUMNS)
    ]


def _together(
    events_seen: list[ConversationEntry], files: list[Attachment]
) -> list[ConversationEntry]:
    """The entries of a page: a file that came with a message belongs to its card."""
    by_pk = {file.pk: file for file in files}
    timeline: list[ConversationEntry] = []
    for entry in events_seen:
        if entry.verb == EventType.ATTACHED:
            file = by_pk.get(entry.data.attachment) if isinstance(entry.data, Attached) else None
            if file is not None and _belongs_to(timeline, entry):
                timeline[-1].files.append(file)
                continue
            entry.files = [file] if file is not None else []
        timeline.append(entry)
    return timeline


def files_of(case: Case, reader: User) -> list[Attachment]:
    """The case's files that `reader` may see, oldest first, with the columns that a list shows."""
    files = Attachment.objects.filter(organisation_id=case.organisation_id, case=case)
    if not reader.is_care:
        files = files.filter(facing=Facing.CONTACT)
    return list(
        files.only("by", "at", "facing", "name", "size", "content_type", "scan_state", "finding")
    )


def _belongs_to(timeline: Sequence[ConversationEntry], entry: ConversationEntry) -> bool:
    last = timeline[-1] if timeline else None
    return (
        last is not None
        and last.is_card
        and last.by.pk == entry.by.pk
        and last.is_internal == entry.is_internal
        and entry.at - last.at <= TOGETHER
    )


def _entry(row: Sequence[Any], case: Case, *, is_care: bool) -> ConversationEntry:
    seq, verb, at, facing, particulars, text, html, *who = row
    data = events.read(verb, particulars)
    words, html = (
        (case.description, case.description_html) if verb == EventType.FILED else (text or "", html)
    )
    return ConversationEntry(
        seq=seq,
        at=at,
        by=Speaker(*who),
        verb=verb,
        text=words,
        text_html=html,
        data=data,
        label=event_labels(translation.get_language() or "en")[verb],
        detail=_detail(data, is_care=is_care),
        is_internal=facing == Facing.INTERNAL,
    )


@lru_cache(maxsize=8)
def event_labels(language: str) -> dict[str, str]:
    """The label of each event type in a conversation, in one language."""
    with translation.override(language):
        return {verb.value: str(verb.label) for verb in EventType}


@lru_cache(maxsize=8)
def _joint(language: str) -> str:
    with translation.override(language):
        return pgettext("between a person and what they did", " ")


def joint() -> str:
    """The text between a name and an event label, in the reader's language."""
    return _joint(translation.get_language() or "en")


def _detail(data: EventData, *, is_care: bool) -> str:
    """What the label of the event type does not say."""
    if isinstance(data, events.TermsMoved):
        return _terms(data, is_care=is_care)
    make = DETAILS.get(type(data))
    return make(data) if make else ""


def _filing(data: events.Filed) -> str:
    filed = _("as {severity}").format(severity=Severity(data.severity).label)
    split_from = data.split_from
    return filed + (_(", split from {code}").format(code=split_from) if split_from else "")


def _severity(data: events.SeveritySet) -> str:
    before, after = Severity(data.before).label, Severity(data.after).label
    return _("from {before} to {after}").format(before=before, after=after)


def _wanted(data: events.SeverityContested) -> str:
    if data.wanted is None:
        return ""
    return _("asks for {severity}").format(severity=Severity(data.wanted).label)


def _terms(data: events.TermsMoved, *, is_care: bool) -> str:
    """The versions, and when each changed target was due and is due now."""
    moved = _("from {before} to {after}").format(before=data.before, after=data.after)
    labels = clock_labels()
    changes = [
        f"{labels.label(kind, 1) if is_care else labels.for_customer(kind)}: "
        + _("from {before} to {after}").format(
            before=_in_the_readers_zone(before), after=_in_the_readers_zone(after)
        )
        for kind, before, after in data.changes or []
        if before and after
    ]
    return "; ".join([moved, *changes])


def _corrected(data: events.DetailsCorrected) -> str:
    """Each corrected value, before and after."""
    pairs = (
        (_("title"), data.title_before, data.title_after),
        (_("area"), area_label(data.area_before or ""), area_label(data.area_after or "")),
        (_("site"), data.site_name_before, data.site_name_after),
    )
    return "; ".join(
        _("{field} from “{before}” to “{after}”").format(
            field=field, before=before or "–", after=after or "–"
        )
        for field, before, after in pairs
        if before != after
    )


def _new_contact(data: events.ContactChanged) -> str:
    return _("from {before} to {after}").format(before=data.from_name, after=data.to_name)


def _call(data: events.CallLogged) -> str:
    """Who was called, where and when, and whether they were reached."""
    reached = _("reached") if data.reached else _("not reached")
    whom = " ".join(part for part in (data.whom, data.number) if part)
    return f"{whom}: {reached}" if whom else reached


def _other(data: events.Linked | events.Unlinked | events.Split | events.Merged) -> str:
    return data.other


def _closing(data: events.Closed) -> str:
    """The closing reason. A parent names its open children."""
    why = str(ClosingReason(data.reason).label).lower()
    if data.merged_into:
        why += _(", merged into {code}").format(code=data.merged_into)
    if data.open_children:
        why += _("; still open: {codes}").format(codes=", ".join(data.open_children))
    return why


def _assigned(data: events.Assigned) -> str:
    """The new assignee, and the reason if there is one."""
    team = f"the team {data.team_name}" if data.team_name else ""
    to = " in ".join(part for part in (data.to, team) if part)
    return f"to {to}" + (f", {data.why}" if data.why else "")


def _version(data: events.RcaPublished | events.RcaAcknowledged) -> str:
    return _("version {number}").format(number=data.version)


def _closing_at(data: events.ClosureAnnounced | events.ClosureDeferred) -> str:
    """When the case closes, in the reader's zone."""
    return _("for {at}").format(at=_in_the_readers_zone(data.closes_at))


def _hold(data: events.PutOnHold) -> str:
    """When the hold ends, in the reader's zone."""
    at = _in_the_readers_zone(data.until)
    if data.after:
        return _("until {case} is resolved, and at most until {at}").format(case=data.after, at=at)
    return _("until {at}").format(at=at)


def _meeting(data: events.MeetingArranged | events.MeetingMoved) -> str:
    """The time in the reader's zone, before that the old one of a moved meeting, and the place."""
    at = _in_the_readers_zone(data.starts_at)
    if isinstance(data, events.MeetingMoved):
        at = _("from {before} to {after}").format(
            before=_in_the_readers_zone(data.starts_before), after=at
        )
    return f"{at}, {data.place}"


def _in_the_readers_zone(stored: str) -> str:
    return instant_text(datetime.fromisoformat(stored), timezone.get_current_timezone_name())


def _paged(data: events.Paged) -> str:
    until = timezone.localtime(datetime.fromisoformat(data.until))
    return f"{data.to_name}, to acknowledge by {until:%H:%M} ({data.why})"


def _undelivered(data: events.Undelivered) -> str:
    if data.next:
        then = f"; it goes to {data.next}"
    else:
        then = "" if data.to_care else "; nobody else is left to tell"
    return f"to {data.to} ({data.address}): {data.why}{then}"


def _side(
    data: events.SideConversationOpened | events.SideMessageSent | events.SideReplyLogged,
) -> str:
    """The subject of a side conversation, and with whom."""
    if isinstance(data, events.SideReplyLogged):
        return f"“{data.subject}”, from {data.sender}"
    shown = f"“{data.subject}”, to {', '.join(data.recipients)}"
    files = data.files if isinstance(data, events.SideMessageSent) else None
    return f"{shown}, with {', '.join(files)}" if files else shown


DETAILS: dict[type[EventData], Callable[[Any], str]] = {
    events.Filed: _filing,
    events.SeveritySet: _severity,
    events.SeverityContested: _wanted,
    events.DetailsCorrected: _corrected,
    events.ContactChanged: _new_contact,
    events.CallLogged: _call,
    events.Closed: _closing,
    events.Rated: lambda data: _("{score} of 5").format(score=data.score),
    events.Linked: _other,
    events.Unlinked: _other,
    events.Split: _other,
    events.Merged: _other,
    events.QuestionSettled: lambda data: str(SettledBy(data.how).label),
    events.FileBlocked: lambda data: f"{data.name} ({data.finding})",
    events.EscalationAnswered: lambda data: _("granted") if data.granted else _("not granted"),
    events.Assigned: _assigned,
    events.ActionMoved: lambda data: f"{data.what}: {ActionState(data.after).label}",
    events.RcaPublished: _version,
    events.RcaAcknowledged: _version,
    events.MeetingArranged: _meeting,
    events.MeetingMoved: _meeting,
    events.MeetingCancelled: lambda data: (
        _in_the_readers_zone(data.starts_at) if data.starts_at else ""
    ),
    events.PutOnHold: _hold,
    events.ClosureAnnounced: _closing_at,
    events.ClosureDeferred: _closing_at,
    events.Paged: _paged,
    events.SideConversationOpened: _side,
    events.SideMessageSent: _side,
    events.SideReplyLogged: _side,
    events.SideConversationEnded: lambda data: f"“{data.subject}”",
    events.SideConversationReopened: lambda data: f"“{data.subject}”",
    events.Undelivered: _undelivered,
    events.PagesRanOut: lambda data: (
        f"told {', '.join(data.told) or 'nobody: there is no manager'}"
    ),
}


def quoted(timeline: Sequence[ConversationEntry], seq: str) -> str:
    """The text of an entry as a Markdown quotation with its author. Empty without a text."""
    match = next((entry for entry in timeline if str(entry.seq) == seq and entry.text), None)
    if match is None:
        return ""
    lines = "\n".join(f"> {line}".rstrip() for line in match.text.strip().splitlines())
    return f"{match.by.name}:\n{lines}\n\n"


def asker(timeline: Sequence[ConversationEntry]) -> str:
    """Who last requested information from the contact."""
    names = (
        e.by.name
        for e in reversed(timeline)
        if e.verb in (EventType.INFORMATION_REQUESTED, EventType.RULED_INADEQUATE)
    )
    return next(names, "")
