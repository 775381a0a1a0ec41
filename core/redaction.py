"""Rows that never change, save for one thing: words in them may be erased, for good and so that it
shows (§14).
"""

import re
from collections.abc import Collection, Iterable
from typing import Any

import pgtrigger

ERASED = "[erased]"
# What is shorter than that is much else too, such as the name Do or the extension 1042: it counts
# only where nothing else is said.
FEW_LETTERS, FEW_DIGITS = 4, 7
LETTER = "[0-9A-Za-z\u00c0-\u024f\u0370-\u052f]"  # of a script that puts blanks between words

# Every column stays as it is; in those named a text may become `[erased]`, by itself or inside of
# JSON.
RULE = """
    IF (to_jsonb(NEW) - {columns}) = (to_jsonb(OLD) - {columns}) AND {mark}
        AND only_erased(to_jsonb(OLD) - 'is_erased', to_jsonb(NEW) - 'is_erased')
    THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'never_changed: rows of % are not changed', TG_TABLE_NAME;
"""


def never_changed(*erasable: str, is_marked: bool = False) -> list[pgtrigger.Trigger]:
    """Triggers of a table whose rows are added and never changed, but for erasing in the columns
    named.

    Where it `is_marked`, a row that was erased says so in its column `is_erased`.
    """
    names = ", ".join(f"'{name}'" for name in (*erasable, *(("is_erased",) if is_marked else ())))
    body = RULE.format(columns=f"ARRAY[{names}]", mark="NEW.is_erased" if is_marked else "true")
    return [
        pgtrigger.Trigger(
            name="never_changed", operation=pgtrigger.Update, when=pgtrigger.Before, func=body
        ),
        pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
    ]


class Identifiers:
    """What a person is known by: names, addresses, numbers, those they had before among them.

    What `others` are known by just so is no mark of this person, and a longer name of theirs is not
    theirs in part: «Maria Silva» does not stand in «Maria Silva Santos». `shared` are the texts
    that were left out for that.
    """

    def __init__(self, known: Iterable[str], others: Iterable[str] = ()) -> None:
        texts = {text.strip() for text in known if text} - {"", ERASED}
        theirs = {text.strip().casefold(): text.strip() for text in others if text}
        self.shared = sorted(text for text in texts if text.casefold() in theirs)
        self.texts = sorted(texts - set(self.shared), key=lambda text: (-len(text), text))
        folded = [text.casefold() for text in self.texts]
        longer = [text for low, text in theirs.items() if any(mark in low for mark in folded)]
        spared = "|".join(_bound(text) for text in sorted(longer, key=len, reverse=True))
        each = [f"(?P<other>{spared})"] if longer else []
        each += [_bound(text) for text in self.texts if not _is_short(text)]
        short = "|".join(_spelled(text) for text in self.texts if _is_short(text))
        each += [rf"\A(?:{short})\Z"] if short else []
        self._pattern = re.compile("|".join(each)) if self.texts else None

    def appear_in(self, text: str) -> bool:
        """Whether a text says who the person is."""
        matches = self._pattern.finditer(text) if self._pattern else ()
        return any(not _is_others(one) for one in matches)

    def replaced(self, text: str, by: str) -> str:
        """The text with each of them replaced."""
        return (
            self._pattern.sub(lambda one: one[0] if _is_others(one) else by, text)
            if self._pattern
            else text
        )

    def erased(self, value: Any, spared: Collection[str] = ()) -> Any:
        """A plain value, as JSON holds it, in which every text that names the person is `[erased]`.

        What stands under a key that is `spared` is nobody's name, whatever it reads like: programs
        read it back.
        """
        if isinstance(value, str):
            return ERASED if self.appear_in(value) else value
        if isinstance(value, dict):
            return {
                key: one if key in spared else self.erased(one, spared)
                for key, one in value.items()
            }
        return [self.erased(one, spared) for one in value] if isinstance(value, list) else value


def _is_others(match: re.Match[str]) -> bool:
    return match.groupdict().get("other") is not None


def _bound(text: str) -> str:
    """«Anna» is not in «Annabel» or «Eva-Anna», nor an address in a longer one.

    A script without blanks has no such bounds, so 田中 is found in 田中さん.
    """
    if "@" in text:
        return rf"(?<![\w.+-]){_spelled(text)}(?![\w-])(?!\.\w)"
    return rf"(?<!{LETTER})(?<!{LETTER}-){_spelled(text)}(?!-?{LETTER})"


def _spelled(text: str) -> str:
    """As it is found: a single word, such as Rose or Case, by its very letters, anything else in
    capitals too.
    """
    return re.escape(text) if text.isalpha() else f"(?i:{re.escape(text)})"


def _is_short(text: str) -> bool:
    return len(text) < 2 or (
        text.isascii() and len(text) < (FEW_DIGITS if text.isdigit() else FEW_LETTERS)
    )
