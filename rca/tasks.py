"""Entry points of the worker."""

from celery import shared_task

from rca import actions


@shared_task(ignore_result=True)
def remind_of_actions(limit: int = 200) -> None:
    """Remind owners of corrective actions; a full batch means that more are waiting."""
    if actions.remind(limit) >= limit:
        remind_of_actions.delay(limit)
