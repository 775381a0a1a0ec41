"""What the benches of pages share: the rounds, the CPU, the ceiling, the figures.

Requests go through Django's test client in this process, under the product's own middleware, as a
log-in role that owns nothing. CPU is that of this process plus that of the server process of its
connection, so the client's own share is in every figure, in the ceiling's too. The ceiling is
measured in the same rounds: a logged-in view of 50 rows through a plain template, and one of a
single query (`bench/ceiling.py`). Ratios count, absolute times depend on the machine.

The database of the smallest size is kept as a copy, and growth is told of pages that were asked of
both in turn, one request here and one there: between two sizes lie minutes of loading, in which a
machine becomes faster or slower.
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

os.environ["CARETRACK_LOG_LEVEL"] = (
    "WARNING"  # a line for each request, in the ceiling's pages as well, says nothing here
)
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
]  # each page's yardstick, and how many of it the page may cost


@dataclass
class Measured:
    """One page at one size: statements, and per round the CPU and the time of a request in
    milliseconds.
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
    """Somebody who is logged in, with some cases to open."""

    user: User
    client: Client
    cases: Iterator[str]


Calls = Mapping[str, Callable[[Any], Any]]
Found = dict[str, Measured]


@dataclass
class Side:
    """A database that is measured: who asks it, and what.

    Two of them share one cache, under a prefix each.
    """

    database: BaseDatabaseWrapper
    people: list[Any]
    asked: Calls
    prefix: str = ""

    def enter(self) -> None:
        """From now on this process asks this database."""
        connections["default"] = self.database
        caches["default"].key_prefix = self.prefix


@dataclass(frozen=True)
class Suite:
    """The pages of one door: who reads them, what is called, and further figures of one size."""

    name: str
    said: str
    aims: Aims
    readers: Callable[[int], list[Any]]
    calls: Callable[[int], Calls]
    more: Callable[[int], dict[str, float]]


def main(argv: list[str]) -> int:
    """Every suite over one load: `bin/bench pages`."""
    from bench import console, insight, portal

    return run(argv, portal.SUITE, console.SUITE, insight.SUITE)


def run(argv: list[str], *suites: Suite) -> int:
    """Load, measure, tell: every page at every size.

    What `--json` prints is by suite where there are several.
    """
    options = parsed(argv, suites[0].name if len(suites) == 1 else "pages", suites[0].said)
    settings.ROOT_URLCONF, settings.DEBUG = "bench.ceiling", False
    # Of a pool no request here takes a connection anew, and a database that a pool is connected to
    # cannot be copied.
    connection.settings_dict["OPTIONS"].pop("pool", None)
    sizes = QUICK if options.quick else tuple(size for size in SIZES if size <= options.most)
    rounds, each = (3, 15) if options.quick else (9, 40)
    with care_scope():
        policy_files.load()
    volume.people()
    first, last = sizes[0], sizes[-1]
    sides: dict[str, list[Side]] = {suite.name: [] for suite in suites}
    found: dict[str, list[Found]] = {}
    further: dict[str, dict[str, float]] = {}
    loads = 0.0
    for size in sizes:
        loads += volume.load(size).seconds
        print(f"{size:>9,} cases are there after {loads:.0f} s of loading", flush=True)
        for suite in suites:
            side = Side(connections["default"], suite.readers(size), suite.calls(size))
            asked = [*sides[suite.name], side] if size == last else [side]
            found[suite.name] = measure(asked, rounds, each)
            side.enter()
            for one in found[suite.name]:
                show(one, suite.aims)
            further[suite.name] = {key: round(value, 2) for key, value in suite.more(size).items()}
            print(f"    {further[suite.name]}", flush=True)
            if size == first:
                sides[suite.name].append(side)
        if size == first != last:
            kept = copied()
            for (side,) in sides.values():
                side.database, side.prefix = kept, "kept"
    figures = {
        suite.name: {
            "pages": told(found[suite.name], suite.aims),
            **further[suite.name],
            "load_s": round(loads, 1),
            "cases": last,
        }
        for suite in suites
    }
    for name, said in figures.items():
        for page, figure in said["pages"].items():  # type: ignore[attr-defined]
            print(f"{name}: {page:<14} growth {figure['growth']:.2f} from {first:,} to {last:,}")
    if options.json:
        print(json.dumps(figures if len(suites) > 1 else figures[suites[0].name]))
    return 0


def parsed(argv: list[str], name: str, said: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"bin/bench {name}", description=said)
    parser.add_argument(
        "--json", action="store_true", help="figures and ratios as one object on the last line"
    )
    parser.add_argument(
        "--quick", action="store_true", help="1,000 and 10,000 cases: ends within a minute"
    )
    parser.add_argument("--most", type=int, default=SIZES[-1], help="the largest number of cases")
    return parser.parse_args(argv)


def copied() -> BaseDatabaseWrapper:
    """A copy of the database as it is now, for this process to connect to."""
    now = connection.settings_dict["NAME"]
    connection.close()
    owner = os.environ["CARETRACK_OWNER_DATABASE_URL"]
    with psycopg.connect(owner, dbname="postgres", autocommit=True) as server:
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                *map(sql.Identifier, (f"{now}_kept", now))
            )
        )
    return type(connections["default"])(
        {**connection.settings_dict, "NAME": f"{now}_kept"}, "default"
    )


def measure(sides: list[Side], rounds: int, each: int) -> list[Found]:
    """Every page in each round, of several sides in turn, so that a busy moment of the machine
    strikes all alike.
    """
    found: list[Found] = []
    for side in sides:
        side.enter()
        found.append(
            {
                name: Measured(sql=statements(call, side.people[0]))
                for name, call in side.asked.items()
            }
        )
        for name, call in side.asked.items():
            for reader in side.people:
                answer = call(reader)
                assert answer.status_code in (200, 302), (name, answer.status_code)
    turns = [itertools.cycle(side.people) for side in sides]
    for _ in range(rounds):
        for name in sides[0].asked:
            seen: list[list[tuple[float, float]]] = [[] for _ in sides]
            for _ in range(each):
                for side, turn, asked in zip(sides, turns, seen, strict=True):
                    side.enter()
                    reader, started, before = next(turn), time.perf_counter(), cpu()
                    side.asked[name](reader)
                    asked.append((cpu() - before, time.perf_counter() - started))
            for measured, asked in zip(found, seen, strict=True):
                measured[name].cpu.append(statistics.mean(used for used, _ in asked) * 1000)
                measured[name].times.append(statistics.median(took for _, took in asked) * 1000)
    return found


def statements(call: Callable[[Reader], Any], reader: Reader) -> int:
    """The SQL of one request, everything but transactions themselves, once the process is warm."""
    call(reader)
    with CaptureQueriesContext(connection) as seen:
        call(reader)
    return sum(not query["sql"].startswith(NOT_COUNTED) for query in seen.captured_queries)


def cpu() -> float:
    """Seconds of CPU: this process and the database's server process that serves it, and nothing
    else.

    A vacuum that follows a load is not what a page costs, and a count in ticks of the kernel misses
    what is shorter.
    """
    return (
        time.process_time() + int(Path(f"/proc/{server()}/schedstat").read_text().split()[0]) / 1e9
    )


def server() -> int:
    """The process at the other end of our connection."""
    connection.ensure_connection()
    assert connection.connection is not None
    return int(connection.connection.info.backend_pid)


def told(found: list[Found], aims: Aims) -> dict[str, dict[str, float]]:
    """The figures of the largest size, and how much dearer each page is than at the smallest, round
    by round.
    """
    first, last = found[0], found[-1]
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


def _ceiling(name: str, aims: Aims, found: Found) -> str:
    """The yardstick of a page."""
    return aims[name][0] if name in aims else "top50" if "top50" in found else "one"


def show(found: Found, aims: Aims) -> None:
    print("    page            SQL   CPU ms   p50 ms   ratio  of what (aim)")
    for name, page in found.items():
        line = f"    {name:<14} {page.sql:>4} {page.cpu_ms:>8.2f} {page.p50_ms:>8.2f}"
        if name in aims:
            of, aim = aims[name]
            line += f"   {page.cpu_ms / found[of].cpu_ms:>5.2f}  {of} ({aim})"
        print(line, flush=True)
