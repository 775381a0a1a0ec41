"""Render texts that have no HTML: those that SQL imported, and those older than the column."""

from collections.abc import Iterator

from django.apps import apps
from django.db import models
from django.db.models import Q

from core import markdown
from core.rendered_html import rendered_fields, stamped
from core.tenancy import care_scope

BATCH = 200


def render_waiting(
    limit: int | None = None, *, every_version: bool = False
) -> Iterator[tuple[str, int]]:
    """Render in one transaction for each batch. Yields (table, rows) after each batch.

    It can be stopped, and may run concurrently. `every_version` also renders texts again whose HTML
    comes from an earlier renderer.
    """
    left = limit
    for model in apps.get_models():
        if not rendered_fields(model):
            continue
        for count in _render_table(model, left, every_version):
            left = None if left is None else left - count
            yield model._meta.db_table, count


def _render_table(
    model: type[models.Model], limit: int | None, every_version: bool
) -> Iterator[int]:
    fields, last = rendered_fields(model), 0
    waits = Q()
    for field in fields:
        waits |= Q(**{f"{field.name}__isnull": True})
        if every_version:
            waits |= ~Q(**{f"{field.name}__startswith": f"{markdown.VERSION}\n"})
    while limit is None or limit > 0:
        size = BATCH if limit is None else min(BATCH, limit)
        with care_scope():
            rows = list(model._default_manager.filter(waits, pk__gt=last).order_by("pk")[:size])
            for row in rows:
                html = {
                    field.name: stamped(getattr(row, field.source), field.is_document)
                    for field in fields
                }
                model._default_manager.filter(pk=row.pk).update(**html)
        if not rows:
            return
        last = rows[-1].pk
        limit = None if limit is None else limit - len(rows)
        yield len(rows)
