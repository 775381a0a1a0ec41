"""Fields for the Japanese text beside the English one, in the forms of authors."""

import copy
from typing import Any, ClassVar

from django import forms
from django.forms.utils import pretty_name

from core.translations import LANGUAGES

NAMES = {"ja": "Japanese"}


class TranslationFields(forms.BaseForm):
    """A form with an optional field for each language beside each of the fields `TRANSLATED`."""

    TRANSLATED: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, forms.Field] = {}
        for name, field in self.fields.items():
            fields[name] = field
            if name in self.TRANSLATED:
                fields |= {
                    f"{name}_{lang}": translation_of(name, field, lang) for lang in LANGUAGES
                }
        self.fields = fields

    def values(self) -> dict[str, Any]:
        """The cleaned data, with the translations as a row holds them."""
        extra = {f"{name}_{lang}" for name in self.TRANSLATED for lang in LANGUAGES}
        plain = {name: value for name, value in self.cleaned_data.items() if name not in extra}
        return {**plain, "translations": self.translations()}

    def translations(self) -> dict[str, dict[str, Any]]:
        """What was written in each language; empty texts are none."""
        return {
            lang: {name: self.cleaned_data.get(f"{name}_{lang}", "") for name in self.TRANSLATED}
            for lang in LANGUAGES
        }


def translation_of(name: str, field: forms.Field, language: str) -> forms.Field:
    """The optional field of the same kind for another language."""
    other = copy.deepcopy(field)
    other.required = False
    other.widget.is_required = False
    other.label = f"{field.label or pretty_name(name)}, in {NAMES[language]}"
    other.help_text = "Optional. Without it, these readers see the English text."
    other.widget.attrs["lang"] = language
    return other


def initial_translations(translations: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The initial values of the fields for translations that exist."""
    return {
        f"{name}_{lang}": text
        for lang, texts in translations.items()
        for name, text in texts.items()
    }
