"""Boxes for long texts: the limit of the installation is said while one writes, and nothing that
was typed is cut.
"""

from typing import Any

from django import forms
from django.conf import settings


class LongTextField(forms.CharField):
    """Text of up to `max_length` characters, a message's limit unless another is given.

    The browser is not told to cut at the limit, as it would cut a pasted text in silence.
    `data-limit` lets `care.js` count beside the box, and a longer text comes back with the form,
    whole.
    """

    widget = forms.Textarea

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": settings.MESSAGE_MAX_CHARACTERS, **options})

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        attrs = super().widget_attrs(widget)
        attrs.pop("maxlength", None)
        return {**attrs, "data-limit": self.max_length}
