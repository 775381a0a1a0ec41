"""Doors for the worker."""

from celery import shared_task

from rca import actions


@shared_task(ignore_result=True)
def remind_of_actions(limit: int = 200) -> None:
    """Remind whoever owns a corrective action; a full batch means there is more."""
    if actions.remind(limit) >= limit:
        remind_of_actions.delay(limit)
