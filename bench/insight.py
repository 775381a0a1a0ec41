"""Insight at 10,000, 100,000 and 1,000,000 cases: the wallboard, open cases, attainment,
throughput, drill-down.

    bin/bench insight [--json] [--quick] [--most N]

`bench/pages.py` describes the method. `wall` is the cached wallboard, `wall_counted` one that is
counted again for every request. Other figures are the seconds of a rebuild of every figure, of one
more day and of the export of a million facts, and the megabytes by which the export made the
process grow.
"""

import itertools
import resource
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import pages
from bench.console import readers
from bench.pages import Reader  # sets Django up

from django.core.cache import cache  # isort: skip
from django.utils import timezone

from caretrack.web.managers import wallboard
from core.tenancy import care_scope
from insight import aggregation
from insight.models import DirtyDay, FigureKind
from insight.periods import Period
from insight.queries import FigureQuery
from insight.reports import rows, tables

AIMS = {
    "wall": ("one", 2.0),
    "wall_counted": ("one", 9.0),
    "open": ("one", 9.0),
    "attainment": ("one", 9.0),
    "analysts": ("one", 9.0),
    "flow": ("one", 9.0),
    "behind": ("one", 9.0),
}
took: dict[str, float] = {}


def main(argv: list[str]) -> int:
    return pages.run(argv, SUITE)


def people(size: int) -> list[Reader]:
    """Analysts with sessions. Counts every figure of this size from the beginning."""
    started, facts = time.monotonic(), 0
    for step in aggregation.rebuild(timezone.now()):
        facts = step.facts
    took.update(rebuild_s=time.monotonic() - started, facts=facts)
    return readers(size)


def calls(size: int) -> dict[str, Callable[[Reader], Any]]:
    """What is measured: a name and its request."""
    return {
        "one": lambda r: r.client.get("/bench/one/"),
        "wall": lambda r: r.client.get("/insight/", headers={"hx-request": "true"}),
        "wall_counted": _counted,
        "open": lambda r: r.client.get("/insight/open/"),
        "attainment": lambda r: r.client.get("/insight/attainment/"),
        "analysts": lambda r: r.client.get(
            "/insight/attainment/?period=quarter&by=analyst&promise=restore"
        ),
        "flow": lambda r: r.client.get("/insight/flow/"),
        "behind": lambda r: r.client.get("/insight/cases/?what=met&kind=response"),
    }


def _counted(reader: Reader) -> Any:
    cache.delete_many([wallboard.CACHE_KEY, f"{wallboard.CACHE_KEY}.{reader.user.zone}"])
    return reader.client.get("/insight/", headers={"hx-request": "true"})


def more(size: int) -> dict[str, float]:
    """Figures that are not pages: a rebuild, one day, an export of everything."""
    yesterday = timezone.now().date() - timedelta(days=1)
    with care_scope():
        DirtyDay.objects.create(day=yesterday)
    started = time.monotonic()
    aggregation.run(timezone.now())
    took["day_s"] = time.monotonic() - started
    every = FigureQuery(Period("custom", yesterday - timedelta(days=1200), yesterday), history=True)
    whats = tuple(str(what) for what in FigureKind)
    before, started = _peak(), time.monotonic()
    with TemporaryDirectory() as folder:
        all_facts = rows.facts(every, whats, "", care_scope)
        tables.write_csv(
            Path(folder) / "all.csv",
            [*rows.HEAD, *rows.CARES],
            itertools.islice(all_facts, 1_000_000),
        )
    took.update(export_s=time.monotonic() - started, export_grew_mb=_peak() - before)
    return took


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


SUITE = pages.Suite("insight", __doc__ or "", AIMS, people, calls, more)
