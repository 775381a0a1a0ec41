"""The document of a root cause analysis (§12) as plain values: its parts, what of it is missing,
and how two people's savings come together.

A document is one value with one revision, so a saving is taken whole or not at all. Instants are
never part of what is written: a timeline entry names an event of the case's journal, and the
instant is that event's.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.errors import Refused

# In the order in which a reader wants them.
PARTS: dict[str, Any] = {
    "summary": _("Summary"),
    "impact": _("Impact on your business"),
    "timeline": _("What happened when"),
    "detection": _("How it was noticed"),
    "root_cause": _("Root cause"),
    "went_well": _("What went well"),
    "went_badly": _("What did not go well"),
    "actions": _("What we change so that it does not come back"),
}
TEXTS = ("summary", "impact", "detection", "root_cause", "went_well", "went_badly")
# Each is taken or left as a whole when two people write at once; "whys" belong to the part
# "root_cause".
KEYS = (*TEXTS, "timeline", "whys", "actions")
MOST_WHYS = 5
MOST_ACTIONS = 40
MOST_ENTRIES = 200
LONGEST = 50_000
LONGEST_LINE = 1_000

Document = dict[str, Any]


def clean(said: Mapping[str, Any]) -> Document:
    """A document in the one form in which it is kept: blanks gone, empty rows gone, every key
    there.

    Raises Refused where it names a part that does not exist, or is longer than anybody reads.
    """
    unknown = set(said) - set(KEYS)
    if unknown:
        raise Refused(f"Unknown sections: {', '.join(sorted(unknown))}.")
    document: Document = {key: _text(said.get(key), LONGEST) for key in TEXTS}
    document["timeline"] = _timeline(said.get("timeline") or [])
    whys = [
        {name: _text(row.get(name), LONGEST_LINE) for name in ("why", "because")}
        for row in said.get("whys") or []
    ]
    document["whys"] = [row for row in whys if row["why"] or row["because"]][:MOST_WHYS]
    actions = [_action(row) for row in said.get("actions") or []]
    document["actions"] = [
        row for row in actions if row["what"] or row["key"] or row["owner"] or row["owner_name"]
    ]
    if len(document["actions"]) > MOST_ACTIONS or len(document["timeline"]) > MOST_ENTRIES:
        raise Refused("That is more than anybody reads: leave out what matters least.")
    return document


def _text(text: Any, longest: int) -> str:
    said = str(text or "").replace("\0", "").replace("\r\n", "\n").strip()
    if len(said) > longest:
        raise Refused(f"A part is longer than {longest} characters.")
    return said


def _timeline(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each event once, in the order of the journal."""
    told = {int(row["event"]): _text(row.get("words"), LONGEST_LINE) for row in rows}
    return [{"event": seq, "words": words} for seq, words in sorted(told.items())]


def _action(row: Mapping[str, Any]) -> dict[str, Any]:
    due = str(row.get("due_on") or "")
    try:
        due = date.fromisoformat(due).isoformat() if due else ""
    except ValueError:
        raise Refused(f"«{due}» is no date.")
    if due and not "1970" <= due[:4] <= "2999":
        raise Refused(f"«{due}» is no day to do something by.")
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
    """Whether nobody has written anything yet."""
    return not any(document.get(key) for key in KEYS)


def missing(document: Mapping[str, Any]) -> list[str]:
    """What the customer needs and is not there yet, in words for the author."""
    said = [str(PARTS[key]) for key in ("summary", "impact") if not document.get(key)]
    if any(not row["words"] for row in document.get("timeline", [])):
        said.append("words for each chosen entry of the timeline")
    whys = document.get("whys", [])
    if any(not (row["why"] and row["because"]) for row in whys):
        said.append("an answer to each why, and a question to each answer")
    if not whys and not document.get("root_cause"):
        said.append(str(PARTS["root_cause"]))
    actions = document.get("actions", [])
    if not actions:
        said.append(str(PARTS["actions"]))
    if any(
        not (row["what"] and row["due_on"] and (row["owner"] or row["owner_name"]))
        for row in actions
    ):
        said.append("what, who and by when of each corrective action")
    return said


def merge(
    base: Mapping[str, Any], mine: Document, theirs: Mapping[str, Any]
) -> tuple[Document, list[str], list[str]]:
    """Two savings that began from the same document, brought together part by part.

    Returns the document, the parts that were taken over from the others, and the parts that both
    wrote differently: of those the document has mine.
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
    """What a part is called."""
    return str(PARTS["root_cause" if key == "whys" else key])
