"""Logs, configuration and stack traces that people paste into a message without marking them.

Customers know no code fences. A paragraph with a line that looks like code is put into a fence, so
that it is shown as it was typed: indentation, columns, `*`, `_`, `#` and `<` included.
"""

import re
from collections.abc import Iterator

FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
LIST_ITEM = re.compile(r"\s{0,3}(?:[-*]|\d{1,9}[.)])\s+\S")
TABLE_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*\|[\s:|-]*$")
CODE_LINE = re.compile(
    r"""
    (?:\ {2,}|\t)\S                               # indented
    | \S.*?\S(?:\ {3,}|\t)\S                      # in columns
    | \[?\d{4}-\d\d-\d\d[T\ ]\d\d:\d\d            # a time, as logs begin
    | \[?\d\d:\d\d:\d\d[.,]\d
    | (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\ +\d{1,2}\ \d\d:\d\d:\d\d
    | <\d{1,3}>\S                                 # syslog
    | (?:SIP/2\.0|HTTP/\d)\ ?                     # a protocol
    | (?:INVITE|REGISTER|OPTIONS|BYE|ACK|GET|POST|PUT)\ \S+\ (?:SIP|HTTP)/\d
    | (?:Traceback\ \(|Caused\ by:\ |at\ [\w.$]+\()
    | [+][^\s+]                                   # a patch
    | @@\ .*\ @@
    | [{}\[\]]{1,4}[;,]?\s*$                          # brackets alone
    | [\w.-]+\ ?=\ ?\S+$                          # key=value
    | (?:\#|//|;)\s?[\w.-]+\ ?=                   # the same, commented out
    | </?[A-Za-z][\w:-]*(?:\s[^<>]*)?/?>\s*\S*    # a tag
    """,
    re.VERBOSE,
)
CODE_WORD = re.compile(
    r"""
    [^\s`]*\\[^\s`]*                              # a Windows path, an expression
    | __\w+__[^\s`*]*                             # __init__.py
    | [^\s`*]*\*[./\\][^\s`]*                     # *.log
    | [^\s`*]*[./\w]\*[./\w][^\s`*]*              # access*log
    | [^\s`*]*/\*[^\s`]*                          # /var/log/*
    | [^\s`*]*~~?[/.\w][^\s`~]*(?=\s|$)           # ~/x, a~b
    | [^\s`*]*(?:_[^\s`*]*[./:]|[./:][^\s`*]*_)[^\s`*]*  # user_/path
    """,
    re.VERBOSE,
)
ADDRESS = re.compile(r"(?:https?://|sips?:|tel:|mailto:|ftp://)[^\s`<>]+")
LONGEST_WORD = 200  # looking at a word costs the square of its length
LONGEST_ADDRESS = 2_000
OPENING = "(\"'["  # may stand before a word


def start_of_word(text: str, at: int) -> int | None:
    """Where the word around a position begins; None if it is longer than a word is."""
    first = max(0, at - LONGEST_WORD)
    start = 1 + max(text.rfind(blank, first, at) for blank in " \n\t")
    if not start and first:
        return None
    start = max(start, first)
    while start < at and text[start] in OPENING:
        start += 1
    return start


def end_of_code_word(text: str, start: int) -> int:
    """Where a word that is shown as typed ends. 0 for any other word."""
    if address := ADDRESS.match(text, start, start + LONGEST_ADDRESS):
        return start + len(without_punctuation(address[0]))
    word = CODE_WORD.match(text, start, start + LONGEST_WORD)
    return word.end() if word else 0


def fenced(text: str) -> str:
    """The text with a fence around each paragraph that looks like code."""
    lines: list[str] = []
    for paragraph, is_code in _paragraphs(text.splitlines()):
        if is_code:
            runs = (len(run) for line in paragraph for run in re.findall(r"`+", line))
            fence = "`" * max([2, *runs])
            lines += [f"{fence}`", *paragraph, f"{fence}`"]
        else:
            lines += paragraph
    return "\n".join(lines)


def _paragraphs(lines: list[str]) -> Iterator[tuple[list[str], bool]]:
    """The paragraphs with their blank lines, and whether each looks like code."""
    paragraph: list[str] = []
    fence, is_list = "", False
    for line in [*lines, None]:
        if fence:
            assert line is None or paragraph
            if line is None:
                break
            paragraph.append(line)
            closing = FENCE.match(line)
            if closing and closing[1].startswith(fence) and not line.strip(" `~"):
                yield paragraph, False
                paragraph, fence = [], ""
            continue
        opening = FENCE.match(line) if line is not None else None
        if line is not None and line.strip() and not opening:
            paragraph.append(line)
            continue
        if paragraph:
            is_list = _is_list(paragraph, is_list)
            yield paragraph, not is_list and _looks_like_code(paragraph)
        paragraph = []
        if opening and line is not None:
            paragraph, fence, is_list = [line], opening[1], False
        elif line is not None:
            yield [line], False
    if paragraph:
        yield paragraph, False


def _is_list(paragraph: list[str], before: bool) -> bool:
    """Whether a paragraph is a list, or what is indented below an item of one."""
    if LIST_ITEM.match(paragraph[0]):
        return True
    return before and paragraph[0].startswith(("  ", "\t"))


def _looks_like_code(paragraph: list[str]) -> bool:
    if paragraph[0].lstrip().startswith(">") or any(map(TABLE_RULE.match, paragraph)):
        return False
    return any(map(CODE_LINE.match, paragraph))


def without_punctuation(address: str) -> str:
    """The address without what ends the sentence around it."""
    address = address.rstrip(".,;:!?'\"*_~")
    while address.endswith(")") and address.count(")") > address.count("("):
        address = address[:-1].rstrip(".,;:!?'\"")
    return address
