"""Markdown rendered to safe HTML: without raw HTML, cleaned, and limited in time and size.

A text is rendered once, when it is saved (`core.rendered_html`). Four limits bound the cost of a
hostile text: its length, the steps of the parser, the length of the result, and no link references,
which can expand a few thousand characters to megabytes. A text over a limit is shown as typed,
escaped.
"""

from importlib import import_module

import nh3
from django.conf import settings
from django.utils.html import escape
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline

# Of the renderer; `manage.py render_texts` renders the texts of earlier versions again.
VERSION = 1
MOST_STEPS = 60_000  # a log of 64,000 characters with a bracket in each line takes about 35,000
MOST_TOKENS = 20_000  # blocks and table cells
BRACKET = 4  # steps that a bracket costs: the parser searches the rest of a link after each
MOST_GROWTH = 10  # the result is at most this many times as long as the text, plus a little
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


def _parser(breaks: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": breaks})
    parser.enable(["table", "strikethrough"]).disable("reference")
    parser.inline.ruler.before("text", "step", _inline_step)
    parser.block.ruler.before("table", "step", _block_step)
    parser.core.ruler.before("inline", "count_tokens", _count_tokens)
    return parser


# A message retains the line breaks that people type; a document reflows.
_talk, _document = _parser(True), _parser(False)
_cleaner = nh3.Cleaner(
    tags=TAGS,
    attributes={"a": {"href"}},
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow",
)


def render(text: str, is_document: bool = False) -> str:
    """The text as HTML with a short list of harmless tags, without external images.

    In a document lines reflow as in Markdown; in a message a line break remains. The caller marks
    the result as safe. A text over a limit is returned escaped, with its lines (`as_typed`).
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
    """The text escaped, with its line breaks; cheap for any length."""
    return f"<p>{'<br>'.join(escape(text).splitlines())}</p>"
