"""How often sign-ins fail, are delayed, and fail many times in a row."""

import logging

from prometheus_client import CollectorRegistry, Counter, disable_created_metrics

logger = logging.getLogger(__name__)
disable_created_metrics()
FAILED = Counter(
    "caretrack_sign_in_failures", "Wrong passwords, codes and API tokens.", ["kind"], registry=None
)
DELAYED = Counter("caretrack_sign_in_delays", "Attempts that had to wait.", ["kind"], registry=None)
ROWS = Counter(
    "caretrack_sign_in_failure_rows",
    "How often an account had many failures in a row.",
    ["kind"],
    registry=None,
)
KINDS = ("password", "code")
for _kind in KINDS:  # a series that exists from the start can be compared with its past
    FAILED.labels(_kind)
    DELAYED.labels(_kind)
    ROWS.labels(_kind)
FAILED.labels("token")


def count(counter: Counter, kind: str) -> None:
    """Add one. A full or missing metrics folder does not fail a sign-in."""
    try:
        counter.labels(kind).inc()
    except OSError:
        logger.exception("a sign-in could not be counted")


def register(registry: CollectorRegistry) -> None:
    """The counters of this process. With several processes, the files of all are read together."""
    for counter in (FAILED, DELAYED, ROWS):
        registry.register(counter)
