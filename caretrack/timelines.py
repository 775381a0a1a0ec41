"""A case's past as one list: what was said, what changed, which files came, for the eyes of one
reader.

Read by plain statements into light values: a page shows every entry, and a model for each would
cost more than it.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cases.models import Attachment, Case
from cases.verbs import ClosingReason, Facing, Severity, Verb
from cases.words import instant as said_at
from contacts.models import Role, User
from contacts.models.people import CARE_ROLES
from rca.models import ActionState

# Files that came this soon after a person's words belong to them.
TOGETHER = timedelta(minutes=2)
CONVERSATION = """
    SELECT e.seq, e.verb, e.at, e.facing, e.particulars::text, u.text, u.text_html, p.id, p.name,
        p.role, o.name
    FROM cases_caseevent e JOIN contacts_user p ON p.id = e.by_id
    LEFT JOIN contacts_organisation o ON o.id = p.organisation_id
    LEFT JOIN cases_caseupdate u ON u.event_id = e.id
    WHERE e.organisation_id = %s AND e.case_id = %s {seen}ORDER BY e.seq
"""
FILES = """
    SELECT id, by_id, at, facing, name, size, scan_state, finding FROM cases_attachment
    WHERE organisation_id = %s AND case_id = %s {seen}ORDER BY at, id
"""
CONTACTS_OWN = "AND facing = 'contact' "


@dataclass(frozen=True)
class Speaker:
    """Who did something: as much of a person as a timeline shows."""

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
class Entry:
    """A card where words or files came with it, otherwise one thin line."""

    seq: int
    at: datetime
    by: Speaker
    verb: str
    says: str
    text: str = ""
    text_html: str | None = None
    detail: str = ""
    is_internal: bool = False
    particulars: dict[str, Any] = field(default_factory=dict)
    files: list[Attachment] = field(default_factory=list)

    @property
    def is_card(self) -> bool:
        return bool(self.text or self.files)

    @property
    def side(self) -> str:
        """Who speaks: care, customer or machine."""
        return "machine" if self.by.is_system else "care" if self.by.is_care else "customer"


def entries(case: Case, reader: User, files: list[Attachment] | None = None) -> list[Entry]:
    """Everything `reader` may see of the case's past, oldest first; in two statements, or one."""
    where, seen = [case.organisation_id, case.pk], "" if reader.is_care else CONTACTS_OWN
    by_pk = {file.pk: file for file in (files_of(case, reader) if files is None else files)}
    with connection.cursor() as cursor:
        cursor.execute(CONVERSATION.format(seen=seen.replace("facing", "e.facing")), where)
        rows = cursor.fetchall()
    told: list[Entry] = []
    for row in rows:
        entry = _entry(row, case)
        if entry.verb == Verb.ATTACHED:
            file = by_pk.get(entry.particulars.get("attachment", 0))
            if file is not None and _belongs_to(told, entry):
                told[-1].files.append(file)
                continue
            entry.files = [file] if file is not None else []
        told.append(entry)
    return told


def files_of(case: Case, reader: User) -> list[Attachment]:
    """The case's files that `reader` may see, as far as a list shows them."""
    with connection.cursor() as cursor:
        cursor.execute(
            FILES.format(seen="" if reader.is_care else CONTACTS_OWN),
            [case.organisation_id, case.pk],
        )
        return [file(row) for row in cursor.fetchall()]


def file(row: Sequence[Any]) -> Attachment:
    """An attachment from (id, by, at, facing, name, size, scan_state, finding)."""
    names = ("pk", "by_id", "at", "facing", "name", "size", "scan_state", "finding")
    return Attachment(**dict(zip(names, row, strict=True)))


def _belongs_to(told: Sequence[Entry], entry: Entry) -> bool:
    last = told[-1] if told else None
    return (
        last is not None
        and last.is_card
        and last.by.pk == entry.by.pk
        and last.is_internal == entry.is_internal
        and entry.at - last.at <= TOGETHER
    )


def _entry(row: Sequence[Any], case: Case) -> Entry:
    seq, verb, at, facing, particulars, text, html, *who = row
    said = json.loads(particulars) if isinstance(particulars, str) else particulars
    words, html = (
        (case.description, case.description_html) if verb == Verb.FILED else (text or "", html)
    )
    return Entry(
        seq=seq,
        at=at,
        by=Speaker(*who),
        verb=verb,
        text=words,
        text_html=html,
        particulars=said,
        says=sayings(translation.get_language() or "en")[verb],
        detail=_detail(verb, said),
        is_internal=facing == Facing.INTERNAL,
    )


@lru_cache(maxsize=8)
def sayings(language: str) -> dict[str, str]:
    """What each verb says on a timeline, in one language."""
    with translation.override(language):
        return {verb.value: str(verb.label) for verb in Verb}


@lru_cache(maxsize=8)
def _joint(language: str) -> str:
    with translation.override(language):
        return pgettext("between a person and what they did", " ")


def joint() -> str:
    """What stands between somebody's name and what they did, in the reader's language."""
    return _joint(translation.get_language() or "en")


def _detail(verb: str, said: dict[str, Any]) -> str:
    """What the verb alone does not say."""
    make = DETAILS.get(verb)
    return make(said) if make else ""


def _filing(said: dict[str, Any]) -> str:
    filed = _("as {severity}").format(severity=Severity(said["severity"]).label)
    return filed + (
        _(", split from {code}").format(code=said["split_from"]) if "split_from" in said else ""
    )


def _call(said: dict[str, Any]) -> str:
    """Whom, where and when, and whether they were reached."""
    whom = " ".join(str(said[name]) for name in ("whom", "number") if said.get(name))
    return f"{whom}: {_reached(said)}" if whom else _reached(said)


def _reached(said: dict[str, Any]) -> str:
    return _("reached") if said.get("reached") else _("not reached")


def _other(said: dict[str, Any]) -> str:
    return str(said.get("other", ""))


def _closing(said: dict[str, Any]) -> str:
    """Why it was closed; a parent names the children that stayed open."""
    told = str(ClosingReason(said["reason"]).label).lower()
    if "merged_into" in said:
        told += _(", merged into {code}").format(code=said["merged_into"])
    if said.get("open_children"):
        told += _("; still open: {codes}").format(codes=", ".join(said["open_children"]))
    return told


def _assigned(said: dict[str, Any]) -> str:
    """To whom a case was given, and why, as far as that was said."""
    team = f"the team {said['team_name']}" if said.get("team_name") else ""
    to = " in ".join(part for part in (said.get("to"), team) if part)
    return f"to {to}" + (f", {said['why']}" if said.get("why") else "")


def _version(said: dict[str, Any]) -> str:
    return _("version {number}").format(number=said["version"])


def _meeting(said: dict[str, Any]) -> str:
    """When it is, in the reader's own time, and where."""
    at = said_at(datetime.fromisoformat(said["starts_at"]), timezone.get_current_timezone_name())
    return f"{at}, {said['place']}"


def _paged(said: dict[str, Any]) -> str:
    until = timezone.localtime(datetime.fromisoformat(said["until"]))
    return f"{said['to_name']}, to acknowledge by {until:%H:%M} ({said['why']})"


DETAILS: dict[str, Callable[[dict[str, Any]], str]] = {
    Verb.FILED: _filing,
    Verb.SEVERITY_SET: lambda said: _("from {before} to {after}").format(
        before=Severity(said["before"]).label, after=Severity(said["after"]).label
    ),
    Verb.TERMS_MOVED: lambda said: _("from {before} to {after}").format(
        before=said["before"], after=said["after"]
    ),
    Verb.CALL_LOGGED: _call,
    Verb.CLOSED: _closing,
    Verb.RATED: lambda said: _("{score} of 5").format(score=said["score"]),
    Verb.LINKED: _other,
    Verb.UNLINKED: _other,
    Verb.SPLIT: _other,
    Verb.MERGED: _other,
    Verb.FILE_BLOCKED: lambda said: f"{said.get('name', '')} ({said.get('finding', '')})",
    Verb.ESCALATION_ANSWERED: lambda said: (
        _("granted") if said.get("granted") else _("not granted")
    ),
    Verb.ASSIGNED: _assigned,
    Verb.ACTION_MOVED: lambda said: f"{said['what']}: {ActionState(said['after']).label}",
    Verb.RCA_PUBLISHED: _version,
    Verb.RCA_ACKNOWLEDGED: _version,
    Verb.MEETING_ARRANGED: _meeting,
    Verb.PAGED: _paged,
    Verb.UNDELIVERED: lambda said: (
        f"to {said['to']} ({said['address']}): {said['why']}"
        + (
            f"; it goes to {said['next']}"
            if said["next"]
            else ""
            if said["to_care"]
            else "; nobody else is left to tell"
        )
    ),
    Verb.PAGES_RAN_OUT: lambda said: (
        f"told {', '.join(said['told']) or 'nobody: there is no manager'}"
    ),
}


def quoted(told: Sequence[Entry], seq: str) -> str:
    """The words of an entry as a Markdown quotation, with who said them; empty where there are
    none.
    """
    found = next((entry for entry in told if str(entry.seq) == seq and entry.text), None)
    if found is None:
        return ""
    lines = "\n".join(f"> {line}".rstrip() for line in found.text.strip().splitlines())
    return f"{found.by.name}:\n{lines}\n\n"


def asker(told: Sequence[Entry]) -> str:
    """Who asked the contact last."""
    asked = (
        e.by.name
        for e in reversed(told)
        if e.verb in (Verb.INFORMATION_REQUESTED, Verb.RULED_INADEQUATE)
    )
    return next(asked, "")
