"""Whether a trial's database is what this code would make of it, so that a start need not ask.

Migrating a database that is migrated, and loading what is loaded, takes longer than everything else
of a second start. A stamp beside the database's own files names the code that prepared it last.
"""

import hashlib
import json
from pathlib import Path

from launch.data import DataFolder
from launch.places import REQUIREMENTS, ROOT

SUFFIXES = {".py", ".sql", ".toml", ".md"}


def digest(*, demo: bool) -> str:
    """Of every file of the product that could change a database, and of whether it has the demo."""
    total = hashlib.sha256(str(demo).encode())
    packages = sorted(init.parent for init in ROOT.glob("*/__init__.py"))
    files = [file for package in packages for file in sorted(package.rglob("*"))]
    for file in [*files, *sorted(REQUIREMENTS.glob("*.txt"))]:
        if file.suffix in SUFFIXES or file.parent == REQUIREMENTS:
            total.update(f"{file.relative_to(ROOT)}\0".encode())
            total.update(file.read_bytes())
    return total.hexdigest()


def read(data: DataFolder, wanted: str) -> str | None:
    """The demo's log-ins as they were printed; None unless this very code prepared the database."""
    try:
        stamp = json.loads(_file(data).read_text())
        return str(stamp["logins"]) if stamp["digest"] == wanted else None
    except (OSError, ValueError, KeyError):
        return None


def write(data: DataFolder, digest: str, logins: str) -> None:
    """Remember that the database is prepared, once every step of it has ended well."""
    _file(data).write_text(json.dumps({"digest": digest, "logins": logins}))


def _file(data: DataFolder) -> Path:
    return data / "postgres" / "caretrack-prepared.json"
