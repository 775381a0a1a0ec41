"""Numbers in URLs and forms, which may contain anything."""

from typing import Any

KEY_DIGITS = 18  # a bigint has room for them
NUMBER_DIGITS = 9


def is_key(text: str) -> bool:
    """Whether the text can be a database key: ASCII digits that fit a bigint."""
    return text.isascii() and text.isdigit() and len(text) <= KEY_DIGITS


def number_in(text: Any) -> int | None:
    """The number in a URL or a form, below a billion. None for anything else."""
    text = str(text or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS else None
