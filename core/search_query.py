"""What people type to search: words, phrases and a number, folded as the database indexes texts."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

LONGEST = 200
MOST_WORDS = 12
# Thai, Lao, Burmese, Khmer, kana and Han have no spaces between words: searched by pairs of
# characters.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
PIECE = re.compile(rf'"([^"]*)"|[{UNSPACED}]+|[^\s"{UNSPACED}]+')
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
NUMBER = re.compile(r"(?:CT-?|#)?0*([1-9][0-9]{0,17})", re.IGNORECASE)
# What is copied from the subject of an email: "[CT-0000013] Your turn".
CODE = re.compile(r"\bCT-?0*([1-9][0-9]{0,17})\b", re.IGNORECASE)
ACCENTS = re.compile("[\u0300-\u036f]")
LETTERS = str.maketrans(
    {"ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE"}
    | dict(zip("łŁøØđĐðÐıþ", "lLoOdDdDit", strict=True))
)
AROUND = 90  # characters shown on each side of a hit


@dataclass(frozen=True)
class SearchQuery:
    """A search: its words, and perhaps a case number."""

    text: str
    words: tuple[str, ...]
    phrases: tuple[str, ...]
    number: int | None

    @classmethod
    def parse(cls, text: str) -> "SearchQuery":
        """Parse what was typed: words, "quoted phrases", a case number, another system's number or
        a conversation id.
        """
        text = text.replace("\0", "").strip()[:LONGEST]
        words, phrases = [], []
        for piece in list(PIECE.finditer(fold(text)))[:MOST_WORDS]:
            if piece[1] is not None:
                phrases.append(piece[1].strip())
            elif re.search(r"\w", piece[0]):
                words.append(piece[0])
        number = NUMBER.fullmatch(fold(text)) or CODE.search(fold(text))
        return cls(
            text, tuple(words), tuple(filter(None, phrases)), int(number[1]) if number else None
        )

    @property
    def tsquery(self) -> tuple[str, list[str]]:
        """The search as SQL and its parameters: every word and phrase; the last word also matches
        as a prefix.
        """
        return self._query(is_begun=True)

    @property
    def complete_words(self) -> tuple[str, list[str]] | None:
        """What an index finds fast: all words but the last, which may be incomplete; None where
        there are no others.

        A prefix of a common word is the most expensive search: it collects every row of every such
        word.
        """
        rest = replace(self, words=self.words[:-1])
        return rest._query(is_begun=False) if rest.words or rest.phrases else None

    def _query(self, *, is_begun: bool) -> tuple[str, list[str]]:
        parts, params = [], []
        for index, word in enumerate(self.words):
            if UUID.fullmatch(word):
                parts.append("%s::tsquery")
                params.append(_quoted(word.lower()))
            elif re.match(f"[{UNSPACED}]", word):
                pairs = [word[i : i + 2] for i in range(max(len(word) - 1, 1))]
                parts.append("to_tsquery('simple', %s)")
                params.append(
                    " <-> ".join(_quoted(pair) + (":*" if len(pair) == 1 else "") for pair in pairs)
                )
            else:
                is_last = is_begun and index == len(self.words) - 1 and len(word) > 1
                end = ":*" if is_last else ""
                parts.append("to_tsquery('simple', %s)")
                params.append(_quoted(word) + end)
                pieces = re.findall(r"\w+", word)
                if len(pieces) > 1:  # "example.com" is also the end of "node-7.example.com"
                    parts[-1] = f"({parts[-1]} || to_tsquery('simple', %s))"
                    params.append(" <-> ".join(map(_quoted, pieces)) + end)
        for phrase in self.phrases:
            parts.append("phraseto_tsquery('simple', public.search_text(%s))")
            params.append(phrase)
        return " && ".join(parts) or "''::tsquery", params


def fold(text: str) -> str:
    """A text without accents, widths and ligatures, as `search_fold` of the database indexes it."""
    decomposed = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text))
    return unicodedata.normalize("NFC", ACCENTS.sub("", decomposed)).translate(LETTERS)


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def snippet(query: SearchQuery, title: str, texts: Sequence[str]) -> SafeString | None:
    """The first text that contains a word, around the hit; None where the title contains all of
    them, or no text does.
    """
    terms = [*query.words, *query.phrases]
    if not terms or all(term.casefold() in title.casefold() for term in terms):
        return None
    return _marked(texts, terms)


def _marked(texts: Sequence[str], terms: Sequence[str]) -> SafeString | None:
    pattern = re.compile(
        "|".join(re.escape(term) for term in sorted(terms, key=len, reverse=True)), re.IGNORECASE
    )
    for text in texts:
        hit = pattern.search(text)
        if hit is not None:
            start, end = max(0, hit.start() - AROUND), hit.end() + AROUND
            shown = " ".join(text[start:end].split())
            before, after = "… " if start else "", " …" if end < len(text) else ""
            return format_html("{}{}{}", before, _with_marks(shown, pattern), after)
    return None


def _with_marks(shown: str, pattern: re.Pattern[str]) -> SafeString:
    """The text with each hit as <mark>, everything else escaped."""
    pieces, last = [], 0
    for hit in pattern.finditer(shown):
        pieces.append(format_html("{}<mark>{}</mark>", shown[last : hit.start()], hit[0]))
        last = hit.end()
    pieces.append(format_html("{}", shown[last:]))
    return mark_safe("".join(pieces))  # noqa: S308 (each piece was escaped above)
