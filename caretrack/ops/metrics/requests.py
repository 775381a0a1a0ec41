"""Request durations, by the URL pattern.

A raw path would name cases and create series without end.
"""

import logging
import os

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Histogram, disable_created_metrics
from prometheus_client.multiprocess import MultiProcessCollector

from caretrack.ops.metrics import signins

logger = logging.getLogger(__name__)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"  # any other method of a request
NO_ROUTE = "none"  # answered before, or without, resolving the URL
disable_created_metrics()  # start times of series: a third more lines, from one process
# In no registry of the library: with several processes, the files of all are read.
DURATIONS = Histogram(
    "caretrack_request_duration_seconds",
    "Time from a request to its answer.",
    ["method", "route", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=None,
)


def observe(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """Count a request, if metrics are enabled."""
    if not settings.METRICS_TOKEN:
        return
    method = request.method if request.method in METHODS else OTHER
    match = request.resolver_match
    try:
        DURATIONS.labels(
            method, match.route if match else NO_ROUTE, f"{response.status_code // 100}xx"
        ).observe(seconds)
    except OSError:  # the shared folder is full or missing: that does not fail a page
        logger.exception("a request could not be counted")


def register(registry: CollectorRegistry) -> None:
    """The durations of all web processes, or of this one where they share no folder."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)
    else:
        registry.register(DURATIONS)
        signins.register(registry)
