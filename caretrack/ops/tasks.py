"""Celery tasks of this package."""

from celery import shared_task

from caretrack.ops.rendering import render_waiting


@shared_task(ignore_result=True)
def render_texts(limit: int = 2_000) -> None:
    """Render texts that have no HTML. A full batch means that more are waiting."""
    if sum(rows for _table, rows in render_waiting(limit)) >= limit:
        render_texts.delay(limit)
