"""Days off and special hours as lines of text: one date, one date with hours, or a range of dates.

2026-12-25 Christmas Day
2026-12-24..2027-01-01 Company holidays
2026-12-31 08:00-12:00 New Year's Eve
2027-01-09 09:00-13:00 Stock taking
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from caretrack.web.console.team_forms import intervals
from contacts import weeks

DATE = r"\d{4}-\d{2}-\d{2}"
LINE = re.compile(rf"({DATE})(?:\s*(?:\.\.\.?|…|–|—|\s-\s|\sto\s)\s*({DATE}))?(?:[\s,;:]+(.*))?")
WALL = r"\d{1,2}(?::\d{2})?"
SPAN = rf"{WALL}\s*(?:-|–|to)\s*{WALL}"
HOURS = re.compile(rf"({SPAN}(?:\s*,\s*{SPAN})*)(?:[\s,;:]+(.*))?")
# A name with a time in it was meant as hours: 12.00, (12:00-17:00), from 12, 8am, half day. A date
# is no time: “substituted from 12/30/2023”.
TIME_INSIDE = re.compile(
    r"^\d{1,2}\.\d{2}(?![.\d])"
    r"|(?<![\d:])(?:[01]?\d|2[0-4])(?::[0-5]\d|\s?(?:[ap]\.?m|h|Uhr)\b|時)"
    r"|\b(?:from|until|till|at|ab|bis)\s+\d{1,2}(?:\.\d{2})?(?![/.\d])"
    r"|(?<![\d/.])\d{1,2}(?:\d\d)?\s*(?:-|–|~|〜|to|bis)\s*\d{1,2}(?:\d\d)?(?![/.\d])"
    r"|\bhalf[- ]day|\bhalber tag|\bhalbtag|\b(?:after)?noon\b|nachmittag|半日|午前|午後",
    re.IGNORECASE,
)
LONGEST_RANGE = 400
MOST_ERRORS = 20


@dataclass
class CalendarDays:
    """Names by date of the days off, and hours and names by date of the special hours."""

    holidays: dict[str, str] = field(default_factory=dict)
    special_hours: dict[str, Any] = field(default_factory=dict)


def parse(text: str) -> CalendarDays:
    """The days off and special hours of a text.

    Raises ValidationError with one message for each wrong line, which names its number.
    """
    days, errors = CalendarDays(), list[str]()
    first_line: dict[str, int] = {}
    for number, written_line in enumerate(text.splitlines(), start=1):
        line = unicodedata.normalize("NFKC", written_line).strip()
        if not line:
            continue
        try:
            for day, name, hours in _parse_line(line):
                earlier = first_line.setdefault(day, number)
                if earlier != number:
                    raise forms.ValidationError(
                        f"{day} is there twice: line {earlier} has it too. Delete one of them."
                    )
                if hours:
                    days.special_hours[day] = {"name": name, "hours": hours}
                else:
                    days.holidays[day] = name
        except ValidationError as error:
            errors.append(f"Line {number}: {error.messages[0]}")
    if errors:
        more = len(errors) - MOST_ERRORS
        shown = errors[:MOST_ERRORS] + ([f"{more} more lines are wrong."] if more > 0 else [])
        raise forms.ValidationError(shown)
    return days


def _parse_line(line: str) -> Iterator[tuple[str, str, list[list[str]]]]:
    """Each date of one line, with its name and its hours; a day off has none."""
    match = LINE.fullmatch(line)
    first = _date(match[1]) if match else None
    if match is None or first is None:
        raise forms.ValidationError(f"“{line[:40]}” does not begin with a date such as 2026-12-25.")
    last = _date(match[2]) if match[2] else first
    if last is None:
        raise forms.ValidationError(f"{match[2]} is no date.")
    if last < first:
        raise forms.ValidationError(
            f"{match[2]} is before {match[1]}: write the earlier date first."
        )
    if (last - first).days >= LONGEST_RANGE:
        raise forms.ValidationError(f"a range has at most {LONGEST_RANGE} days.")
    hours, name = _hours_and_name((match[3] or "").strip())
    if hours and match[2]:
        raise forms.ValidationError("special hours are for one date: write one line for each date.")
    if not name:
        raise forms.ValidationError(
            f"write a name after {'the hours' if hours else match[2] or match[1]}; customers read "
            "it as the reason."
        )
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(ordinal).isoformat(), name[:100], hours


def _hours_and_name(text: str) -> tuple[list[list[str]], str]:
    match = HOURS.fullmatch(text)
    if match is not None:
        return weeks.checked_day(intervals(match[1])), (match[2] or "").strip()
    if TIME_INSIDE.search(text):
        raise forms.ValidationError(
            "write special hours as 08:00-12:00, then a name. Without hours, the whole day is off."
        )
    return [], text


def _date(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1990 <= day.year <= 2200 else None


def hours_text(hours: list[list[str]]) -> str:
    return ", ".join(f"{opens}-{closes}" for opens, closes in hours)


def lines_of(days: CalendarDays) -> str:
    """The text from which `parse` reads the same days; days off in a row with one name are one
    line.
    """
    lines = {
        day: f"{day} {hours_text(one['hours'])} {one['name']}"
        for day, one in days.special_hours.items()
    }
    dates = sorted(date.fromisoformat(day) for day in days.holidays)
    names = {day: days.holidays[day.isoformat()] for day in dates}
    # Dates in a row have the same distance to their position.
    rows = enumerate(dates)
    for (_, name), group in groupby(
        rows, key=lambda row: (row[1] - timedelta(days=row[0]), names[row[1]])
    ):
        run = [day for _, day in group]
        first, last = run[0].isoformat(), run[-1].isoformat()
        lines[first] = f"{first}..{last} {name}" if len(run) > 1 else f"{first} {name}"
    return "\n".join(lines[day] for day in sorted(lines))
