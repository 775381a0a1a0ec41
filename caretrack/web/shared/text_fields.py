"""Fields for long texts: the page shows the limit while somebody types, and nothing is cut."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

TOO_LONG = _(
    "This text has %(show_value)d characters; %(limit_value)d is the most. "
    "Please attach it as a file."
)
TOO_LONG_WHILE_TYPING = _(
    "This text has {used} characters; {limit} is the most. Please attach it as a file."
)
LINE_TOO_LONG = _(
    "This line has %(show_value)d characters; %(limit_value)d is the most. "
    "Please write the rest below."
)
LINE_TOO_LONG_WHILE_TYPING = _(
    "This line has {used} characters; {limit} is the most. Please write the rest below."
)


class LongTextField(forms.CharField):
    """Text of up to `max_length` characters, by default the limit of a message.

    The browser gets no `maxlength`, because it would silently cut a pasted text. `forms.js` counts
    with `data-limit`, and a longer text comes back whole with the form.
    """

    widget = forms.Textarea
    has_toolbar = False  # the Markdown toolbar over the text

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": settings.MESSAGE_MAX_CHARACTERS, **options})
        self.error_messages["max_length"] = TOO_LONG

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        attrs = super().widget_attrs(widget)
        attrs.pop("maxlength", None)
        return {
            **attrs,
            "dir": "auto",
            "data-limit": self.max_length,
            "data-too-long": TOO_LONG_WHILE_TYPING,
        }


class AuthorTextField(forms.CharField):
    """A text that an author writes in Markdown, such as an article, under the toolbar."""

    widget = forms.Textarea
    has_toolbar = True


class LineFormField(forms.CharField):
    """One line, such as a title. A longer one comes back whole; line breaks become spaces."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.error_messages["max_length"] = LINE_TOO_LONG

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        attrs = super().widget_attrs(widget)
        attrs.pop("maxlength", None)
        return {
            **attrs,
            "dir": "auto",
            "data-limit": self.max_length,
            "data-too-long": LINE_TOO_LONG_WHILE_TYPING,
        }
