"""bin/check [--style | --fix]: style, types, layers, migrations, settings and locks.

It runs all checks, then prints one table; the exit code is 1 if any failed. --style runs only the
formatters and linters, in seconds. --fix lets them repair what they can.
"""

import os
import re
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from launch import assets, environment, postgres, say
from launch.places import PYTHON, REQUIREMENTS, ROOT, VENV
from launch.prepared import throwaway
from launch.servers import with_role

Check = Callable[[], tuple[bool, str]]  # whether it passed, and what it printed
DJANGOFMT = VENV / "bin" / "djangofmt"
JINJA, JINJA2 = ("--profile", "jinja"), "templates/jinja2"
FUNDING = re.compile(r'^\s*"url": "[^"]*",?$')  # package-lock.json names addresses for donations


@dataclass(frozen=True)
class Outcome:
    name: str
    passed: bool
    seconds: float
    output: str


def main(argv: list[str]) -> int:
    if argv not in ([], ["--style"], ["--fix"]):
        say.line(__doc__)
        return 0 if argv[:1] in (["-h"], ["--help"]) else say.USAGE
    environment.ensure(environment.DEVELOPMENT)
    assets.ensure_development()
    if argv == ["--fix"]:
        return _report(_in_turn(_fixes()))
    if argv == ["--style"]:
        return _report(_at_once(_style()))
    with throwaway(postgres.THROWAWAY) as servers:
        environ = {**servers.environ("test"), "PYTHONPATH": str(ROOT)}
        return _report(
            _at_once(
                {
                    "types: mypy": _tool(environ, "-m", "mypy"),
                    **_style(),
                    "layers: import-linter": _tool(environ, str(VENV / "bin" / "lint-imports")),
                    "migrations: none missing": _manage(
                        environ, "makemigrations", "--check", "--dry-run"
                    ),
                    "settings: manage.py check": _manage(environ, "check"),
                    "locks: name no host": _locks_name_no_host,
                }
            )
        )


def _style() -> dict[str, Check]:
    environ = environment.plain_environ()
    return {
        "Python: ruff check": _tool(environ, "-m", "ruff", "check"),
        "Python: ruff format": _tool(environ, "-m", "ruff", "format", "--check"),
        "templates: djangofmt": _run(environ, str(DJANGOFMT), "--check", "."),
        "templates: djangofmt, Jinja2": _run(environ, str(DJANGOFMT), *JINJA, "--check", JINJA2),
        "CSS and JavaScript: Biome": _run(
            environ, str(assets.BIOME), "ci", "--error-on-warnings", "static"
        ),
    }


def _fixes() -> dict[str, Check]:
    """The tools that can repair files, in an order in which none undoes another's work."""
    environ = environment.plain_environ()
    return {
        "Python: ruff check": _tool(environ, "-m", "ruff", "check", "--fix"),
        "Python: ruff format": _tool(environ, "-m", "ruff", "format"),
        "templates: djangofmt": _run(environ, str(DJANGOFMT), "."),
        "templates: djangofmt, Jinja2": _run(environ, str(DJANGOFMT), *JINJA, JINJA2),
        "CSS and JavaScript: Biome": _run(environ, str(assets.BIOME), "check", "--write", "static"),
    }


def _at_once(checks: dict[str, Check]) -> list[Outcome]:
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return list(pool.map(_timed, checks.items()))


def _in_turn(checks: dict[str, Check]) -> list[Outcome]:
    return [_timed(named) for named in checks.items()]


def _report(outcomes: list[Outcome]) -> int:
    for outcome in outcomes:
        if not outcome.passed:
            say.line(f"\n{say.paint(outcome.name, 'bold')}\n{outcome.output.rstrip()}")
    say.line()
    for outcome in outcomes:
        verdict = say.paint("ok    ", "green") if outcome.passed else say.paint("FAILED", "red")
        say.line(f"{verdict}  {outcome.name:<28} {outcome.seconds:5.1f} s")
    return 0 if all(outcome.passed for outcome in outcomes) else 1


def _timed(named: tuple[str, Check]) -> Outcome:
    name, check = named
    began = time.monotonic()
    passed, output = check()
    return Outcome(name, passed, time.monotonic() - began, output)


def _tool(environ: dict[str, str], *arguments: str) -> Check:
    return _run(environ, str(PYTHON), *arguments)


def _run(environ: dict[str, str], *command: str) -> Check:
    def check() -> tuple[bool, str]:
        done = subprocess.run(
            command,
            env=environ,
            cwd=ROOT,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return done.returncode == 0, done.stdout

    return check


def _manage(environ: dict[str, str], *arguments: str) -> Check:
    return _tool(with_role(list(arguments), environ), str(ROOT / "manage.py"), *arguments)


def _locks_name_no_host() -> tuple[bool, str]:
    """A lock that names a host installs only from that host, on every machine."""
    named = []
    for lock in [*sorted(REQUIREMENTS.glob("*")), ROOT / "package-lock.json"]:
        for number, text in enumerate(lock.read_text().splitlines(), 1):
            if "://" in text and not (lock.suffix == ".json" and FUNDING.match(text)):
                named.append(f"{lock.relative_to(ROOT)}:{number}: {text.strip()}")
    return not named, "\n".join(named)
