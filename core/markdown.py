"""Markdown as people write it, made safe to show: without raw HTML, cleaned, and bounded in time
and size.

A text is rendered once, when it is written (`core.rendered_html`). What a hostile text could cost
is bounded four ways: the length of the text, the number of steps of the parser, the length of the
result, and no link references, whose expansion can make megabytes of a few thousand characters. A
text over a bound is shown as it was typed, escaped.
"""

from importlib import import_module

import nh3
from django.conf import settings
from django.utils.html import escape
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline

# of the renderer; texts rendered by an earlier one are rendered again (`manage.py render_texts`)
VERSION = 1
MOST_STEPS = 60_000  # a log of 64,000 characters with a bracket in each line takes some 35,000
MOST_TOKENS = 20_000  # blocks, and cells of tables
BRACKET = 4  # what a bracket counts: the parser looks for the rest of a link behind each
MOST_GROWTH = 10  # the result is at most this many times as long as the text, and a little more
MOST_CELLS = 5_000  # of a table whose rows are filled up with empty cells
TAGS = {
    *("p", "br", "hr", "em", "strong", "s", "a", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "h1", "h2", "h3", "h4", "table", "thead", "tbody", "tr", "th", "td"),
}

import_module("markdown_it.rules_block.table").MAX_AUTOCOMPLETED_CELLS = MOST_CELLS  # type: ignore[attr-defined]


class TooCostly(Exception):
    """The parser took more steps than any honest text needs."""


class _Steps:
    """Counts the steps of one rendering, and ends it when there are too many."""

    def __init__(self) -> None:
        self.left = MOST_STEPS

    def take(self, count: int) -> bool:
        """Always False: the rule that counts matches nothing, and the next rule is tried."""
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


def _parser(breaks: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": breaks})
    parser.enable(["table", "strikethrough"]).disable("reference")
    parser.inline.ruler.before("text", "step", _inline_step)
    parser.block.ruler.before("table", "step", _block_step)
    parser.core.ruler.before("inline", "count_tokens", _count_tokens)
    return parser


# What people type in a box keeps its lines; a document is set anew at each width.
_talk, _document = _parser(True), _parser(False)
_cleaner = nh3.Cleaner(
    tags=TAGS,
    attributes={"a": {"href"}},
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow",
)


def render(text: str, is_document: bool = False) -> str:
    """The text as HTML with a short list of harmless tags; pictures from elsewhere are dropped.

    A document's lines run on as Markdown has it; in a message a new line is a new line. The caller
    marks the result as safe. A text over a bound comes back escaped, with its lines (`as_typed`).
    """
    text = text.replace("\0", "")
    if len(text) > settings.MESSAGE_MAX_CHARACTERS:
        return as_typed(text)
    try:
        html = (_document if is_document else _talk).render(text, {"steps": _Steps()})
    except (TooCostly, RecursionError):
        return as_typed(text)
    if len(html) > MOST_GROWTH * len(text) + 1_000:
        return as_typed(text)
    return _cleaner.clean(html)


def as_typed(text: str) -> str:
    """The text escaped, with its line breaks; costs next to nothing however long it is."""
    return f"<p>{'<br>'.join(escape(text).splitlines())}</p>"
