"""The keys of Care's pages: which key runs which command, for one person.

A key is one or more strokes with spaces between them; a stroke is a character, perhaps with
modifiers: `a`, `g q`, `Ctrl+Enter`. WCAG 2.1.4: keys of a single character can be switched off and
changed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contacts.models import User

STANDARD, ZENDESK, OFF = "standard", "zendesk", "off"
KEY_SETS = (
    (STANDARD, "CareTrack: single keys"),
    (ZENDESK, "Like Zendesk: Ctrl, Alt and a key"),
    (OFF, "No keys of single characters"),
)
STROKE = re.compile(r"(?:(?:Ctrl|Alt|Shift)\+)*(?:[!-~]|Enter|F[1-9])")
MOST_STROKES = 2


@dataclass(frozen=True)
class KeyBinding:
    """A command and its key. `zendesk` is its key in the set that feels like Zendesk's, where that
    differs.
    """

    name: str
    label: str
    key: str
    zendesk: str = ""


BINDINGS = (
    KeyBinding("answer", "Reply to the contact", "a", "Ctrl+Alt+c"),
    KeyBinding("note", "Internal note", "n", "Ctrl+Alt+x"),
    KeyBinding("information", "Ask for information", "i", "Ctrl+Alt+p"),
    KeyBinding("call", "Log a call", "c"),
    KeyBinding("macro", "Insert a macro", "m", "Ctrl+Alt+m"),
    KeyBinding("send", "Send", "Ctrl+Enter", "Ctrl+Enter"),
    KeyBinding("send-next", "Send, and take the next case", "Ctrl+Shift+Enter"),
    KeyBinding("assign", "Assign", "t"),
    KeyBinding("assignment", "Take the case", "T", "Ctrl+Alt+g"),
    KeyBinding("resolution", "Propose a resolution", "p", "Ctrl+Alt+s"),
    KeyBinding("severity", "Set the severity", "s"),
    KeyBinding("escalation", "Escalate for investigation", "e"),
    KeyBinding("findings", "Hand back with findings", "f"),
    KeyBinding("hold", "Put on hold", "h"),
    KeyBinding("hold-end", "End the hold", "H"),
    KeyBinding("tags", "Tags", "#", "Ctrl+Alt+t"),
    KeyBinding("link", "Links, parent and children", "l"),
    KeyBinding("merge", "Merge into another case", "M"),
    KeyBinding("correction", "Correct title, area or site", "E"),
    KeyBinding("contact", "Change the contact", "C"),
    KeyBinding("follower", "Add a follower", "W"),
    KeyBinding("settlement", "Settle the question", "S"),
    KeyBinding("inadequacy", "Rule the reply inadequate", "I"),
    KeyBinding("restoration", "Mark service restored", "w"),
    KeyBinding("initial-rca", "Send the initial root cause analysis", "A"),
    KeyBinding("escalation-answer", "Answer the escalation request", "v"),
    KeyBinding("severity-upholding", "Uphold the contested severity", "V"),
    KeyBinding("file", "Attach a file", "F"),
    KeyBinding("reminder", "Remind me", "R"),
    KeyBinding("side-conversation", "Open a side conversation", "d"),
    KeyBinding("closure", "Close with a reason", "X"),
    KeyBinding("reopening", "Reopen", "O"),
    KeyBinding("journal", "Event log", "J"),
    KeyBinding("undo", "Undo the last message", "z"),
    KeyBinding("back", "Back to the list", "u"),
    KeyBinding("first-message", "First message", "{"),
    KeyBinding("last-message", "Last message", "}"),
    KeyBinding("own-message", "My last message", "y"),
    KeyBinding("next", "Take the next best case", "N", "Ctrl+Alt+n"),
    KeyBinding("search", "Search everything", "/", "Ctrl+Alt+f"),
    KeyBinding("filter", "Filter this list", "f"),
    KeyBinding("down", "Next row", "j"),
    KeyBinding("up", "Previous row", "k"),
    KeyBinding("open", "Open the selected case", "o"),
    KeyBinding("choose", "Select or clear", "x"),
    KeyBinding("choose-all", "Select all on this page", "*"),
    KeyBinding("bulk", "Do something with the chosen cases", "b"),
    KeyBinding("refresh", "Show what is new", "r"),
    KeyBinding("new-case", "Open a case for a caller", "+"),
    KeyBinding("previous-page", "The page before", "["),
    KeyBinding("next-page", "The next page", "]"),
    KeyBinding("go-queue", "Go to the queue", "g q"),
    KeyBinding("go-cases", "Go to all cases", "g c"),
    KeyBinding("go-analyses", "Go to root cause analyses", "g r"),
    KeyBinding("go-applications", "Go to applications", "g a"),
    KeyBinding("go-on-call", "Go to on call", "g o"),
    KeyBinding("go-administration", "Go to administration", "g s"),
    KeyBinding("go-insight", "Go to insight", "g i"),
    KeyBinding("go-notifications", "Go to notifications", "g n"),
    KeyBinding("go-reminders", "Go to my reminders", "g d"),
    KeyBinding("go-macros", "Go to macros", "g m"),
    KeyBinding("go-help", "Go to help", "g h"),
    KeyBinding("keys", "Keys of this page", "?"),
)
BY_NAME = {binding.name: binding for binding in BINDINGS}


def is_key(text: str) -> bool:
    """Whether a text is a key as this module writes keys."""
    strokes = text.split(" ")
    return len(strokes) <= MOST_STROKES and all(STROKE.fullmatch(stroke) for stroke in strokes)


def has_modifier(key: str) -> bool:
    """Whether every stroke has Ctrl or Alt, or is no character, so that it is never typed."""
    return all(
        stroke.startswith(("Ctrl+", "Alt+")) or re.fullmatch(r"F[1-9]", stroke)
        for stroke in key.split(" ")
    )


def keys_of(user: User) -> dict[str, str]:
    """The key of each command for one person; empty for a command without one."""
    settings: Mapping[str, Any] = user.key_settings or {}
    own: Mapping[str, str] = settings.get("own") or {}
    chosen = settings.get("set", STANDARD)
    keys = {name: own.get(name, key) for name, key in keys_of_set(chosen).items()}
    if chosen == OFF:
        keys = {name: key if has_modifier(key) else "" for name, key in keys.items()}
    return keys


def keys_of_set(chosen: str) -> dict[str, str]:
    """The key of each command in a set."""
    return {
        binding.name: binding.zendesk or binding.key if chosen == ZENDESK else binding.key
        for binding in BINDINGS
    }


def clashes(keys: Mapping[str, str]) -> list[tuple[str, str]]:
    """Pairs of commands that cannot have these keys together: the same key on one page, or one
    that begins another.
    """
    pairs = []
    named = [(name, key) for name, key in keys.items() if key]
    for index, (name, key) in enumerate(named):
        for other, other_key in named[index + 1 :]:
            begins = f"{key} ".startswith(f"{other_key} ") or f"{other_key} ".startswith(f"{key} ")
            if begins and not _never_together(name, other):
                pairs.append((name, other))
    return pairs


# Commands of the queue only and of a case only may share a key.
OF_LISTS = {
    "filter",
    "down",
    "up",
    "open",
    "choose",
    "choose-all",
    "bulk",
    "refresh",
    "new-case",
    "previous-page",
    "next-page",
}
OF_CASES = {
    binding.name
    for binding in BINDINGS
    if binding.name not in OF_LISTS
    and not binding.name.startswith("go-")
    and binding.name not in ("next", "search", "keys")
}
ON_BOTH = {"answer", "note", "severity", "assignment", "assign"}  # of the row under the cursor


def _never_together(one: str, other: str) -> bool:
    pair = {one, other}
    return bool(pair & OF_LISTS) and bool(pair & (OF_CASES - ON_BOTH))
