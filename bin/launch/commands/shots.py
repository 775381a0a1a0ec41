"""bin/shots [--to DIR] [--tour] [--port N] [NAME …]: pictures of the pages, from a fresh demo with
its own servers.

Each page is taken in both themes, 1440 and 390 px wide. Names select pages; without one all are
taken. --tour updates the pictures in docs/shots that README and documents show.
"""

import argparse
import os
import re
import shutil
from pathlib import Path

from launch import assets, environment, foreground, postgres, say
from launch.commands import test, up
from launch.places import LOCAL, PYTHON, ROOT
from launch.prepared import throwaway
from launch.say import LauncherError
from launch.servers import manage, manage_all

PICTURE = re.compile(r"shots/([\w-]+\.png)")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bin/shots", description=__doc__)
    parser.add_argument(
        "--to", type=Path, default=LOCAL / "shots", help="folder (default: .local/shots)"
    )
    parser.add_argument("--tour", action="store_true", help="update the pictures of the documents")
    parser.add_argument(
        "--port",
        type=int,
        default=8140,
        help="port on this machine's loopback address while it runs",
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="pages to take, such as portal-case"
    )
    wanted = parser.parse_args(argv)
    environment.ensure(environment.DEVELOPMENT)
    assets.ensure()
    browser = os.environ.get("CARETRACK_CHROMIUM") or next(
        filter(None, map(shutil.which, test.BROWSERS)), None
    )
    if browser is None:
        raise LauncherError(
            "No Chromium was found: install the package chromium (apt install chromium)."
        )
    with throwaway(postgres.THROWAWAY) as servers:
        environ = servers.environ("trial", wanted.port)
        log = servers.data.logs / "setup.log"
        with say.step("Loading a fresh demo"):
            manage(["migrate", "--noinput"], environ, log)
            manage_all(["load_policy", "load_course", "load_help", "load_demo"], environ, log)
        with say.step("Starting web and worker"):
            servers.supervisor.start(*up.product(servers.data, environ, wanted.port))
        environ |= {"CARETRACK_CHROMIUM": browser, "PYTHONPATH": str(ROOT / "bin")}
        run = [str(PYTHON), "-m", "launch.shooting", str(wanted.to.resolve()), *wanted.names]
        code = foreground.run(run, environ, cwd=ROOT)
    if code == 0 and wanted.tour:
        _renew(wanted.to)
    return code


def _renew(taken: Path) -> None:
    """Copy the pictures that documents name, and remove those that no document names."""
    shown = ROOT / "docs" / "shots"
    documents = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    named = {name for text in documents for name in PICTURE.findall(text.read_text("utf-8"))}
    for name in sorted(named):
        if (taken / name).exists():
            shutil.copy(taken / name, shown / name)
    for old in shown.glob("*.png"):
        if old.name not in named:
            old.unlink()
