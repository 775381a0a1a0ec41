"""Choices of form fields: languages and time zones."""

import zoneinfo
from functools import lru_cache
from importlib.resources import files
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

LANGUAGES = settings.LANGUAGES


def zones() -> list[tuple[Any, Any]]:
    """Time zones by place. Former names, which browsers and people still use, come last under a
    heading of their own.
    """
    return [
        ("UTC", "UTC"),
        *_by_place(is_former=False),
        (_("Former names"), _by_place(is_former=True)),
    ]


@lru_cache(maxsize=2)
def _by_place(*, is_former: bool) -> list[tuple[str, str]]:
    current = _current_names()
    known = sorted(
        name
        for name in zoneinfo.available_timezones()
        if "/" in name and not name.startswith(("Etc/", "SystemV/"))
    )
    return [(name, name.replace("_", " ")) for name in known if (name not in current) == is_former]


@lru_cache(maxsize=1)
def _current_names() -> frozenset[str]:
    """The names in the list of places of the time zone database."""
    table = files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8")
    lines = [line for line in table.splitlines() if line and not line.startswith("#")]
    return frozenset(line.split("\t")[2] for line in lines)
