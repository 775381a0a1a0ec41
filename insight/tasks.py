"""Celery tasks of the figures."""

from celery import shared_task
from django.utils import timezone

from insight import aggregation, open_counts


@shared_task
def count() -> None:
    """Count what happened since the last run, and fold the counters of open cases."""
    aggregation.run(timezone.now())
    open_counts.fold()
