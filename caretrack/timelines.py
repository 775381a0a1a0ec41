"""A case's past as one list: what was said, what changed, which files came, for the eyes of one reader."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cases.models import Attachment, Case, CaseEvent
from cases.verbs import ClosingReason, Facing, Severity, Verb
from contacts.models import User

# Files that came this soon after a person's words belong to them.
TOGETHER = timedelta(minutes=2)


@dataclass
class Entry:
    """A card where words or files came with it, otherwise one thin line."""

    seq: int
    at: datetime
    by: User
    verb: str
    says: str
    text: str = ""
    detail: str = ""
    is_internal: bool = False
    files: list[Attachment] = field(default_factory=list)

    @property
    def is_card(self) -> bool:
        return bool(self.text or self.files)

    @property
    def side(self) -> str:
        """Who speaks: care, customer or machine."""
        return "machine" if self.by.is_system else "care" if self.by.is_care else "customer"


def entries(case: Case, reader: User) -> list[Entry]:
    """Everything `reader` may see of the case's past, oldest first, in two queries."""
    events = CaseEvent.objects.filter(case=case).select_related("by__organisation", "update").order_by("seq")
    files = Attachment.objects.filter(case=case)
    if not reader.is_care:
        events, files = events.filter(facing=Facing.CONTACT), files.filter(facing=Facing.CONTACT)
    by_pk = {file.pk: file for file in files.select_related("by")}
    told: list[Entry] = []
    for event in events:
        entry = _entry(event, case)
        if event.verb == Verb.ATTACHED:
            file = by_pk.get(event.particulars.get("attachment"))
            if file is not None and _belongs_to(told, entry):
                told[-1].files.append(file)
                continue
            entry.files = [file] if file is not None else []
        told.append(entry)
    return told


def _belongs_to(told: Sequence[Entry], entry: Entry) -> bool:
    last = told[-1] if told else None
    return (
        last is not None and last.is_card and last.by.pk == entry.by.pk and last.is_internal == entry.is_internal
        and entry.at - last.at <= TOGETHER
    )  # fmt: skip


def _entry(event: CaseEvent, case: Case) -> Entry:
    update = getattr(event, "update", None)
    text = case.description if event.verb == Verb.FILED else update.text if update is not None else ""
    return Entry(
        seq=event.seq, at=event.at, by=event.by, verb=event.verb, says=Verb(event.verb).label, text=text,
        detail=_detail(event), is_internal=event.facing == Facing.INTERNAL,
    )  # fmt: skip


def _detail(event: CaseEvent) -> str:
    """What the verb alone does not say."""
    said = event.particulars
    if event.verb == Verb.FILED:
        split = f", split from {said['split_from']}" if "split_from" in said else ""
        return f"as {Severity(said['severity']).label}{split}"
    if event.verb == Verb.SEVERITY_SET:
        return f"from {Severity(said['before']).label} to {Severity(said['after']).label}"
    if event.verb == Verb.CALL_LOGGED:
        return "reached" if said.get("reached") else "not reached"
    if event.verb == Verb.CLOSED:
        return _closing(said)
    if event.verb in (Verb.LINKED, Verb.UNLINKED, Verb.SPLIT, Verb.MERGED):
        return str(said.get("other", ""))
    if event.verb == Verb.FILE_BLOCKED:
        return f"{said.get('name', '')} ({said.get('finding', '')})"
    if event.verb == Verb.ESCALATION_ANSWERED:
        return "granted" if said.get("granted") else "not granted"
    return ""


def _closing(said: dict[str, Any]) -> str:
    """Why it was closed; a parent names the children that stayed open."""
    why = ClosingReason(said["reason"]).label.lower()
    merged = f", merged into {said['merged_into']}" if "merged_into" in said else ""
    left = f"; still open: {', '.join(said['open_children'])}" if said.get("open_children") else ""
    return f"{why}{merged}{left}"


def quoted(told: Sequence[Entry], seq: str) -> str:
    """The words of an entry as a Markdown quotation, with who said them; empty where there are none."""
    found = next((entry for entry in told if str(entry.seq) == seq and entry.text), None)
    if found is None:
        return ""
    lines = "\n".join(f"> {line}".rstrip() for line in found.text.strip().splitlines())
    return f"{found.by.name}:\n{lines}\n\n"


def asker(told: Sequence[Entry]) -> str:
    """Who asked the contact last."""
    asked = (e.by.name for e in reversed(told) if e.verb in (Verb.INFORMATION_REQUESTED, Verb.RULED_INADEQUATE))
    return next(asked, "")
