"""Percentages, rounded in one way on every page, in every file and in every command."""


def percent(part: int, whole: int, places: int = 1) -> float | None:
    """A part of a whole in per cent, half rounded up. None if the whole is 0.

    It is 100 only if the part is the whole, and 0 only if there is none: one miss among ten
    thousand is 99.9, one among two thousand met is 0.1.
    """
    if not whole:
        return None
    unit = 10**places
    rounded = (2 * 100 * unit * part + whole) // (2 * whole)
    if 0 < part < whole:
        rounded = min(max(rounded, 1), 100 * unit - 1)
    return rounded / unit


def percent_text(part: int, whole: int) -> str:
    """The same as text, such as “66.7 %”; “–” if the whole is 0."""
    value = percent(part, whole)
    return "–" if value is None else f"{value:.1f} %"
