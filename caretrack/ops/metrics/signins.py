"""How often signing in fails, has to wait, and fails many times in a row."""

import logging

from prometheus_client import CollectorRegistry, Counter, disable_created_metrics

logger = logging.getLogger(__name__)
disable_created_metrics()
FAILED = Counter(
    "caretrack_sign_in_failures", "Wrong passwords, codes and API tokens.", ["kind"], registry=None
)
DELAYED = Counter(
    "caretrack_sign_in_delays", "Attempts that were told to wait.", ["kind"], registry=None
)
ROWS = Counter(
    "caretrack_sign_in_failure_rows",
    "Accounts with many failures in a row, each time anew.",
    ["kind"],
    registry=None,
)
KINDS = ("password", "code")
for _kind in KINDS:  # a series that is there from the beginning can be compared with what it was
    FAILED.labels(_kind)
    DELAYED.labels(_kind)
    ROWS.labels(_kind)
FAILED.labels("token")


def count(counter: Counter, kind: str) -> None:
    """Add one. A folder of numbers that is full, or gone, is no reason to fail a sign-in."""
    try:
        counter.labels(kind).inc()
    except OSError:
        logger.exception("a sign-in could not be counted")


def register(registry: CollectorRegistry) -> None:
    """Of this process alone; with several processes the files of all of them are read together."""
    for counter in (FAILED, DELAYED, ROWS):
        registry.register(counter)
