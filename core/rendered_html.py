"""Markdown rendered once, when it is saved, and stored beside the text with the version of the
renderer.

A model declares `text_html = RenderedField("text")`. The HTML is derived, so no proof or export
uses it. A row without HTML, such as one imported by SQL, shows its text as typed until `manage.py
render_texts` has run.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pgtrigger
from django.db import models
from django.utils.safestring import SafeString, mark_safe

from core import markdown


def stamped(source: str | Mapping[str, Any], is_document: bool = False) -> str:
    """A text, or a mapping of texts, as the column stores it: version, line break, HTML."""
    if isinstance(source, str):
        html = markdown.render(source, is_document)
    else:
        texts = {key: value for key, value in source.items() if isinstance(value, str)}
        html = json.dumps(
            {key: markdown.render(value, is_document, True) for key, value in texts.items()}
        )
    return f"{markdown.VERSION}\n{html}"


def shown(column: str | None, source: str) -> SafeString:
    """What a page shows: the stored HTML, or the text as typed."""
    html = column.partition("\n")[2] if column else markdown.as_typed(source)
    return mark_safe(html)  # noqa: S308 (cleaned when it was rendered, or escaped)


def columns_of(column: str | None) -> dict[str, str]:
    """A column with a mapping of texts, as one column for each key; empty if nothing is stored
    yet.
    """
    version, _line, stored = (column or "").partition("\n")
    return {key: f"{version}\n{html}" for key, html in json.loads(stored or "{}").items()}


class RenderedField(models.TextField):
    """The HTML of a Markdown field of the same row, computed again whenever the row is saved."""

    def __init__(self, source: str, *, is_document: bool = False, **options: Any) -> None:
        self.source, self.is_document = source, is_document
        super().__init__(**{"null": True, "blank": True, "editable": False, **options})

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, [self.source, *args], {**options, "is_document": self.is_document}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        html = stamped(getattr(model_instance, self.source), self.is_document)
        setattr(model_instance, self.attname, html)
        return html


class HasRendered(models.Model):
    """A row with `RenderedField`s: saving one text by name also saves its HTML."""

    class Meta:
        abstract = True

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **options: Any) -> None:
        if update_fields is not None:
            names = set(update_fields)
            update_fields = names | {
                field.name for field in rendered_fields(type(self)) if field.source in names
            }
        super().save(*args, update_fields=update_fields, **options)


def rendered_fields(model: type[models.Model]) -> list[RenderedField]:
    """The rendered fields of a model."""
    return [field for field in model._meta.concrete_fields if isinstance(field, RenderedField)]


def never_changed_but_html(*columns: str) -> list[pgtrigger.Trigger]:
    """Triggers of a table with immutable rows, which allow changes of the named derived columns."""
    names = f"ARRAY[{', '.join(repr(name) for name in columns)}]"
    return [
        pgtrigger.Trigger(
            name="never_changed",
            operation=pgtrigger.Update,
            when=pgtrigger.Before,
            func=f"""
                IF (to_jsonb(NEW) - {names}) = (to_jsonb(OLD) - {names}) THEN RETURN NEW; END IF;
                RAISE EXCEPTION 'never_changed: rows of % are not changed', TG_TABLE_NAME;
            """,
        ),
        pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete),
    ]
