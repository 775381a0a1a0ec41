"""bin/check: style, types, layers, migrations, settings and locks. All run; one table; exit code 1 if any failed."""

import os
import re
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from launch import environment, postgres, say
from launch.places import PYTHON, REQUIREMENTS, ROOT, VENV
from launch.servers import throwaway, with_role

FUNDING = re.compile(r'^\s*"url": "[^"]*",?$')  # package-lock.json says where to give money to a project


@dataclass(frozen=True)
class Outcome:
    name: str
    passed: bool
    seconds: float
    output: str


def main(argv: list[str]) -> int:
    if argv:
        say.line(__doc__)
        return 0 if argv[0] in ("-h", "--help") else say.USAGE
    environment.ensure(environment.DEVELOPMENT)
    with throwaway(postgres.THROWAWAY) as servers:
        environ = {**servers.environ("test"), "PYTHONPATH": str(ROOT)}
        checks: dict[str, Callable[[], tuple[bool, str]]] = {
            "types: mypy": _tool(environ, "-m", "mypy"),
            "lint: ruff check": _tool(environ, "-m", "ruff", "check"),
            "format: ruff format": _tool(environ, "-m", "ruff", "format", "--check"),
            "layers: import-linter": _tool(environ, str(VENV / "bin" / "lint-imports")),
            "migrations: none missing": _manage(environ, "makemigrations", "--check", "--dry-run"),
            "settings: manage.py check": _manage(environ, "check"),
            "locks: name no host": _locks_name_no_host,
        }
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            outcomes = list(pool.map(_timed, checks.items()))
    for outcome in outcomes:
        if not outcome.passed:
            say.line(f"\n{say.paint(outcome.name, 'bold')}\n{outcome.output.rstrip()}")
    say.line()
    for outcome in outcomes:
        word = say.paint("ok    ", "green") if outcome.passed else say.paint("FAILED", "red")
        say.line(f"{word}  {outcome.name:<28} {outcome.seconds:5.1f} s")
    return 0 if all(outcome.passed for outcome in outcomes) else 1


def _timed(named: tuple[str, Callable[[], tuple[bool, str]]]) -> Outcome:
    name, check = named
    began = time.monotonic()
    passed, output = check()
    return Outcome(name, passed, time.monotonic() - began, output)


def _tool(environ: dict[str, str], *arguments: str) -> Callable[[], tuple[bool, str]]:
    def check() -> tuple[bool, str]:
        done = subprocess.run(
            [str(PYTHON), *arguments],
            env=environ,
            cwd=ROOT,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return done.returncode == 0, done.stdout

    return check


def _manage(environ: dict[str, str], *arguments: str) -> Callable[[], tuple[bool, str]]:
    return _tool(with_role(list(arguments), environ), str(ROOT / "manage.py"), *arguments)


def _locks_name_no_host() -> tuple[bool, str]:
    """A lock that names a host installs from that host only, wherever it is used."""
    named = []
    for lock in [*sorted(REQUIREMENTS.glob("*")), ROOT / "package-lock.json"]:
        for number, text in enumerate(lock.read_text().splitlines(), 1):
            if "://" in text and not (lock.suffix == ".json" and FUNDING.match(text)):
                named.append(f"{lock.relative_to(ROOT)}:{number}: {text.strip()}")
    return not named, "\n".join(named)
