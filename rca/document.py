"""The document of a root cause analysis (§12) as plain values: its parts, what is missing, and how
two people's saves are merged.

A document is one value with one revision, so it is saved as a whole or not at all. An entry of the
timeline refers to an event of the case, which has its time. What happened outside the case, such as
a deployment or an alarm, is an entry of its own: its author writes the time and its source, and
every reader sees that it is not from the event log.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.errors import Refused

# In the order of reading.
PARTS: dict[str, Any] = {
    "summary": _("Summary"),
    "impact": _("Impact on your business"),
    "timeline": _("Timeline"),
    "detection": _("How it was noticed"),
    "root_cause": _("Root cause"),
    "went_well": _("What went well"),
    "went_badly": _("What did not go well"),
    "actions": _("What we change so that it does not come back"),
}
TEXTS = ("summary", "impact", "detection", "root_cause", "went_well", "went_badly")
# Each is merged as a whole when two people write at once; "whys" belong to the part "root_cause".
KEYS = (*TEXTS, "timeline", "outside", "whys", "actions")
# The part in which a key stands.
PART_OF = {"whys": "root_cause", "outside": "timeline"}
MOST_WHYS = 5
MOST_ACTIONS = 40
MOST_ENTRIES = 200
LONGEST = 50_000
LONGEST_LINE = 1_000
LONGEST_SOURCE = 100

Document = dict[str, Any]


def clean(payload: Mapping[str, Any]) -> Document:
    """The document in its stored form: without surrounding blanks and empty rows, with every key.

    Raises Refused where it names an unknown part, or is too long.
    """
    unknown = set(payload) - set(KEYS)
    if unknown:
        raise Refused(f"Unknown sections: {', '.join(sorted(unknown))}.")
    document: Document = {key: _text(payload.get(key), LONGEST) for key in TEXTS}
    document["timeline"] = _timeline(payload.get("timeline") or [])
    document["outside"] = _outside(payload.get("outside") or [])
    whys = [
        {name: _text(row.get(name), LONGEST_LINE) for name in ("why", "because")}
        for row in payload.get("whys") or []
    ]
    document["whys"] = [row for row in whys if row["why"] or row["because"]][:MOST_WHYS]
    actions = [_action(row) for row in payload.get("actions") or []]
    document["actions"] = [
        row for row in actions if row["what"] or row["key"] or row["owner"] or row["owner_name"]
    ]
    entries = len(document["timeline"]) + len(document["outside"])
    if len(document["actions"]) > MOST_ACTIONS or entries > MOST_ENTRIES:
        raise Refused("That is more than anybody reads: leave out what matters least.")
    return document


def _text(text: Any, longest: int) -> str:
    cleaned = str(text or "").replace("\0", "").replace("\r\n", "\n").strip()
    if len(cleaned) > longest:
        raise Refused(f"A part is longer than {longest} characters.")
    return cleaned


def _timeline(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each event once, in the order of the event log."""
    words_by_event = {int(row["event"]): _text(row.get("words"), LONGEST_LINE) for row in rows}
    return [{"event": seq, "words": words} for seq, words in sorted(words_by_event.items())]


def _outside(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Entries from outside the case, in order of time; those without a time come last."""
    cleaned = [
        {
            "at": _time(str(row.get("at") or "").strip()),
            "source": _text(row.get("source"), LONGEST_SOURCE),
            "words": _text(row.get("words"), LONGEST_LINE),
        }
        for row in rows
    ]
    filled = [row for row in cleaned if any(row.values())]
    return sorted(filled, key=lambda row: (not row["at"], row["at"]))


def _time(text: str) -> str:
    """An instant as ISO text in UTC; empty for none. Refused where it is none."""
    try:
        at = datetime.fromisoformat(text) if text else None
    except ValueError:
        at = None
    if text and (at is None or at.tzinfo is None or not 1970 <= at.year <= 2999):
        raise Refused(f"“{text[:40]}” is no time on that clock: write another one.")
    return at.astimezone(UTC).isoformat() if at else ""


def _action(row: Mapping[str, Any]) -> dict[str, Any]:
    due = str(row.get("due_on") or "")
    try:
        due = date.fromisoformat(due).isoformat() if due else ""
    except ValueError:
        raise Refused(f"“{due}” is no date.")
    if due and not "1970" <= due[:4] <= "2999":
        raise Refused(f"“{due}” is no day to do something by.")
    owner = int(row["owner"]) if row.get("owner") else None
    return {
        "key": int(row["key"]) if row.get("key") else None,
        "what": _text(row.get("what"), LONGEST_LINE),
        "owner": owner,
        "owner_name": "" if owner else _text(row.get("owner_name"), 150),
        "due_on": due,
    }


EMPTY: Document = clean({})


def is_empty(document: Mapping[str, Any]) -> bool:
    """Whether the document is still empty."""
    return not any(document.get(key) for key in KEYS)


def missing(document: Mapping[str, Any]) -> list[str]:
    """What the customer needs and the document lacks, as text for the author."""
    labels = [str(PARTS[key]) for key in ("summary", "impact") if not document.get(key)]
    if any(not row["words"] for row in document.get("timeline", [])):
        labels.append("words for each chosen entry of the timeline")
    if any(not all(row.values()) for row in document.get("outside", [])):
        labels.append("time, source and words of each entry from outside the case")
    whys = document.get("whys", [])
    if any(not (row["why"] and row["because"]) for row in whys):
        labels.append("an answer to each why, and a question to each answer")
    if not whys and not document.get("root_cause"):
        labels.append(str(PARTS["root_cause"]))
    actions = document.get("actions", [])
    if not actions:
        labels.append(str(PARTS["actions"]))
    if any(
        not (row["what"] and row["due_on"] and (row["owner"] or row["owner_name"]))
        for row in actions
    ):
        labels.append("what, who and by when of each corrective action")
    return labels


def merge(
    base: Mapping[str, Any], mine: Document, theirs: Mapping[str, Any]
) -> tuple[Document, list[str], list[str]]:
    """Merge two saves of the same document, part by part.

    Returns the document, the parts that were taken from the others, and the parts that both changed
    differently: in those the document has mine.
    """
    merged, taken, clashing = dict(mine), [], []
    for key in KEYS:
        before, here, there = (one.get(key) or EMPTY[key] for one in (base, mine, theirs))
        if here == there:
            continue
        if here == before:
            merged[key] = there
            taken.append(key)
        elif there != before:
            clashing.append(key)
    return merged, taken, clashing


def heading(key: str) -> str:
    """The heading of the part in which a key stands."""
    return str(PARTS[PART_OF.get(key, key)])
