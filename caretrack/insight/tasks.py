"""What beat counts for the managers."""

from celery import shared_task
from django.utils import timezone

from caretrack.insight import counters, daily


@shared_task
def count() -> None:
    """Count what happened since the last time, and fold the counters of open cases together."""
    daily.settle(timezone.now())
    counters.fold()
