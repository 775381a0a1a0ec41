"""The choices of the list's filters, as HTML made in one go: through a template they cost as much as the rows."""

from collections.abc import Iterable

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe


def select(name: str, options: Iterable[tuple[object, str]], chosen: str, empty: str = "Any") -> SafeString:
    """A `<select>`: values and labels are escaped."""
    made = [f'<select name="{escape(name)}"><option value="">{escape(empty)}</option>']
    for value, label in options:
        mark = " selected" if str(value) == chosen else ""
        made.append(f'<option value="{escape(value)}"{mark}>{escape(label)}</option>')
    return mark_safe("".join([*made, "</select>"]))  # noqa: S308 (each value and label was escaped)
