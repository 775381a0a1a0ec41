"""The choices of a list's filters, as HTML. A template would cost as much as the rows."""

from collections.abc import Iterable
from functools import lru_cache
from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _


def select(
    name: str, options: Iterable[tuple[object, object]], chosen: str, empty: str = ""
) -> SafeString:
    """A `<select>`. Values and labels are escaped."""
    html = _unchosen(
        name, tuple((str(value), str(label)) for value, label in options), empty or _("Any")
    )
    if chosen:
        value = f'value="{escape(chosen)}"'
        html = html.replace(f"{value}>", f"{value} selected>", 1)
    return mark_safe(html)  # noqa: S308 (each value and label was escaped)


@lru_cache(maxsize=512)
def _unchosen(name: str, options: tuple[tuple[str, str], ...], empty: str) -> str:
    """Cached, because every page has the same choices."""
    items = [
        f'<option value="{escape(value)}">{escape(label)}</option>' for value, label in options
    ]
    return (
        f'<select name="{escape(name)}"><option '
        f'value="">{escape(empty)}</option>{"".join(items)}</select>'
    )
