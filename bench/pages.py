"""What the page benches share: the rounds, the CPU, the ceiling, the figures.

Requests go through Django's test client in this process, under the product's own middleware, as a
database role that owns nothing. CPU is that of this process plus that of the server process of its
connection. So every figure includes the client's own share, the ceiling's too. The ceiling is
measured in the same rounds: a signed-in view of 50 rows through a plain template, and one of a
single query (`bench/ceiling.py`). Ratios count; absolute times depend on the machine.

The database of the smallest size is copied. Growth compares pages that run against both databases
in turn, one request on each side. Minutes of loading lie between two sizes, in which a machine
becomes faster or slower.
"""

import argparse
import itertools
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import django
import psycopg
from psycopg import sql

os.environ["CARETRACK_LOG_LEVEL"] = "WARNING"  # a line for each request has no use here
django.setup()

from django.conf import settings  # noqa: E402
from django.core.cache import caches  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from bench import volume  # noqa: E402
from contacts.models import User  # noqa: E402
from core.tenancy import care_scope  # noqa: E402
from sla import policy_files  # noqa: E402

SIZES, QUICK = (10_000, 100_000, 1_000_000), (1_000, 10_000)
NOT_COUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
Aims = Mapping[
    str, tuple[str, float]
]  # each page's yardstick, and how many times its cost the page may take


@dataclass
class Measured:
    """One page at one size: its statements, and the CPU and time of a request in milliseconds per
    round.
    """

    sql: int = 0
    cpu: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    @property
    def cpu_ms(self) -> float:
        return statistics.median(self.cpu)

    @property
    def p50_ms(self) -> float:
        return statistics.median(self.times)


@dataclass(frozen=True)
class Reader:
    """A signed-in person with some cases to open."""

    user: User
    client: Client
    cases: Iterator[str]


Calls = Mapping[str, Callable[[Any], Any]]
PageFigures = dict[str, Measured]


@dataclass
class Side:
    """A database that is measured, with its readers and their requests.

    Two sides share one cache, each with its own prefix.
    """

    database: BaseDatabaseWrapper
    people: list[Any]
    calls: Calls
    prefix: str = ""

    def enter(self) -> None:
        """Use this database from now on in this process."""
        connections["default"] = self.database
        caches["default"].key_prefix = self.prefix


@dataclass(frozen=True)
class Suite:
    """The pages of one audience: its readers, its requests, and further figures of one size."""

    name: str
    description: str
    aims: Aims
    readers: Callable[[int], list[Any]]
    calls: Callable[[int], Calls]
    more: Callable[[int], dict[str, float]]


def main(argv: list[str]) -> int:
    """Run every suite over one load: `bin/bench pages`."""
    from bench import console, insight, portal

    return run(argv, portal.SUITE, console.SUITE, insight.SUITE)


def run(argv: list[str], *suites: Suite) -> int:
    """Load, measure and print every page at every size.

    With several suites `--json` prints the figures by suite.
    """
    options = parsed(argv, suites[0].name if len(suites) == 1 else "pages", suites[0].description)
    settings.ROOT_URLCONF, settings.DEBUG = "bench.ceiling", False
    # With a pool no request here would open a connection, and a database with a pool's connections
    # cannot be copied.
    connection.settings_dict["OPTIONS"].pop("pool", None)
    sizes = QUICK if options.quick else tuple(size for size in SIZES if size <= options.most)
    rounds, each = (3, 15) if options.quick else (9, 40)
    with care_scope():
        policy_files.load()
    volume.people()
    first, last = sizes[0], sizes[-1]
    sides: dict[str, list[Side]] = {suite.name: [] for suite in suites}
    results: dict[str, list[PageFigures]] = {}
    further: dict[str, dict[str, float]] = {}
    loads = 0.0
    for size in sizes:
        loads += volume.load(size).seconds
        print(f"{size:>9,} cases are there after {loads:.0f} s of loading", flush=True)
        for suite in suites:
            side = Side(connections["default"], suite.readers(size), suite.calls(size))
            measured_sides = [*sides[suite.name], side] if size == last else [side]
            results[suite.name] = measure(measured_sides, rounds, each)
            side.enter()
            for result in results[suite.name]:
                show(result, suite.aims)
            further[suite.name] = {key: round(value, 2) for key, value in suite.more(size).items()}
            print(f"    {further[suite.name]}", flush=True)
            if size == first:
                sides[suite.name].append(side)
        if size == first != last:
            copy = copied()
            for (side,) in sides.values():
                side.database, side.prefix = copy, "copy"
    figures = {
        suite.name: {
            "pages": summary(results[suite.name], suite.aims),
            **further[suite.name],
            "load_s": round(loads, 1),
            "cases": last,
        }
        for suite in suites
    }
    for name, suite_figures in figures.items():
        for page, figure in suite_figures["pages"].items():  # type: ignore[attr-defined]
            print(f"{name}: {page:<14} growth {figure['growth']:.2f} from {first:,} to {last:,}")
    if options.json:
        print(json.dumps(figures if len(suites) > 1 else figures[suites[0].name]))
    return 0


def parsed(argv: list[str], name: str, description: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"bin/bench {name}", description=description)
    parser.add_argument(
        "--json", action="store_true", help="figures and ratios as one object on the last line"
    )
    parser.add_argument(
        "--quick", action="store_true", help="1,000 and 10,000 cases: ends within a minute"
    )
    parser.add_argument("--most", type=int, default=SIZES[-1], help="the largest number of cases")
    return parser.parse_args(argv)


def copied() -> BaseDatabaseWrapper:
    """A copy of the current database, to which this process can connect."""
    now = connection.settings_dict["NAME"]
    connection.close()
    owner = os.environ["CARETRACK_OWNER_DATABASE_URL"]
    with psycopg.connect(owner, dbname="postgres", autocommit=True) as server:
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                *map(sql.Identifier, (f"{now}_copy", now))
            )
        )
    return type(connections["default"])(
        {**connection.settings_dict, "NAME": f"{now}_copy"}, "default"
    )


def measure(sides: list[Side], rounds: int, each: int) -> list[PageFigures]:
    """Measure every page in each round, on all sides in turn, so that a busy moment of the machine
    affects all.
    """
    results: list[PageFigures] = []
    for side in sides:
        side.enter()
        results.append(
            {
                name: Measured(sql=statements(call, side.people[0]))
                for name, call in side.calls.items()
            }
        )
        for name, call in side.calls.items():
            for reader in side.people:
                answer = call(reader)
                assert answer.status_code in (200, 204, 302), (name, answer.status_code)
    turns = [itertools.cycle(side.people) for side in sides]
    for _ in range(rounds):
        for name in sides[0].calls:
            seen: list[list[tuple[float, float]]] = [[] for _ in sides]
            for _ in range(each):
                for side, turn, samples in zip(sides, turns, seen, strict=True):
                    side.enter()
                    reader, started, before = next(turn), time.perf_counter(), cpu()
                    side.calls[name](reader)
                    samples.append((cpu() - before, time.perf_counter() - started))
            for measured, samples in zip(results, seen, strict=True):
                measured[name].cpu.append(statistics.mean(used for used, _ in samples) * 1000)
                measured[name].times.append(statistics.median(took for _, took in samples) * 1000)
    return results


def statements(call: Callable[[Reader], Any], reader: Reader) -> int:
    """The SQL of one request without transaction statements, once the process is warm."""
    call(reader)
    with CaptureQueriesContext(connection) as seen:
        call(reader)
    return sum(not query["sql"].startswith(NOT_COUNTED) for query in seen.captured_queries)


def cpu() -> float:
    """Seconds of CPU of this process and of the database's server process that serves it.

    A page does not pay for a vacuum that follows a load, and kernel ticks miss shorter times.
    """
    return (
        time.process_time() + int(Path(f"/proc/{server()}/schedstat").read_text().split()[0]) / 1e9
    )


def server() -> int:
    """The server process of our connection."""
    connection.ensure_connection()
    assert connection.connection is not None
    return int(connection.connection.info.backend_pid)


def summary(results: list[PageFigures], aims: Aims) -> dict[str, dict[str, float]]:
    """The figures of the largest size, and each page's growth since the smallest, round by
    round.
    """
    first, last = results[0], results[-1]
    return {
        name: {
            "sql": page.sql,
            "cpu_ms": round(page.cpu_ms, 2),
            "p50_ms": round(page.p50_ms, 2),
            "cpu_ratio_ceiling": round(page.cpu_ms / last[_ceiling(name, aims, last)].cpu_ms, 2),
            "growth": round(
                statistics.median(b / a for a, b in zip(first[name].cpu, page.cpu, strict=True)), 2
            ),
        }
        for name, page in last.items()
    }


def _ceiling(name: str, aims: Aims, results: PageFigures) -> str:
    """The yardstick of a page."""
    return aims[name][0] if name in aims else "top50" if "top50" in results else "one"


def show(results: PageFigures, aims: Aims) -> None:
    print("    page            SQL   CPU ms   p50 ms   ratio  of what (aim)")
    for name, page in results.items():
        line = f"    {name:<14} {page.sql:>4} {page.cpu_ms:>8.2f} {page.p50_ms:>8.2f}"
        if name in aims:
            of, aim = aims[name]
            line += f"   {page.cpu_ms / results[of].cpu_ms:>5.2f}  {of} ({aim})"
        print(line, flush=True)
