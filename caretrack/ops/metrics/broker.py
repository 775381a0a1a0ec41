"""Metrics from the broker: waiting tasks and task durations.

When the broker is away, only that is reported.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from django.conf import settings
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from redis import Redis, RedisError

logger = logging.getLogger(__name__)

QUEUE = "celery"  # Celery's default name of its queue
TASKS = "caretrack.ops.metrics.tasks"  # a hash: task|outcome|bucket bound, or "sum" → number
PATIENCE = 1.0  # seconds: neither a scrape nor a task waits long for a number
BOUNDS = ("0.01", "0.05", "0.1", "0.5", "1.0", "5.0", "15.0", "60.0", "240.0", "+Inf")


@cache
def client() -> Any:
    """The broker connection of this process. It opens on first use, and again after a fork."""
    return Redis.from_url(
        settings.BROKER_CLIENT_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE
    )


def count(task: str, outcome: str, seconds: float) -> None:
    """Add a finished task.

    The broker adds up the numbers of all workers, on any number of machines.
    """
    bound = next(bound for bound in BOUNDS if seconds <= float(bound))
    try:
        with client().pipeline(transaction=False) as pipeline:
            pipeline.hincrby(TASKS, f"{task}|{outcome}|{bound}", 1)
            pipeline.hincrbyfloat(TASKS, f"{task}|{outcome}|sum", round(seconds, 6))
            pipeline.execute()
    except RedisError:
        logger.warning("The broker is away: %s was not counted.", task)


class BrokerCollector(Collector):
    """The queue length and the finished tasks. Only `caretrack_broker_up 0` when the broker is
    away.
    """

    def describe(self) -> Iterable[Metric]:
        return ()  # otherwise registering would collect once in vain

    def collect(self) -> Iterator[Metric]:
        try:
            with client().pipeline(transaction=False) as pipeline:
                waiting, tasks = pipeline.llen(QUEUE).hgetall(TASKS).execute()
            is_up = True
        except RedisError as error:
            logger.warning("The broker could not be asked for metrics: %s", error)
            is_up = False
        up = "Whether the broker answered; without it there is none of what is read from it."
        yield GaugeMetricFamily("caretrack_broker_up", up, value=int(is_up))
        if is_up:
            yield GaugeMetricFamily(
                "caretrack_queue_length", "Tasks that no worker has taken yet.", value=waiting
            )
            yield _task_durations(tasks)


def _task_durations(tasks: dict[bytes, bytes]) -> Metric:
    counts: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for key, value in tasks.items():
        task, outcome, bound = key.decode().split("|")
        counts[task, outcome][bound] = float(value)
    family = HistogramMetricFamily(
        "caretrack_task_duration_seconds", "Time of a task.", labels=["task", "outcome"]
    )
    for labels, counted in sorted(counts.items()):
        reached, buckets = 0.0, []
        for bound in BOUNDS:
            reached += counted.get(bound, 0)
            buckets.append((bound, reached))
        family.add_metric(list(labels), buckets, counted.get("sum", 0))
    return family
