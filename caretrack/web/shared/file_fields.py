"""A form field for several files."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from cases.files import attachments
from core.errors import Refused


class ManyFiles(forms.ClearableFileInput):
    """A file input for several files, behind a button of ours: the browser's own is in the
    browser's language. The button is a label, so that it needs no script.
    """

    allow_multiple_selected = True

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        control = super().render(name, value, attrs, renderer)
        return format_html(
            '<span class="file">{}<label class="btn file__button" for="{}">{}</label></span>',
            control,
            (attrs or {}).get("id", ""),
            _("Choose files"),
        )


class FilesField(forms.FileField):
    """Several files, each with its type detected from its first bytes (§5)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_empty_file=True, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = [file for file in (data if isinstance(data, list | tuple) else [data]) if file]
        for file in files:
            try:
                attachments.check(file)
            except Refused as refused:
                raise ValidationError(refused.reason) from None
        return files


def files_field(key: str) -> FilesField:
    return FilesField(
        label=_("Files"),
        widget=ManyFiles(attrs={"data-lists": f"{key}-files", "class": "file__input"}),
        help_text=format_lazy(
            _("Logs, pictures, recordings: {size} MB each, at most {count} files on a case."),
            size=settings.ATTACHMENT_MAX_BYTES // 2**20,
            count=settings.ATTACHMENTS_MAX_PER_CASE,
        ),
    )
