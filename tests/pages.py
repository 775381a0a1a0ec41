"""Reading pages: white space between and inside of tags means nothing."""

import re


def tidy(html: str) -> str:
    """HTML with white space as short as it can be, so that two ways to set it compare equal."""
    html = re.sub(r"\s+", " ", html)
    return re.sub(r" ?(<|/?>) ?", r"\1", html)


def holds(page: str | bytes, html: str) -> bool:
    """Whether a page holds a piece of HTML, however either is set."""
    text = page.decode() if isinstance(page, bytes) else page
    return tidy(html) in tidy(text)
