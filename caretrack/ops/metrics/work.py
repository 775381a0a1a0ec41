"""Task durations: Celery's signals write them to the broker (`caretrack.ops.metrics.broker`).

A task that the time limit kills is not counted. Its successors wait in the queue.
"""

import time
from typing import Any

from celery import signals

from caretrack.ops.metrics import broker

_began: dict[str, float] = {}


def listen() -> None:
    """Count every task of this process from now on."""
    signals.task_prerun.connect(_begin, dispatch_uid="caretrack.ops.metrics")
    signals.task_postrun.connect(_end, dispatch_uid="caretrack.ops.metrics")


def _begin(*, task_id: str, **kwargs: Any) -> None:
    _began[task_id] = time.perf_counter()


def _end(*, task_id: str, task: Any, state: str | None = None, **kwargs: Any) -> None:
    began = _began.pop(task_id, None)
    if began is not None:
        broker.count(task.name, (state or "unknown").lower(), time.perf_counter() - began)
