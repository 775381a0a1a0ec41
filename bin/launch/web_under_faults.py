"""Response times of the real web while all is well, while the broker hangs and while the mail
server hangs.
"""

import json
import socket
import statistics
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from launch import say
from launch.hang import hanging
from launch.places import PYTHON, ROOT
from launch.say import LauncherError
from launch.servers import Servers, manage

CONTACT, ANALYST = "ana@nordlicht.example", "kim@care.example"  # of the demo
# healthy and hung in turn, so that a busy moment of the machine affects both
ROUNDS = 2
CONDITIONS = ("healthy", "broker hangs", "mail hangs")
Samples = dict[str, dict[str, list[float]]]  # by condition and kind of request, in seconds


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def environ(servers: Servers, mail_port: int, web_port: int) -> dict[str, str]:
    """A trial's environment, with an external mail server and an API limit that a measurement does
    not reach.
    """
    own = {
        "CARETRACK_EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
        "CARETRACK_API_RATE": "100000/min",
    }
    return {**servers.environ("trial", web_port), **own, "PYTHONPATH": str(ROOT)}


def measure(
    servers: Servers, environ: dict[str, str], web_port: int, *, requests: int
) -> dict[str, Any]:
    """Medians, ratios and worst times of each kind of request, in milliseconds, and every answer
    that was wrong.
    """
    token = _token(servers, environ)
    argv = [str(PYTHON), "-m", "tests.faults.web", "--port", str(web_port), "--token", token]
    argv += ["--contact", CONTACT, "--analyst", ANALYST, "--requests", str(-(-requests // ROUNDS))]
    samples: Samples = {condition: defaultdict(list) for condition in CONDITIONS}
    wrong: list[str] = []
    _run_client(argv, environ)  # not counted: every process reads and compiles its templates once
    for _round in range(ROUNDS):
        for condition in CONDITIONS:
            with say.step(f"Measuring: {condition}"), _condition(servers, condition):
                result = _run_client(argv, environ)
            for kind, seconds in result["seconds"].items():
                samples[condition][kind] += seconds
            wrong += [f"{condition}: {answer}" for answer in result["wrong"]]
    return {**_figures(samples), "wrong_answers": wrong}


def report(figures: dict[str, Any], *, as_json: bool) -> int:
    """A table for people, and one object for programs. Returns 1 if an answer was wrong."""
    say.line(
        f"{'median ms (ratio, worst)':<26}"
        + "".join(f"{condition:>26}" for condition in CONDITIONS)
    )
    for kind, by_condition in figures["medians_ms"].items():
        cells = [
            (
                f"{by_condition[condition]:.0f} ({figures['ratios'][kind][condition]:.2f}, "
                f"{figures['worst_ms'][kind][condition]:.0f})"
            )
            for condition in CONDITIONS
        ]
        say.line(f"{kind:<26}" + "".join(f"{cell:>26}" for cell in cells))
    for answer in figures["wrong_answers"][:50]:
        say.line(f"  {answer}")
    if as_json:
        say.line(json.dumps(figures))
    return 1 if figures["wrong_answers"] else 0


def _token(servers: Servers, environ: Mapping[str, str]) -> str:
    argv = ["issue_token", CONTACT, "--name", "measurement", "--scope", "cases:read", "--days", "1"]
    return manage(argv, environ, servers.data.logs / "setup.log").splitlines()[-1].strip()


def _condition(servers: Servers, condition: str) -> AbstractContextManager[None]:
    name = condition.removesuffix(" hangs")
    one = next((one for one in servers.supervisor.running if one.child.name == name), None)
    return nullcontext() if one is None else hanging(one.process.pid)


def _run_client(argv: list[str], environ: Mapping[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        argv, env=dict(environ), cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LauncherError("The web was not measured to the end.", details=done.stderr[-3000:])
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _figures(samples: Samples) -> dict[str, Any]:
    medians: dict[str, dict[str, float]] = {}
    ratios: dict[str, dict[str, float]] = {}
    worst: dict[str, dict[str, float]] = {}
    for kind in samples["healthy"]:
        seconds = {condition: samples[condition][kind] for condition in CONDITIONS}
        medians[kind] = {
            one: round(statistics.median(taken) * 1000, 1) for one, taken in seconds.items()
        }
        worst[kind] = {one: round(max(taken) * 1000, 1) for one, taken in seconds.items()}
        ratios[kind] = {
            one: round(value / medians[kind]["healthy"], 2) for one, value in medians[kind].items()
        }
    return {"medians_ms": medians, "ratios": ratios, "worst_ms": worst}
