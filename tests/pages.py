"""Reading pages: white space between and inside of tags means nothing."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser


def tidy(html: str) -> str:
    """HTML with white space as short as it can be, so that two ways to set it compare equal."""
    html = re.sub(r"\s+", " ", html)
    return re.sub(r" ?(<|/?>) ?", r"\1", html)


def holds(page: str | bytes, html: str) -> bool:
    """Whether a page holds a piece of HTML, however either is set."""
    text = page.decode() if isinstance(page, bytes) else page
    return tidy(html) in tidy(text)


class Element:
    """An element of a page: its classes, attributes and children."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[Element] = []
        self.parts: list[str | Element] = []

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    @property
    def text(self) -> str:
        """Its words with single blanks between them."""
        return " ".join(self._raw().split())

    def _raw(self) -> str:
        return "".join(part if isinstance(part, str) else part._raw() for part in self.parts)

    def walk(self) -> Iterator["Element"]:
        for child in self.children:
            yield child
            yield from child.walk()

    def all(self, name: str) -> list["Element"]:
        """The elements of a class, in their order."""
        return [one for one in self.walk() if name in one.classes]

    def one(self, name: str) -> "Element":
        """The first element of a class."""
        return self.all(name)[0]

    def tags(self, *names: str) -> list["Element"]:
        """The elements of these tags, in their order."""
        return [one for one in self.walk() if one.tag in names]

    def labelled_by(self, value: str) -> "Element":
        """The section that the heading with this id names."""
        return next(
            one
            for one in self.walk()
            if one.tag == "section" and one.attributes.get("aria-labelledby") == value
        )


VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        self.open[-1].parts.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        while tag not in VOID and len(self.open) > 1 and self.open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.open[-1].parts.append(data)


def parsed(page: str | bytes) -> Element:
    """The elements of a page."""
    parser = _Parser()
    parser.feed(page.decode() if isinstance(page, bytes) else page)
    return parser.root
