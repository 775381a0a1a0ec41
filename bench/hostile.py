"""What one hostile customer can do to everybody else: `/healthz` and Care's queue under load.

    bin/bench hostile [--json] [--quick]

A real web of two processes answers. One contact and their API token send sixteen concurrent
requests: texts of 64,000 brackets and views of them, searches of thousands of terms, requests of a
thousand parameters, concurrent uploads, and evidence packs. Meanwhile two probes request `/healthz`
and the queue, one request after the other. The output shows medians as ratios to the same probes
without load.
"""

import argparse
import http.client
import io
import json
import os
import random
import secrets
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from contacts.models import ApiToken, Role, User  # noqa: E402
from core.tenancy import auth_scope, care_scope  # noqa: E402
from sla import policy_files  # noqa: E402
from tests import cast  # noqa: E402

AT_ONCE, SECONDS, QUICK_SECONDS = 16, 12, 2
ROWS = 60  # more cases than a page of the queue shows, so that filing more does not make it longer
Call = tuple[str, str, dict[str, str], bytes]  # method, path, headers, body


class Web:
    """The product as it is served, on its own port."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        granian = [
            sys.executable,
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--workers",
            "2",
            "--no-ws",
        ]
        granian += [
            "--blocking-threads",
            "16",
            "--workers-kill-timeout",
            "5",
            "--host",
            "127.0.0.1",
        ]
        self.process = subprocess.Popen(
            [*granian, "--port", str(self.port), "caretrack.wsgi:application"],
            env={**os.environ, "CARETRACK_API_RATE": "100000/min"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def ask(self, call: Call, timeout: float = 60) -> int:
        method, path, headers, body = call
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    def wait(self) -> None:
        for _attempt in range(300):
            try:
                if self.ask(("GET", "/healthz", {}, b"")) == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("The web did not start.")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@dataclass(frozen=True)
class Measured:
    """Milliseconds of each probe, the answers to the load, and the probes that did not get a
    200.
    """

    times: dict[str, list[float]]
    answers: Counter[int]
    refused: Counter[tuple[str, int]]

    def compared(self, idle: "Measured") -> dict[str, Any]:
        probes = {
            name: {
                "ratio": round(statistics.median(times) / statistics.median(idle.times[name]), 1),
                "worst_ms": round(max(times)),
            }
            for name, times in self.times.items()
        }
        answers = {str(status): count for status, count in sorted(self.answers.items())}
        refused = {f"{name} {status}": count for (name, status), count in self.refused.items()}
        return {"probes": probes, "answers": answers, "refused": refused}


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bin/bench hostile", description=__doc__)
    parser.add_argument(
        "--json", action="store_true", help="figures as one object on the last line"
    )
    parser.add_argument("--quick", action="store_true", help="two seconds a load instead of twelve")
    options = parser.parse_args(argv)
    web, figures = Web(), {}
    try:
        probes, loads = prepare(web)
        idle = measure(web, probes, [], QUICK_SECONDS if options.quick else SECONDS)
        for name, calls in loads.items():
            seconds = QUICK_SECONDS if options.quick else SECONDS
            figures[name] = measure(web, probes, calls, seconds).compared(idle)
    finally:
        web.stop()
    idle_ms = {probe: round(statistics.median(times), 1) for probe, times in idle.times.items()}
    show(idle_ms, figures)
    if options.json:
        print(json.dumps({"idle_ms": idle_ms, "loads": figures}))
    return 0


def prepare(web: Web) -> tuple[dict[str, Call], dict[str, list[Callable[[], Call]]]]:
    """Create people, a case with hostile texts, and the requests of each load."""
    with care_scope():
        policy_files.load()
        ana = cast.contact(
            cast.organisation(f"h-{secrets.token_hex(3)}", "Hostile"), "Ana", _address()
        )
        kim = cast.care("Kim", _address(), Role.ANALYST)
        until = timezone.now() + timedelta(hours=1)
        _row, text = ApiToken.issue(
            ana, name="b", scopes=["cases:read", "cases:write"], expires_at=until
        )
        case = cast.file(ana, description="[" * 64_000)
        for _number in range(ROWS):
            cast.file(ana)
    web.wait()
    token = {"Authorization": f"Bearer {text}", "Content-Type": "application/json"}
    contact, analyst = _cookies(ana), _cookies(kim)
    filing = {
        "title": "x",
        "description": "[" * 64_000,
        "function_down": False,
        "workaround": True,
        "degraded": "partly",
    }
    too_long = json.dumps({**filing, "description": "[" * 300_000}).encode()
    words = urlencode({"state": "all", "q": " ".join(f"w{n}" for n in range(1_500))})
    many = urlencode([(f"f{n}", "x") for n in range(1_000)])
    chance = random.Random(1)

    def uploads() -> Call:
        body, kind = _file(chance.randbytes(500_000))
        return ("POST", "/portal/evidence/", {**contact, "Content-Type": kind}, body)

    probes: dict[str, Call] = {
        "/healthz": ("GET", "/healthz", {}, b""),
        "queue": ("GET", "/console/", analyst, b""),
    }
    return probes, {
        "long texts are filed": [
            lambda: ("POST", "/api/v1/cases/", token, json.dumps(filing).encode())
        ],
        "texts over the limit": [lambda: ("POST", "/api/v1/cases/", token, too_long)],
        "a poisoned case is viewed": [lambda: ("GET", f"/portal/cases/{case.code}/", contact, b"")],
        "searches of many words": [lambda: ("GET", f"/portal/cases/?{words}", contact, b"")],
        "a thousand parameters": [lambda: ("GET", f"/portal/cases/?{many}", contact, b"")],
        "uploads at once": [uploads],
        "evidence packs": [lambda: ("GET", f"/cases/{case.code}/evidence-pack/", contact, b"")],
        "log-ins": [lambda: ("GET", "/accounts/login/", {}, b"")],
    }


def _address() -> str:
    return f"{secrets.token_hex(6)}@bench.example"


def _cookies(person: User) -> dict[str, str]:
    client = Client()
    with auth_scope():
        client.force_login(person)
    csrf = secrets.token_hex(16)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return {
        "Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; csrftoken={csrf}",
        "X-CSRFToken": csrf,
    }


def _file(content: bytes) -> tuple[bytes, str]:
    boundary, body = secrets.token_hex(16), io.BytesIO()
    body.write(
        (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.log"\r\n\r\n'
        ).encode()
    )
    body.write(content.hex().encode())
    body.write(f"\r\n--{boundary}--\r\n".encode())
    return body.getvalue(), f"multipart/form-data; boundary={boundary}"


def measure(
    web: Web, probes: dict[str, Call], load: list[Callable[[], Call]], seconds: float
) -> Measured:
    """Send the probes in turn while the load runs."""
    until, answers, lock = time.monotonic() + seconds, Counter[int](), threading.Lock()

    def attack(make: Callable[[], Call]) -> None:
        while time.monotonic() < until:
            status = web.ask(make())
            with lock:
                answers[status] += 1

    threads = [
        threading.Thread(target=attack, args=(load[n % len(load)],))
        for n in range(AT_ONCE if load else 0)
    ]
    for thread in threads:
        thread.start()
    times: dict[str, list[float]] = {name: [] for name in probes}
    refused: Counter[tuple[str, int]] = Counter()
    while time.monotonic() < until:
        for name, call in probes.items():
            began = time.perf_counter()
            status = web.ask(call)
            times[name].append((time.perf_counter() - began) * 1000)
            if status != 200:
                with lock:
                    refused[name, status] += 1
        time.sleep(0.05)
    for thread in threads:
        thread.join()
    return Measured(times, answers, refused)


def show(idle: dict[str, float], figures: dict[str, Any]) -> None:
    print("idle: " + ", ".join(f"{name} {ms} ms" for name, ms in idle.items()))
    for name, figure in figures.items():
        probes = [
            f"{probe} {one['ratio']}x (worst {one['worst_ms']} ms)"
            for probe, one in figure["probes"].items()
        ]
        print(
            f"{name:28} {', '.join(probes)}; load answered {figure['answers']}; "
            f"refused {figure['refused']}"
        )
