"""The icons of the pages: a sprite of the named ones, from Tabler's outline icons.

A template draws one with `{% icon "inbox" %}`, always beside a word.
"""

import re
from pathlib import Path

from launch.say import LauncherError

FOLDER = "icons/outline"
ICONS = (
    "activity",
    "arrow-right",
    "arrows-exchange",
    "bell",
    "blockquote",
    "bold",
    "book",
    "building",
    "chart-bar",
    "chart-line",
    "check",
    "clock",
    "code",
    "download",
    "file-text",
    "filter",
    "help-circle",
    "home",
    "id-badge",
    "inbox",
    "italic",
    "link",
    "list",
    "list-numbers",
    "mail",
    "phone",
    "plus",
    "printer",
    "report-search",
    "school",
    "search",
    "send",
    "settings",
    "ticket",
    "user-plus",
    "users",
)
CONTENT = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
# Tabler's invisible square behind each icon.
GROUND = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none" />')
LICENCE = "Tabler Icons, copyright (c) 2020-2026 Paweł Kuna, MIT licence"


def sprite(folder: Path) -> str:
    """An SVG document with a symbol for each named icon."""
    symbols = [_symbol(folder / f"{name}.svg") for name in ICONS]
    body = "\n".join(symbols)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n<!-- {LICENCE} -->\n{body}\n</svg>\n'


def _symbol(file: Path) -> str:
    content = CONTENT.search(file.read_text()) if file.exists() else None
    if content is None:
        raise LauncherError(f"Tabler has no outline icon {file.stem}: see bin/launch/icons.py.")
    shapes = " ".join(GROUND.sub("", content[1]).split())
    return f'<symbol id="{file.stem}" viewBox="0 0 24 24">{shapes}</symbol>'
