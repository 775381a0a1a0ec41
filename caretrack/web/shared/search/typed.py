"""What somebody typed into a search field: words, and filters such as `state:closed`.

A filter is a known name, a colon and a value; quotation marks hold a value of several words. Wide
colons and Japanese quotation marks do as well. What has another name stays in the words, so that an
address or a line of a log can be searched.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

LONGEST = 300
TOKEN = re.compile(r'(?<!\S)(\w+)[:：](?:"([^"]*)"|「([^」]*)」|(\S+))')


@dataclass(frozen=True)
class TypedSearch:
    """The words that remain without the filters, and the last value of each filter by its name."""

    words: str
    filters: dict[str, str]

    @classmethod
    def parse(cls, text: str, names: Mapping[str, str]) -> Self:
        """`names` are the filters by every name that they may be typed with."""
        filters = {}

        def take(token: re.Match[str]) -> str:
            name = names.get(token[1].lower())
            if name is None:
                return token[0]
            filters[name] = next(value for value in token.groups()[1:] if value is not None)
            return ""

        words = TOKEN.sub(take, text.replace("\0", "")[:LONGEST])
        return cls(" ".join(words.split()), filters)


def written(name: str, value: str) -> str:
    """A filter as somebody would type it."""
    return f'{name}:"{value}"' if re.search(r"\s", value) else f"{name}:{value}"
