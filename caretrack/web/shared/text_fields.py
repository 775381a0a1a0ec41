"""Fields for long texts: the page shows the limit while somebody types, and nothing is cut."""

from typing import Any

from django import forms
from django.conf import settings


class LongTextField(forms.CharField):
    """Text of up to `max_length` characters, by default the limit of a message.

    The browser gets no `maxlength`, because it would silently cut a pasted text. `care.js` counts
    with `data-limit`, and a longer text comes back whole with the form.
    """

    widget = forms.Textarea

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": settings.MESSAGE_MAX_CHARACTERS, **options})

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        attrs = super().widget_attrs(widget)
        attrs.pop("maxlength", None)
        return {**attrs, "data-limit": self.max_length}
