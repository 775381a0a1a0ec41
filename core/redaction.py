"""Immutable rows, in which erasure may permanently and visibly redact texts (§14)."""

import re
from collections.abc import Collection, Iterable
from typing import Any

import pgtrigger

ERASED = "[erased]"
# Shorter texts are ambiguous, such as the name Do or the extension 1042. They match only a whole
# value.
FEW_LETTERS, FEW_DIGITS = 4, 7
LETTER = "[0-9A-Za-z\u00c0-\u024f\u0370-\u052f]"  # of scripts with spaces between words

# Every column is immutable, but in the named ones a text may become `[erased]`, alone or inside
# JSON.
RULE = """
    IF (to_jsonb(NEW) - {columns}) = (to_jsonb(OLD) - {columns}) AND {mark}
        AND only_erased(to_jsonb(OLD) - 'is_erased', to_jsonb(NEW) - 'is_erased')
    THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'never_changed: rows of % are not changed', TG_TABLE_NAME;
"""


def never_changed(*erasable: str, is_marked: bool = False) -> list[pgtrigger.Trigger]:
    """Triggers of a table with immutable rows, which allow redaction in the named columns.

    With `is_marked`, the column `is_erased` marks a redacted row.
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
    """What identifies a person: names, addresses and numbers, including earlier ones.

    An identifier that `others` share does not identify this person. Nor is it part of a longer name
    of theirs: “Maria Silva” does not match “Maria Silva Santos”. `shared` holds the texts that were
    left out.
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
        """Whether a text identifies the person."""
        matches = self._pattern.finditer(text) if self._pattern else ()
        return any(not _is_others(match) for match in matches)

    def replaced(self, text: str, by: str) -> str:
        """The text with each identifier replaced."""
        return (
            self._pattern.sub(lambda match: match[0] if _is_others(match) else by, text)
            if self._pattern
            else text
        )

    def erased(self, value: Any, spared: Collection[str] = ()) -> Any:
        """A plain JSON value in which every text that identifies the person is `[erased]`.

        Values under a `spared` key remain: programs read them back, and they are never names.
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
    """A pattern that matches whole words: “Anna” is not in “Annabel” or “Eva-Anna”, nor an address
    in a longer one.

    Scripts without spaces have no word boundaries, so 田中 matches in 田中さん.
    """
    if "@" in text:
        return rf"(?<![\w.+-]){_spelled(text)}(?![\w-])(?!\.\w)"
    return rf"(?<!{LETTER})(?<!{LETTER}-){_spelled(text)}(?!-?{LETTER})"


def _spelled(text: str) -> str:
    """A single word, such as Rose or Case, matches its exact spelling only; anything else matches
    in capitals too.
    """
    return re.escape(text) if text.isalpha() else f"(?i:{re.escape(text)})"


def _is_short(text: str) -> bool:
    return len(text) < 2 or (
        text.isascii() and len(text) < (FEW_DIGITS if text.isdigit() else FEW_LETTERS)
    )
