"""bin/test [--no-browser | --browser-only] [pytest arguments]: all tests, in parallel, with servers
of their own.

--no-browser skips the tests that need Chromium, --browser-only runs only these. All other arguments
go to pytest, such as tests/cases -k merge -x. pytest runs one process more than the machine has
cores, unless the arguments set a number of processes or a debugger. The tests' databases are copies
of a migrated one in .local/prepared, which is made again after a change of a migration.
"""

import os
import shutil
import subprocess
from itertools import pairwise

from launch import assets, environment, foreground, postgres, say
from launch.places import PYTHON, ROOT
from launch.prepared import throwaway
from launch.say import LauncherError

# The headless shell is Chromium without windows. It takes a third less processor time.
BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
OWN = ("--no-browser", "--browser-only")
ONE_PROCESS = (
    "-n",
    "--numprocesses",
    "--pdb",
    "--trace",
    "--collect-only",
    "--co",
    "--markers",
    "--fixtures",
    "--version",
)


def main(argv: list[str]) -> int:
    if argv in (["-h"], ["--help"]):
        say.line(__doc__)
        return 0
    with_browser, only_browser = "--no-browser" not in argv, "--browser-only" in argv
    arguments = [_absolute_if_here(argument) for argument in argv if argument not in OWN]
    if only_browser:
        arguments += ["-m", "browser"]
    environment.ensure(environment.DEVELOPMENT)
    assets.ensure_development()
    if not any(argument.startswith(ONE_PROCESS) for argument in arguments):
        # Some tests wait for servers that are killed or hang, so one process more uses the cores.
        processes = len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else "auto"
        arguments = ["-n", str(processes), "--dist", "worksteal", *arguments]
    with throwaway(postgres.THROWAWAY) as servers:
        environ = servers.environ("test")
        environ["CARETRACK_AXE"] = str(assets.AXE)
        environ["CARETRACK_TEST_TEMPLATE"] = postgres.DATABASE
        environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
            "1"  # Playwright's blocking interface runs an event loop in the test's thread
        )
        if with_browser:
            _find_browser(arguments, environ)
        else:
            arguments += ["-m", "not browser"]
        return foreground.run([str(PYTHON), "-m", "pytest", *arguments], environ, cwd=ROOT)


def _absolute_if_here(argument: str) -> str:
    """The absolute path of a file in the caller's folder, because pytest runs at the top of the
    checkout.
    """
    path, separator, rest = argument.partition("::")
    if path and not path.startswith("-") and not (ROOT / path).exists() and os.path.exists(path):
        return os.path.abspath(path) + separator + rest
    return argument


def _find_browser(arguments: list[str], environ: dict[str, str]) -> None:
    chromium = environ.get("CARETRACK_CHROMIUM") or next(
        filter(None, map(shutil.which, BROWSERS)), None
    )
    if chromium is None and _some_need_a_browser(arguments, environ):
        chromium = _browser_of_playwright(environ)
    if chromium:
        environ["CARETRACK_CHROMIUM"] = chromium


def _some_need_a_browser(arguments: list[str], environ: dict[str, str]) -> bool:
    """Whether the chosen tests need a browser. Collecting takes seconds, so it runs only without a
    browser.
    """
    chosen = [after for before, after in pairwise(arguments) if before == "-m"]
    marks = " and ".join(["browser", *(f"({expression})" for expression in chosen)])
    query = [
        str(PYTHON),
        "-m",
        "pytest",
        "--collect-only",
        "--quiet",
        *arguments,
        "-n",
        "0",
        "-m",
        marks,
    ]
    done = subprocess.run(query, env=environ, cwd=ROOT, capture_output=True, text=True, check=False)
    nothing_collected = 5
    return done.returncode != nothing_collected


def _browser_of_playwright(environ: dict[str, str]) -> str:
    with say.step("Installing Playwright's Chromium"):
        subprocess.run(
            [str(PYTHON), "-m", "playwright", "install", "chromium"],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    where = (
        "from playwright.sync_api import sync_playwright as s\nwith s() as p: "
        "print(p.chromium.executable_path)"
    )
    done = subprocess.run(
        [str(PYTHON), "-c", where], env=environ, capture_output=True, text=True, check=False
    )
    path = done.stdout.strip()
    if not path or not os.access(path, os.X_OK):
        raise LauncherError(
            "No Chromium was found: install the package chromium (apt install "
            "chromium), or use --no-browser."
        )
    return path
