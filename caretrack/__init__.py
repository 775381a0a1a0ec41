"""Import the Celery app, so that `shared_task.delay()` reaches the broker from every process."""

from caretrack.celery import app as celery_app

__all__ = ["celery_app"]
