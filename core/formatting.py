"""Durations and dates as text in the current language, for pages, documents and commands."""

from datetime import date

from django.utils.translation import get_language

# Between a number and its unit, so that no line ends there: Japanese has no space to keep.
NO_BREAK, JOINER = "\N{NO-BREAK SPACE}", "\N{WORD JOINER}"
JAPANESE_DAYS = "月火水木金土日"


def is_japanese() -> bool:
    """Whether the current language is Japanese, which formats dates and durations differently."""
    return get_language() == "ja"


def honorific() -> str:
    """What follows a person's name in a sentence: さん in Japanese, nothing in English."""
    return "さん" if is_japanese() else ""


def parentheses() -> tuple[str, str]:
    """The parentheses of the reader's script; Japanese ones are full width and need no space."""
    return ("（", "）") if is_japanese() else (" (", ")")


def japanese_day(day: date, this_year: int) -> str:
    """A date such as “3月4日(水)”, with the year if it is not this year."""
    year = "" if day.year == this_year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日({JAPANESE_DAYS[day.weekday()]})"


def weekday(day: date) -> str:
    """A date such as “Wed 4 Mar”."""
    return japanese_day(day, day.year) if is_japanese() else day.strftime("%a %-d %b")


def duration(seconds: float | None) -> str:
    """A duration as text: “2 h 10 min”, “12 min” or “45 s”; “—” for none. No number parts from its
    unit at the end of a line.
    """
    if seconds is None:
        return "—"
    total = abs(int(seconds))
    hours, minutes = total // 3600, total % 3600 // 60
    minus = "−" if int(seconds) < 0 else ""
    if is_japanese():
        parts = [
            f"{hours}{JOINER}時間" if hours else "",
            f"{minutes}{JOINER}分" if minutes else "",
        ]
        return minus + ("".join(parts) or f"{total}{JOINER}秒")
    if hours:
        whole = f"{hours}{NO_BREAK}h"
        return minus + (f"{whole} {minutes}{NO_BREAK}min" if minutes else whole)
    return minus + (f"{minutes}{NO_BREAK}min" if minutes else f"{total}{NO_BREAK}s")


def exact_duration(seconds: float | None) -> str:
    """A duration to the second, so that several add up: “34 min 25 s”; “—” for none."""
    if seconds is None:
        return "—"
    total = abs(int(seconds))
    amounts = (total // 3600, total % 3600 // 60, total % 60)
    units = ("時間", "分", "秒") if is_japanese() else ("h", "min", "s")
    between = JOINER if is_japanese() else NO_BREAK
    parts = [
        f"{amount}{between}{unit}" for amount, unit in zip(amounts, units, strict=True) if amount
    ]
    minus = "−" if int(seconds) < 0 else ""
    return minus + (("" if is_japanese() else " ").join(parts) or f"0{between}{units[2]}")
