"""Doors for the worker."""

from celery import shared_task

from caretrack.ops.rendering import render_waiting


@shared_task(ignore_result=True)
def render_texts(limit: int = 2_000) -> None:
    """Render texts that have no HTML yet; a full batch means there is more."""
    if sum(rows for _table, rows in render_waiting(limit)) >= limit:
        render_texts.delay(limit)
