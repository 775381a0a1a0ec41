"""The RCA as a form: parsed from the request, and laid out for the page, even without scripts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict

from cases.choices import EventType, Facing
from cases.models import Case, CaseEvent
from contacts import namesakes
from contacts.models import User
from contacts.models.people import CARE_ROLES
from rca import document
from rca.document import MOST_WHYS, PARTS, TEXTS

PROMPTS = {
    "summary": (
        "Three sentences that a director reads: what failed, for how long, why, and what changed."
    ),
    "impact": "Who could not do what, from when to when, in the customer's own time.",
    "timeline": (
        "Tick what a reader needs, and put it in your words. Times of the case come from its event "
        "log; add what happened outside it with a time and a source."
    ),
    "detection": "Who noticed first, and how. What should have noticed earlier?",
    "root_cause": (
        "Ask why, up to five times, each about the answer before; the last is the cause. "
        "Or write freely."
    ),
    "went_well": "What shortened the outage.",
    "went_badly": "What lengthened it, and where luck helped.",
    "actions": (
        "What, who, and by when. After publishing each is tracked, and the customer sees "
        "how far it is."
    ),
}
NEEDED = ("summary", "impact", "root_cause", "actions")
BLANK_ACTIONS, BLANK_ENTRIES = 3, 2
MOST_EVENTS = 300
ROW = re.compile(r"^action_(\d{1,3})_what$")
OUTSIDE = re.compile(r"^outside_(\d{1,3})_words$")


def read(data: QueryDict, zone: str) -> dict[str, Any]:
    """The input as typed, times in `zone`. `rca.document.clean` makes a document of it."""
    rows = sorted(int(match[1]) for name in data if (match := ROW.match(name)))
    outside = sorted(int(match[1]) for name in data if (match := OUTSIDE.match(name)))
    return {
        **{key: data.get(key, "") for key in TEXTS},
        "timeline": [
            {"event": int(seq), "words": data.get(f"words_{seq}", "")}
            for seq in data.getlist("event")
            if seq.isascii() and seq.isdigit() and len(seq) < 9
        ],
        "outside": [
            {
                "at": _instant(data.get(f"outside_{n}_at", ""), zone),
                "source": data.get(f"outside_{n}_source", ""),
                "words": data.get(f"outside_{n}_words", ""),
            }
            for n in outside
        ],
        "whys": [
            {"why": data.get(f"why_{n}", ""), "because": data.get(f"because_{n}", "")}
            for n in range(1, MOST_WHYS + 1)
        ],
        "actions": [
            {
                "key": _number(data.get(f"action_{n}_key")),
                "what": data.get(f"action_{n}_what", ""),
                "owner": _number(data.get(f"action_{n}_owner")),
                "owner_name": data.get(f"action_{n}_owner_name", ""),
                "due_on": data.get(f"action_{n}_due_on", ""),
            }
            for n in rows
        ],
    }


def _instant(text: str, zone: str) -> str:
    """A local time of the zone as ISO text with its offset. As typed where it is none, for example
    where the clocks leap over it.
    """
    try:
        local = datetime.fromisoformat(text.strip()).replace(tzinfo=None)
        at = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        exists = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local
    except (ValueError, OverflowError):
        return text
    return at.isoformat() if exists else text


def _local(text: str, zone: str) -> str:
    """A stored instant as a field of the form shows it; anything else as typed."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return text if at.tzinfo is None else f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M:%S}"


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else None


@dataclass(frozen=True)
class TimelineOption:
    """An event that can be part of the timeline."""

    seq: int
    at: datetime
    label: str
    words: str
    is_chosen: bool
    is_internal: bool


@dataclass
class PartForm:
    """A part of the document in the editor: its fields, and what others wrote there meanwhile."""

    key: str
    heading: str
    prompt: str
    needed: bool
    text: str = ""
    has_text: bool = True
    events: list[TimelineOption] = field(default_factory=list)
    whys: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    actions: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    outside: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    theirs: list[Any] = field(default_factory=list)
    comments: int = 0

    @property
    def chosen(self) -> list[TimelineOption]:
        return [event for event in self.events if event.is_chosen]

    @property
    def others(self) -> list[TimelineOption]:
        return [event for event in self.events if not event.is_chosen]


def laid_out(written: Mapping[str, Any], case: Case, zone: str) -> list[PartForm]:
    """The parts with their content, times in `zone`.

    A corrective action that was published cannot be emptied here.
    """
    parts = []
    for key, heading in PARTS.items():
        part = PartForm(
            key, str(heading), PROMPTS[key], key in NEEDED, text=str(written.get(key) or "")
        )
        part.has_text = key in TEXTS
        if key == "timeline":
            part.text, part.events = "", _events(written.get("timeline") or [], case)
            rows = [{**row, "at": _local(row["at"], zone)} for row in written.get("outside") or []]
            blank_row = {"at": "", "source": "", "words": ""}
            part.outside = list(enumerate([*rows, *([blank_row] * BLANK_ENTRIES)], start=1))
        elif key == "root_cause":
            whys = [
                *(written.get("whys") or []),
                *({"why": "", "because": ""} for _ in range(MOST_WHYS)),
            ]
            part.whys = list(enumerate(whys[:MOST_WHYS], start=1))
        elif key == "actions":
            blank = {"key": None, "what": "", "owner": None, "owner_name": "", "due_on": ""}
            rows = [row for row in written.get("actions") or [] if any(row.values())]
            part.text, part.actions = (
                "",
                list(enumerate([*rows, *([blank] * BLANK_ACTIONS)], start=1)),
            )
        parts.append(part)
    return parts


def _events(chosen: list[Mapping[str, Any]], case: Case) -> list[TimelineOption]:
    words = {row["event"]: row["words"] for row in chosen}
    queryset = CaseEvent.objects.filter(
        organisation_id=case.organisation_id, case=case
    ).select_related("by")
    options = []
    for event in queryset.order_by("at", "seq")[:MOST_EVENTS]:
        label = f"{event.by.name} {EventType(event.verb).label}"
        options.append(
            TimelineOption(
                event.seq,
                event.at,
                label,
                words.get(event.seq, label),
                event.seq in words,
                event.facing == Facing.INTERNAL,
            )
        )
    return options


def owners() -> list[tuple[int, str]]:
    """People of Care who may own a corrective action."""
    people = User.objects.filter(role__in=CARE_ROLES, is_active=True).order_by("name")
    return list(namesakes.labels_of(people.values_list("pk", "name", "email")).items())


def is_untouched(written: Mapping[str, Any]) -> bool:
    """Whether nobody has written anything yet."""
    return document.is_empty(written)
