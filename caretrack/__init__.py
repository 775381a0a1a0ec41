"""The Celery app is imported here so that `shared_task.delay()` reaches the configured broker from
every process.
"""

from caretrack.celery import app as celery_app

__all__ = ["celery_app"]
