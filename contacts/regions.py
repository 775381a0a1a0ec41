"""The country of a time zone, so that a site in Japan uses the Japan edition (§3).

The time zone database provides it.
"""

from functools import lru_cache
from importlib.resources import files

EVERYWHERE = ""


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    rows = (files("tzdata.zoneinfo") / "zone.tab").read_text("utf-8").splitlines()
    return {
        zone: country
        for country, _, zone, *_ in (row.split("\t") for row in rows if row and row[0] != "#")
    }


def region_of(zone: str) -> str:
    """The country code of a zone such as Asia/Tokyo; empty where a zone belongs to none."""
    return _countries().get(zone, EVERYWHERE)
