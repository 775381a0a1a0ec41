"""Texts of authors in further languages: what readers see, and the original where none is written.

A row holds them as `{"ja": {"name": "…"}}`. They are part of the row, so that they are immutable
where it is.
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import get_language

LANGUAGES = ("ja",)


class HasTranslations(models.Model):
    """A row with texts that readers may read in another language."""

    translations: Any = models.JSONField(default=dict, blank=True)

    class Meta:
        abstract = True


def localized(row: Any, name: str, language: str | None = None) -> Any:
    """A text of the row in `language`, by default the reader's; without a translation the
    original.
    """
    if (text := translation_of(row, name, language)) is not None:
        return text
    return getattr(row, name, "")


def translation_of(row: Any, name: str, language: str | None = None) -> Any | None:
    """The translation of a text, or None where the original is to be read."""
    language = language or get_language() or settings.LANGUAGE_CODE
    texts = getattr(row, "translations", None) or {}
    return texts.get(language, {}).get(name) or None


def without_empty(translations: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Translations without texts that nobody wrote, and without white space around the others."""
    filled = {
        language: {
            name: text.strip() if isinstance(text, str) else text
            for name, text in texts.items()
            if (text.strip() if isinstance(text, str) else text)
        }
        for language, texts in translations.items()
    }
    return {language: texts for language, texts in filled.items() if texts}
