"""Values of typed filters that console and portal have in common: days, and what none is."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

# 2026-03-05, 2026-03, 2026, and 2026年3月5日.
DAY = re.compile(r"(\d{4})(?:年|[-/年](\d{1,2})(?:月|[-/月](\d{1,2})日?)?)?")
# So long ago: 7d, 2w, 6m, 1y, and 7日, 2週間, 6か月, 1年.
AGO = re.compile(r"(\d{1,4})(?:([dwmy])|(日|週|か月|カ月|ヶ月|ヵ月|年)間?前?)")
DAYS = {"d": 1, "w": 7, "m": 30, "y": 365, "日": 1, "週": 7, "年": 365}
EARLIEST = date(1970, 1, 2)


class BadFilter(ValueError):
    """The value of a filter means nothing; the text says what would."""


def plain(text: str) -> str:
    """A typed value for comparison: without widths, capitals and underscores."""
    return unicodedata.normalize("NFKC", text).casefold().replace("_", " ").strip()


def first_day(value: str, today: date) -> date:
    """The first day that a value means: of a month or a year its first.

    Raises BadFilter.
    """
    text = plain(value)
    day, ago = DAY.fullmatch(text), AGO.fullmatch(text)
    try:
        if day:
            return date(int(day[1]), int(day[2] or 1), int(day[3] or 1))
        if ago:
            return today - timedelta(days=int(ago[1]) * DAYS.get(ago[2] or ago[3], 30))
    except (ValueError, OverflowError):
        pass
    wrong = _("“{value}” is not a day. Write it as 2026-03-05, 2026-03, 2026, 30d or 1y.")
    raise BadFilter(wrong.format(value=value))


def midnight_of(value: str) -> datetime:
    """When the first day that a value means begins, in the reader's time zone. Raises BadFilter."""
    day = max(first_day(value, timezone.localdate()), EARLIEST)
    return datetime.combine(day, time(), timezone.get_current_timezone())
