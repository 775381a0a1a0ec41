"""The options of a list's filters (`templates/jinja2/parts/select.html`)."""

from collections.abc import Iterable

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _


def select(
    name: str, options: Iterable[tuple[object, object]], chosen: str, empty: str = ""
) -> SafeString:
    """A `<select>` with the chosen option, and one for no choice before the others."""
    context = {
        "name": name,
        "options": [(str(value), label) for value, label in options],
        "chosen": chosen,
        "empty": empty or _("Any"),
    }
    return SafeString(render_to_string("parts/select.html", context, using="jinja2"))
