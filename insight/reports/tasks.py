"""Celery tasks of reports and exports."""

from celery import shared_task
from django.utils import timezone

from insight.reports import exporting, schedules


@shared_task
def send_reports() -> None:
    """Write the emails of due reports."""
    schedules.send_due(timezone.now())


@shared_task(time_limit=3600, soft_time_limit=3500)
def make_export(key: int) -> None:
    """Write the file of an export."""
    exporting.make(key)


@shared_task
def continue_exports() -> None:
    """Continue interrupted exports, and delete those that are a week old."""
    now = timezone.now()
    for key in exporting.take_up(now):
        make_export.delay(key)
    exporting.forget(now)
