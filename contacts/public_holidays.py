"""Public holidays by country and region, from the library `holidays`; managers edit them further.

The library is imported where it is used: it is large, and few processes ever need it.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase

MOST_YEARS = 12


@lru_cache(maxsize=1)
def countries() -> list[tuple[str, str]]:
    """Every country whose holidays are known, as (code, name), by name."""
    import holidays

    rows = (files("tzdata.zoneinfo") / "iso3166.tab").read_text("utf-8").splitlines()
    named = dict(row.split("\t")[:2] for row in rows if row and row[0] != "#")
    known = holidays.list_supported_countries(include_aliases=False)
    return sorted(
        ((code, named[code]) for code in known if code in named), key=lambda one: one[1].lower()
    )


@lru_cache(maxsize=256)
def regions(country: str) -> list[tuple[str, str]]:
    """The regions of a country whose holidays differ, as (code, name); empty where there are
    none.
    """
    import holidays

    codes = holidays.list_supported_countries(include_aliases=False).get(country, [])
    aliases: dict[str, str] = getattr(_holidays(country, "", ()), "subdivisions_aliases", {})
    named = {code: name for name, code in reversed(aliases.items())}
    return sorted(((code, named.get(code, code)) for code in codes), key=lambda one: one[1].lower())


def between(country: str, region: str, first: int, last: int) -> dict[str, str]:
    """Holiday names by date for the years `first` to `last`. Raises ValueError for an unknown
    country or region.
    """
    if country not in dict(countries()):
        raise ValueError("No holidays are known of this country.")
    if region and region not in dict(regions(country)):
        raise ValueError("No holidays are known of this region.")
    if not 0 <= last - first < MOST_YEARS:
        raise ValueError(f"Choose at most {MOST_YEARS} years, the first one first.")
    days = _holidays(country, region, range(first, last + 1))
    return {day.isoformat(): re.sub(r"\s+", " ", name) for day, name in sorted(days.items())}


def _holidays(country: str, region: str, years: Iterable[int]) -> "HolidayBase":
    import holidays

    spoken = getattr(holidays, country).supported_languages
    language = (
        "en_US" if "en_US" in spoken else None
        # otherwise the country's own language, the same on every machine
    )
    return holidays.country_holidays(country, subdiv=region or None, years=years, language=language)
