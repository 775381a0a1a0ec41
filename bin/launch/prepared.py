"""A cluster with migrated databases, stored in .local/ for tests and measurements.

Migrating an empty database takes a minute of processor time, and starting from a copy a second. A
digest of everything that shapes a database names the folder. So a changed migration, right or
shipped file makes a new one.
"""

import hashlib
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from launch import environment, postgres, say
from launch.data import DataFolder
from launch.places import LOCAL, REQUIREMENTS, ROOT
from launch.servers import Servers, manage, python, started, throwaway_folder

PREPARED = LOCAL / "prepared"
MOST_STORED = 3  # as many branches may alternate
SOURCES = (
    "*/migrations/*.py",
    "*/*/migrations/*.py",
    "*/*/*/migrations/*.py",
    "*/sql/*.sql",
    "*/*/sql/*.sql",
    "core/*.py",
    "*/rights.py",
    "*/*/rights.py",
    "*/*/*/rights.py",
    "core/table_rights.py",
    "core/tenancy.py",
    "core/rendered_html.py",
    "core/markdown.py",
    "deploy/*.sql",
    # The initial state of tests.
    "tests/ground.py",
    "tests/ground_copy.sql",
    "sla/policy_files.py",
    "sla/policies/**/*",
    "contacts/course_files.py",
    "contacts/courses/**/*",
    "cases/knowledge/import_files.py",
    "cases/knowledge/content/**/*",
)
GROUND = "import django; django.setup(); from tests.ground import prepare; prepare()"


@contextmanager
def throwaway(settings: Mapping[str, str], *, durable: bool = False) -> Iterator[Servers]:
    """Servers in a temporary folder, with migrated databases."""
    cluster = ensure()
    with throwaway_folder() as data:
        _copy(cluster, data / "postgres")
        with started(data, settings, durable=durable) as servers:
            yield servers


def ensure() -> Path:
    """The folder of the prepared cluster for this code; created if missing."""
    with environment.exclusively():
        folder = PREPARED / digest()
        if not folder.exists():
            with say.step("Preparing a migrated database"):
                _make(folder)
        folder.touch()
        _forget_old()
        return folder


def digest() -> str:
    """A digest of everything that shapes a migrated database."""
    sha = hashlib.sha256()
    files = {file for pattern in SOURCES for file in ROOT.glob(pattern) if file.is_file()}
    for file in [*sorted(files), REQUIREMENTS / "base.txt", REQUIREMENTS / "trial.txt"]:
        if "__pycache__" not in file.parts:
            sha.update(f"{file.relative_to(ROOT)}\0".encode())
            sha.update(file.read_bytes())
    return sha.hexdigest()[:16]


def _make(folder: Path) -> None:
    with throwaway_folder() as data:
        with started(data, postgres.THROWAWAY) as servers:
            environ, log = servers.environ("test"), data.logs / "setup.log"
            manage(["migrate", "--noinput"], environ, log)
            python(["-c", GROUND], "the ground of the tests", environ, log)
        _store(data, folder)


def _store(data: DataFolder, folder: Path) -> None:
    unfinished = folder.with_suffix(".making")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    unfinished.parent.chmod(0o711)
    _copy(data / "postgres", unfinished)
    (unfinished / "postmaster.pid").unlink(missing_ok=True)
    unfinished.rename(folder)


def _copy(source: Path, target: Path) -> None:
    """Copy with owners and times; GNU's cp shares blocks if the file system can."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


def _forget_old() -> None:
    stored = sorted(PREPARED.glob("*"), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in stored[MOST_STORED:]:
        if time.time() - folder.stat().st_mtime > 3600:  # another run may be copying it
            shutil.rmtree(folder, ignore_errors=True)
