"""Names, titles and other single lines that people write, without characters that deceive.

A line with only invisible characters shows nothing, and a control character for the direction of
writing shows a name backwards. Right-to-left scripts need no such character: pages isolate each
text.
"""

import unicodedata

# Joiners are invisible too, but Persian, Hindi and many emoji are written with them.
JOINERS = "\u200c\u200d"
BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # letters and signs that show nothing
REMOVED = {"Cc", "Cf", "Cs"}


def without_invisible(text: str) -> str:
    """The text without control and format characters. Joiners stay between visible characters."""
    shown = "".join(
        character
        for character in text
        if character in JOINERS or unicodedata.category(character) not in REMOVED
    )
    return shown.strip(JOINERS)


def one_line(text: str) -> str:
    """The text as one line: line breaks and tabs become spaces, invisible characters go."""
    if text.isprintable():
        return text
    spaced = "".join(" " if character.isspace() else character for character in text)
    return " ".join(without_invisible(spaced).split())


def is_visible(text: str) -> bool:
    """Whether a text shows at least one character."""
    return any(
        unicodedata.category(character)[0] not in "CZM" and character not in BLANK
        for character in text
    )
