"""Markdown as people write it, made safe to show: rendered without raw HTML, then cleaned."""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt


def _parser(breaks: bool) -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": breaks}).enable(
        ["table", "strikethrough"]
    )


# What people type in a box keeps its lines; a document is set anew at each width.
_talk, _document = _parser(True), _parser(False)
TAGS = {
    "p", "br", "hr", "em", "strong", "s", "a", "code", "pre", "blockquote", "ul", "ol", "li", "h1", "h2", "h3", "h4",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip


@lru_cache(maxsize=2000)
def rendered(text: str, is_document: bool = False) -> SafeString:
    """The text as HTML with a short list of harmless tags; pictures from elsewhere are dropped.

    A document's lines run on as Markdown has it; in what people say to one another a new line is a new line.
    """
    html = nh3.clean(
        (_document if is_document else _talk).render(text),
        tags=TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )  # fmt: skip
    return mark_safe(html)  # noqa: S308 (cleaned on the line above)
