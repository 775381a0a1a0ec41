"""Markdown rendered to safe HTML: without raw HTML, cleaned, and limited in time and size.

A text is rendered once, when it is saved (`core.rendered_html`). Four limits bound the cost of a
hostile text: its length, the steps of the parser, the length of the result, and no link references,
which can expand a few thousand characters to megabytes. A text over a limit is shown as typed,
escaped.

There are three styles. A message is talk with pasted logs in it: it has no headings, escapes or
entities, and what looks like code stays as typed (`core.pasted_lines`). A report has all of
Markdown and retains line breaks; a document reflows.
"""

import re
from collections.abc import Iterator, Sequence
from importlib import import_module

import nh3
from django.conf import settings
from django.utils.html import escape
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from core import pasted_lines

# Of the renderer; `manage.py render_texts` renders the texts of earlier versions again.
VERSION = 2
MOST_STEPS = 60_000  # a log of 64,000 characters with a bracket in each line takes about 35,000
MOST_TOKENS = 20_000  # blocks and table cells
BRACKET = 4  # steps that a bracket costs: the parser searches the rest of a link after each
MOST_GROWTH = 10  # the result is at most this many times as long as the text, plus a little
ADDRESS = re.compile(r"\bhttps?://[^\s<>\"\x00-\x1f]{1,2000}", re.IGNORECASE)
SCROLLING = ("pre", "table")  # wider than their card at times: a keyboard can reach them
MOST_CELLS = 5_000  # of a table whose rows are filled with empty cells
TAGS = {
    *("p", "br", "hr", "em", "strong", "s", "a", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "h1", "h2", "h3", "h4", "table", "thead", "tbody", "tr", "th", "td"),
}

import_module("markdown_it.rules_block.table").MAX_AUTOCOMPLETED_CELLS = MOST_CELLS  # type: ignore[attr-defined]


class TooCostly(Exception):
    """The parser took more steps than any genuine text needs."""


class _Steps:
    """Counts the steps of one rendering, and stops it when there are too many."""

    def __init__(self) -> None:
        self.left = MOST_STEPS

    def take(self, count: int) -> bool:
        """Always False: the counting rule matches nothing, and the parser tries the next rule."""
        self.left -= count
        if self.left < 0:
            raise TooCostly
        return False


def _inline_step(state: StateInline, silent: bool) -> bool:
    steps: _Steps = state.env["steps"]
    return steps.take(BRACKET if state.src[state.pos] in "[!" else 1)


def _block_step(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    steps: _Steps = state.env["steps"]
    return steps.take(1)


def _count_tokens(state: StateCore) -> None:
    if len(state.tokens) > MOST_TOKENS:
        raise TooCostly


def _code_word(state: StateInline, silent: bool) -> bool:
    """A word such as `__init__.py` or `C:\\logs\\*.log` is no emphasis.

    The parser stops within a word, at a character that could mean something. Each word is looked at
    once.
    """
    start = pasted_lines.start_of_word(state.src, state.pos)
    if start is None:
        return False
    words: dict[tuple[str, int], int] = state.env["words"]
    end = words.get((state.src, start))
    if end is None:
        end = pasted_lines.end_of_code_word(state.src, start)
        words[(state.src, start)] = end
    if end <= state.pos:
        return False
    if not silent:
        state.pending += state.src[state.pos : end]
    state.pos = end
    return True


def _link_addresses(state: StateCore) -> None:
    """Make links of the web addresses in plain text."""
    for block in state.tokens:
        if block.type == "inline" and block.children and "://" in block.content:
            block.children = list(_linked(block.children))


def _linked(tokens: Sequence[Token]) -> Iterator[Token]:
    is_within_link = 0
    for token in tokens:
        is_within_link += (token.type == "link_open") - (token.type == "link_close")
        if token.type != "text" or is_within_link:
            yield token
            continue
        end = 0
        for match in ADDRESS.finditer(token.content):
            address = pasted_lines.without_punctuation(match[0])
            yield _text(token.content[end : match.start()])
            yield Token("link_open", "a", 1, attrs={"href": address})
            yield _text(address)
            yield Token("link_close", "a", -1)
            end = match.start() + len(address)
        yield _text(token.content[end:])


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _is_followed(url: str) -> bool:
    """Links lead to web pages and mail addresses; `sip:` and `tel:` stay text."""
    return url.lower().startswith(("http://", "https://", "mailto:", "/", "#"))


def _parser(breaks: bool, is_talk: bool = False) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": breaks})
    parser.enable(["table", "strikethrough"]).disable("reference")
    if is_talk:
        parser.disable(["heading", "lheading", "hr", "code", "escape", "entity"])
        parser.inline.ruler.before("text", "code_word", _code_word)
    parser.validateLink = _is_followed  # type: ignore[method-assign]
    parser.core.ruler.push("link_addresses", _link_addresses)
    parser.inline.ruler.before("text", "step", _inline_step)
    parser.block.ruler.before("table", "step", _block_step)
    parser.core.ruler.before("inline", "count_tokens", _count_tokens)
    return parser


# A message and a report retain the line breaks that people type; a document reflows.
_talk, _report, _document = _parser(True, is_talk=True), _parser(True), _parser(False)
_cleaner = nh3.Cleaner(
    tags=TAGS,
    attributes={"a": {"href"}, "pre": {"tabindex"}, "table": {"tabindex"}},
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow",
)


def render(text: str, is_document: bool = False, is_report: bool = False) -> str:
    """The text as HTML with a short list of harmless tags, without external images.

    The caller marks the result as safe. A text over a limit is returned escaped, with its lines
    (`as_typed`).
    """
    text = text.replace("\0", "")
    if len(text) > settings.MESSAGE_MAX_CHARACTERS:
        return as_typed(text)
    try:
        if is_document or is_report:
            html = (_document if is_document else _report).render(
                text, {"steps": _Steps(), "words": {}}
            )
        else:
            html = _talk.render(pasted_lines.fenced(text), {"steps": _Steps(), "words": {}})
    except (TooCostly, RecursionError):
        return as_typed(text)
    if len(html) > MOST_GROWTH * len(text) + 1_000:
        return as_typed(text)
    clean: str = _cleaner.clean(html)
    if not (is_document or is_report):
        clean = clean.replace("<br>\n", "<br>")  # spaces and line ends of a message are shown
    for tag in SCROLLING:
        clean = clean.replace(f"<{tag}>", f'<{tag} tabindex="0">')
    return clean


def as_typed(text: str) -> str:
    """The text escaped, with its line breaks; cheap for any length."""
    return f"<p>{'<br>'.join(escape(text).splitlines())}</p>"
