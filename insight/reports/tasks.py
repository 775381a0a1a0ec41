"""Reports and files that come without anybody waiting for them."""

from celery import shared_task
from django.utils import timezone

from insight.reports import exporting, schedules


@shared_task
def send_reports() -> None:
    """Write the letters of reports that are due."""
    schedules.send_due(timezone.now())


@shared_task(time_limit=3600, soft_time_limit=3500)
def make_export(key: int) -> None:
    """Make a file that somebody asked for."""
    exporting.make(key)


@shared_task
def go_on_with_exports() -> None:
    """Take up files that a crash left, and forget those that are a week old."""
    now = timezone.now()
    for key in exporting.go_on(now):
        make_export.delay(key)
    exporting.forget(now)
