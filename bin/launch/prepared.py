"""A cluster whose databases are migrated already, kept in .local/ for tests and measurements.

Migrating an empty database takes a minute of processor time, and starting from a copy a second. The
copy is of the same code: its folder is named by a digest of everything that makes a database what
it is, so a changed migration, right or shipped file makes a new one.
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
KEPT = 3  # branches that are worked on in turn
MADE_OF = (
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
    # What tests begin with.
    "tests/ground.py",
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
    """Servers of one's own in a throwaway folder, whose databases are migrated."""
    cluster = ensure()
    with throwaway_folder() as data:
        _copy(cluster, data / "postgres")
        with started(data, settings, durable=durable) as servers:
            yield servers


def ensure() -> Path:
    """The folder of the prepared cluster for this code; made when it is missing."""
    with environment.exclusively():
        folder = PREPARED / digest()
        if not folder.exists():
            with say.step("Preparing a migrated database"):
                _make(folder)
        folder.touch()
        _forget_old()
        return folder


def digest() -> str:
    """Of everything that makes a migrated database what it is."""
    made = hashlib.sha256()
    files = {file for pattern in MADE_OF for file in ROOT.glob(pattern) if file.is_file()}
    for file in [*sorted(files), REQUIREMENTS / "base.txt", REQUIREMENTS / "trial.txt"]:
        if "__pycache__" not in file.parts:
            made.update(f"{file.relative_to(ROOT)}\0".encode())
            made.update(file.read_bytes())
    return made.hexdigest()[:16]


def _make(folder: Path) -> None:
    with throwaway_folder() as data:
        with started(data, postgres.THROWAWAY) as servers:
            environ, log = servers.environ("test"), data.logs / "setup.log"
            manage(["migrate", "--noinput"], environ, log)
            python(["-c", GROUND], "the ground of the tests", environ, log)
        _keep(data, folder)


def _keep(data: DataFolder, folder: Path) -> None:
    half_made = folder.with_suffix(".making")
    shutil.rmtree(half_made, ignore_errors=True)
    half_made.parent.mkdir(parents=True, exist_ok=True)
    half_made.parent.chmod(0o711)
    _copy(data / "postgres", half_made)
    (half_made / "postmaster.pid").unlink(missing_ok=True)
    half_made.rename(folder)


def _copy(source: Path, target: Path) -> None:
    """With owners and times; GNU's cp shares blocks where the file system can."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


def _forget_old() -> None:
    kept = sorted(PREPARED.glob("*"), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in kept[KEPT:]:
        if time.time() - folder.stat().st_mtime > 3600:  # another run may be copying it
            shutil.rmtree(folder, ignore_errors=True)
