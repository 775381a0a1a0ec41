"""The portal at 10,000, 100,000 and 1,000,000 cases: contact's list, search, case page, filing.

    bin/bench portal [--json] [--quick] [--most N]

Requests go through Django's test client in this process, under the product's own middleware, as a log-in role that owns
nothing. CPU is that of this process plus that of the database's servers, so the client's own share is in every figure,
in the ceiling's too. The ceiling is measured in the same rounds: a logged-in view of 50 rows through a plain template,
and one of a single query (`bench/ceiling.py`). Ratios count, absolute times depend on the machine.
"""

import argparse
import itertools
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import django

os.environ["CARETRACK_LOG_LEVEL"] = (
    "WARNING"  # a line for each request, in the ceiling's pages as well, says nothing here
)
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from bench import volume  # noqa: E402
from caretrack.middleware import SESSION_KEY  # noqa: E402
from cases import search  # noqa: E402
from contacts.models import User  # noqa: E402
from contacts.tenancy import care_scope, organisation_scope  # noqa: E402
from sla import policyfile  # noqa: E402

SIZES, QUICK = (10_000, 100_000, 1_000_000), (1_000, 10_000)
READERS = 20
NOT_COUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
TICK = 1 / 100  # seconds of one unit in /proc/…/stat
# Each page's yardstick, and how many of it the page may cost.
AIMS = {
    "list": ("top50", 1.0), "search": ("top50", 1.6), "search_common": ("top50", 3.2), "case": ("one", 4.0),
    "filing_page": ("one", 2.7), "filing": ("one", 2.7),
}  # fmt: skip
FILED = {
    "title": "Calls drop after thirty seconds", "description": "Every call, since this morning.", "area": "Voice",
    "function_down": "no", "workaround": "yes", "degraded": "severely", "priority": "3",
}  # fmt: skip


@dataclass
class Measured:
    """One page at one size: statements, and per round the CPU and the time of a request in milliseconds."""

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
    """A contact who is logged in, with some of their cases."""

    user: User
    client: Client
    cases: Iterator[str]
    site: int


def main(argv: list[str]) -> int:
    options = parsed(argv)
    settings.ROOT_URLCONF = "bench.ceiling"
    settings.DEBUG = False
    sizes = QUICK if options.quick else tuple(size for size in SIZES if size <= options.most)
    rounds, each = (3, 15) if options.quick else (9, 40)
    with care_scope():
        policyfile.load()
    volume.people()
    found: dict[int, dict[str, Measured]] = {}
    loads, raw = 0.0, 0.0
    for size in sizes:
        loaded = volume.load(size)
        loads += loaded.seconds
        print(f"{size:>9,} cases are there after {loads:.0f} s of loading", flush=True)
        found[size] = measure(readers(size), rounds, each, size)
        raw = search_ratio(size)
        show(found[size])
        print(f"    search in the database: {raw:.1f} times the raw search without row-level security (aim 10)")
    figures = {"pages": told(found), "search_ratio_raw": round(raw, 2), "load_s": round(loads, 1), "cases": sizes[-1]}
    for name, page in figures["pages"].items():  # type: ignore[attr-defined]
        print(f"{name:<14} growth {page['growth']:.2f} from {sizes[-2 if len(sizes) < 3 else 0]:,} to {sizes[-1]:,}")
    if options.json:
        print(json.dumps(figures))
    return 0


def parsed(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench portal", description=__doc__)
    parser.add_argument("--json", action="store_true", help="figures and ratios as one object on the last line")
    parser.add_argument("--quick", action="store_true", help="1,000 and 10,000 cases: ends within a minute")
    parser.add_argument("--most", type=int, default=SIZES[-1], help="the largest number of cases")
    return parser.parse_args(argv)


def readers(size: int) -> list[Reader]:
    """Contacts of several organisations, each with a session as a log-in leaves it."""
    with care_scope():
        users = list(
            User.objects.filter(role="contact").order_by("organisation_id", "id")[:: volume.CONTACTS][:READERS]
        )
        made = []
        for user in users:
            client = Client(headers={"host": "127.0.0.1"}, raise_request_exception=True)
            client.force_login(user)
            session = client.session
            session[SESSION_KEY] = user.organisation_id
            session.save()
            with connection.cursor() as cursor:
                cursor.execute(
                    """SELECT number FROM cases_case WHERE organisation_id = %s
                       ORDER BY state = 'closed', id DESC LIMIT 200""",
                    [user.organisation_id],
                )
                codes = [f"CT-{number:07d}" for (number,) in cursor.fetchall()]
            made.append(Reader(user, client, itertools.cycle(codes), user.site_id or 0))
    return made


def calls(size: int) -> dict[str, Callable[[Reader], Any]]:
    """What is measured: a name, and the request."""
    rare = f"serial{size // 2000:07d}"
    return {
        "top50": lambda r: r.client.get("/bench/top50/"),
        "one": lambda r: r.client.get("/bench/one/"),
        "list": lambda r: r.client.get("/portal/cases/"),
        "search": lambda r: r.client.get(f"/portal/cases/?state=all&q={rare}"),
        "search_common": lambda r: r.client.get(f"/portal/cases/?state=all&q={volume.COMMON}"),
        "case": lambda r: r.client.get(f"/portal/cases/{next(r.cases)}/"),
        "filing_page": lambda r: r.client.get("/portal/cases/new/"),
        "filing": lambda r: r.client.post("/portal/cases/new/", {**FILED, "site": r.site}),
    }


def measure(people: list[Reader], rounds: int, each: int, size: int) -> dict[str, Measured]:
    """Every page in each round, so that a busy moment of the machine strikes all alike."""
    asked = calls(size)
    found = {name: Measured(sql=statements(call, people[0])) for name, call in asked.items()}
    for name, call in asked.items():
        for reader in people:
            answer = call(reader)
            assert answer.status_code == (302 if name == "filing" else 200), (name, answer.status_code)
    turn = itertools.cycle(people)
    for _ in range(rounds):
        for name, call in asked.items():
            before, times = cpu(), []
            for _ in range(each):
                started = time.perf_counter()
                call(next(turn))
                times.append((time.perf_counter() - started) * 1000)
            found[name].cpu.append((cpu() - before) * 1000 / each)
            found[name].times.append(statistics.median(times))
    return found


def statements(call: Callable[[Reader], Any], reader: Reader) -> int:
    """The SQL of one request, everything but transactions themselves, once the process is warm."""
    call(reader)
    with CaptureQueriesContext(connection) as seen:
        call(reader)
    return sum(not query["sql"].startswith(NOT_COUNTED) for query in seen.captured_queries)


def cpu() -> float:
    """Seconds of CPU: this process and every server process of the database that serves it."""
    return time.process_time() + sum(_of_process(pid) for pid in _servers())


def _servers() -> list[int]:
    with care_scope(), connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return [pid for (pid,) in cursor.fetchall()]


def _of_process(pid: int) -> float:
    try:
        told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(told[11]) + int(told[12])) * TICK


def search_ratio(size: int) -> float:
    """Our search under row-level security beside a plain GIN search without: time in the database, interleaved."""
    rare = f"serial{size // 2000:07d}"
    asked = search.Asked.of(rare)
    sql, params = asked.tsquery
    with care_scope():
        user = User.objects.filter(role="contact").order_by("organisation_id", "id").first()
    assert user is not None
    raw, ours = [], []
    raw_sql = f"""SELECT case_id FROM (SELECT case_id FROM cases_casesearch
        WHERE organisation_id = {user.organisation_id} AND words @@ {sql} OFFSET 0) AS hits
        ORDER BY case_id DESC LIMIT 25"""
    for _ in range(60):
        with care_scope():  # a policy of «true»: no barrier, the plain plan
            raw.append(_time_of(raw_sql, params))
        with organisation_scope(user.organisation_id or 0):
            ours.append(_time_of(f"SELECT case_id FROM search_cases({sql})", params))
    return statistics.median(ours) / statistics.median(raw)


def _time_of(sql: str, params: list[str]) -> float:
    with connection.cursor() as cursor:
        started = time.perf_counter()
        cursor.execute(sql, params)
        cursor.fetchall()
        return time.perf_counter() - started


def told(found: dict[int, dict[str, Measured]]) -> dict[str, dict[str, float]]:
    """The figures of the largest size, and how much dearer each page is than at the smallest."""
    first, last = found[min(found)], found[max(found)]
    return {
        name: {
            "sql": page.sql, "cpu_ms": round(page.cpu_ms, 2), "p50_ms": round(page.p50_ms, 2),
            "cpu_ratio_ceiling": round(page.cpu_ms / last[AIMS[name][0] if name in AIMS else "top50"].cpu_ms, 2),
            "growth": round(page.cpu_ms / first[name].cpu_ms, 2),
        }
        for name, page in last.items()
    }  # fmt: skip


def show(found: dict[str, Measured]) -> None:
    print("    page            SQL   CPU ms   p50 ms   ratio  of what (aim)")
    for name, page in found.items():
        line = f"    {name:<14} {page.sql:>4} {page.cpu_ms:>8.2f} {page.p50_ms:>8.2f}"
        if name in AIMS:
            of, aim = AIMS[name]
            line += f"   {page.cpu_ms / found[of].cpu_ms:>5.2f}  {of} ({aim})"
        print(line, flush=True)
