"""Twenty concurrent analysts, for two minutes: polling the queue, opening, taking, replying,
noting.

    bin/bench together [--json] [--quick] [--seconds N]

Each analyst is a thread with its own connection, through Django's test client under the product's
own middleware. No update may be lost: every successful answer is an event, and every event log is
intact. Nothing may deadlock or fail. The request times depend on the machine and on twenty threads
in one interpreter.
"""

import argparse
import json
import random
import statistics
import threading
import time
from collections import Counter

from bench import pages, volume  # sets Django up
from bench.console import readers

from django.conf import settings  # isort: skip
from django.db import connection

from cases.models import Case, CaseEvent
from core.tenancy import care_scope
from sla import policy_files

CASES, SHARED = 10_000, 40  # few shared cases, so that actions collide
DEEDS = {"answer": "answered", "note": "noted", "assignment": "taken"}


class Tally:
    """Counts of what happened, shared by all threads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.times: dict[str, list[float]] = {}
        self.answers: Counter[tuple[str, int]] = Counter()

    def add(self, what: str, status: int, seconds: float) -> None:
        with self.lock:
            self.times.setdefault(what, []).append(seconds * 1000)
            self.answers[what, status] += 1


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bin/bench together", description=__doc__)
    parser.add_argument(
        "--json", action="store_true", help="figures as one object on the last line"
    )
    parser.add_argument("--quick", action="store_true", help="ten seconds instead of two minutes")
    parser.add_argument("--seconds", type=int, help="how long (default: 120)")
    options = parser.parse_args(argv)
    seconds = options.seconds or (10 if options.quick else 120)
    settings.ROOT_URLCONF, settings.DEBUG = "bench.ceiling", False
    with care_scope():
        policy_files.load()
    volume.people()
    volume.load(CASES)
    with care_scope():
        first = CaseEvent.objects.order_by("-pk").values_list("pk", flat=True)[0]
        shared = list(
            Case.objects.filter(state="in_progress")
            .order_by("-pk")
            .values_list("number", flat=True)[:SHARED]
        )
        before = {case.number: case.event_count for case in Case.objects.filter(number__in=shared)}
    tally = Tally()
    threads = [
        threading.Thread(target=work, args=(reader, n, shared, time.monotonic() + seconds, tally))
        for n, reader in enumerate(readers(CASES))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return report(tally, first, before, seconds, as_json=options.json)


def work(reader: pages.Reader, seed: int, shared: list[int], until: float, tally: Tally) -> None:
    """One analyst: opens, polls, and acts on a case on which others act too."""
    chance = random.Random(seed)
    try:
        while time.monotonic() < until:
            number = chance.choice(shared)
            path = f"/console/cases/CT-{number:07d}/"
            what = chance.choices(
                ["poll", "queue", "case", "answer", "note", "assignment"], [8, 2, 3, 2, 2, 1]
            )[0]
            began = time.perf_counter()
            if what == "poll":
                answer = reader.client.get("/console/news/?since=1&shown=1")
            elif what in ("queue", "case"):
                answer = reader.client.get("/console/" if what == "queue" else path)
            else:
                answer = reader.client.post(f"{path}{what}/", {"text": f"Word {seed} {began}"})
            tally.add(what, answer.status_code, time.perf_counter() - began)
            connection.close()  # back to the pool, as a server does at the end of each request
    except Exception as error:  # a failure is a finding and does not stop the others
        tally.add(f"{type(error).__name__}: {error}"[:200], 599, 0.0)
    finally:
        connection.close()


def report(tally: Tally, first: int, before: dict[int, int], seconds: int, *, as_json: bool) -> int:
    """Compare the answers that the analysts got with the event logs, and print the result."""
    with care_scope():
        new = Counter(CaseEvent.objects.filter(pk__gt=first).values_list("verb", flat=True))
        cases = list(Case.objects.filter(number__in=before))
        written = sum(case.event_count for case in cases) - sum(before.values())
        torn = [
            case.code
            for case in cases
            if list(case.events.order_by("seq").values_list("seq", flat=True))
            != list(range(1, case.event_count + 1))
        ]
    done = {deed: tally.answers[deed, 302] for deed in DEEDS}
    lost = {deed: done[deed] - new[verb] for deed, verb in DEEDS.items() if done[deed] != new[verb]}
    errors = {f"{what} {status}": n for (what, status), n in tally.answers.items() if status >= 500}
    for what, times in sorted(tally.times.items()):
        statuses = {status: n for (name, status), n in tally.answers.items() if name == what}
        middle, slow = statistics.median(times), _p95(times)
        print(
            f"    {what:<11} {len(times):>6} p50 {middle:>7.1f} ms  p95 {slow:>7.1f} ms  {statuses}"
        )
    figures = {
        "seconds": seconds,
        "requests": sum(map(len, tally.times.values())),
        "errors": sum(errors.values()),
        "lost": sum(abs(n) for n in lost.values()),
        "torn_journals": len(torn),
        "events": written,
        "p95_ms": {what: round(_p95(times), 1) for what, times in tally.times.items()},
    }
    print(f"    {figures['requests']} requests, {written} events")
    print(f"    errors {errors or 0}, lost {lost or 0}, torn {torn or 0}")
    if as_json:
        print(json.dumps(figures))
    return 1 if errors or lost or torn else 0


def _p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)] if times else 0.0
