"""Whether a trial's database matches this code, so that a start can skip the preparation.

To migrate a migrated database and load loaded data takes longer than the rest of a second start. A
stamp beside the database's files names the code that prepared it last.
"""

import hashlib
import json
from pathlib import Path

from launch.data import DataFolder
from launch.places import REQUIREMENTS, ROOT

SUFFIXES = {".py", ".sql", ".toml", ".md"}


def digest(*, demo: bool) -> str:
    """A digest of every product file that could change a database, and of whether it has the
    demo.
    """
    total = hashlib.sha256(str(demo).encode())
    packages = sorted(init.parent for init in ROOT.glob("*/__init__.py"))
    files = [file for package in packages for file in sorted(package.rglob("*"))]
    for file in [*files, *sorted(REQUIREMENTS.glob("*.txt"))]:
        if file.suffix in SUFFIXES or file.parent == REQUIREMENTS:
            total.update(f"{file.relative_to(ROOT)}\0".encode())
            total.update(file.read_bytes())
    return total.hexdigest()


def read(data: DataFolder, wanted: str) -> str | None:
    """The demo's accounts as they were printed; None unless this exact code prepared the
    database.
    """
    try:
        stamp = json.loads(_file(data).read_text())
        return str(stamp["logins"]) if stamp["digest"] == wanted else None
    except (OSError, ValueError, KeyError):
        return None


def write(data: DataFolder, digest: str, logins: str) -> None:
    """Record that the database is prepared, after every step has succeeded."""
    _file(data).write_text(json.dumps({"digest": digest, "logins": logins}))


def _file(data: DataFolder) -> Path:
    return data / "postgres" / "caretrack-prepared.json"
