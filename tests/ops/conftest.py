"""An installation that somebody watches."""

import os

import pytest

from caretrack.ops.metrics import broker, requests
from tests.scrape import TOKEN


@pytest.fixture
def watched(settings, monkeypatch):
    """An installation that somebody watches; tests that run side by side share a broker, so it has
    names of its own.
    """
    settings.METRICS_TOKEN = TOKEN
    for name in ("QUEUE", "TASKS"):
        monkeypatch.setattr(broker, name, f"test.{os.getpid()}.{name}")
    requests.DURATIONS.clear()
    client = broker.client()
    yield
    client.delete(broker.QUEUE, broker.TASKS)
    requests.DURATIONS.clear()


@pytest.fixture
def as_watcher(watched):
    """Some task has run, so that every metric is there."""
    broker.count("sla.tasks.check_clocks", "success", 0.2)
