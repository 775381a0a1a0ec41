"""How long requests take, by the pattern of their address.

A raw path would name cases, and never end.
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
OTHER = "other"  # whatever else a stranger writes as a method
NO_ROUTE = "none"  # answered before, or without, finding out what the address means
disable_created_metrics()  # when a series began: a third more lines, and said by one process alone
# In no registry of the library's own: with several processes it is the files of all of them that
# are read.
TOOK = Histogram(
    "caretrack_request_duration_seconds",
    "Time from a request to its answer.",
    ["method", "route", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=None,
)


def observe(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """Count a request, where somebody watches."""
    if not settings.METRICS_TOKEN:
        return
    method = request.method if request.method in METHODS else OTHER
    match = request.resolver_match
    try:
        TOOK.labels(
            method, match.route if match else NO_ROUTE, f"{response.status_code // 100}xx"
        ).observe(seconds)
    except (
        OSError
    ):  # the folder that the processes share is full, or gone: no reason to fail a page
        logger.exception("a request could not be counted")


def register(registry: CollectorRegistry) -> None:
    """The times of all processes of this web; of this process alone where they share no folder."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)
    else:
        registry.register(TOOK)
        signins.register(registry)
