"""Celery: one app, configured from Django's settings. `CELERY_BEAT_SCHEDULE` lists the sweeps."""

import os
from typing import Any

from celery import Celery, Task
from django.conf import settings

from core.redis_health import health_of

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "caretrack.settings")


class BrokerAway(ConnectionError):
    """A task was not published, because the broker does not answer. A sweep will find its work."""


class PromptTask(Task):
    """A task that is published immediately or not at all.

    A page never waits for a broker that does not answer.
    """

    abstract = True

    def apply_async(self, *args: Any, **kwargs: Any) -> Any:
        if not health_of(settings.BROKER_CLIENT_URL).answers():
            raise BrokerAway(f"{self.name} was not published: the broker does not answer.")
        return super().apply_async(*args, **kwargs)


app = Celery("caretrack", task_cls=PromptTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
