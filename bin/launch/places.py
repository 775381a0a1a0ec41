"""Paths: the checkout, what the scripts write inside it, and the short folder for sockets."""

import hashlib
import os
import shutil
import stat
from pathlib import Path

from launch.say import LauncherError

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"
VENV = LOCAL / "venv"
PYTHON = VENV / "bin" / "python"
DATA = LOCAL / "data"
THROWAWAY = LOCAL / "throwaway"
BYTECODE = LOCAL / "bytecode"  # compiled modules, which would otherwise lie beside the sources
REQUIREMENTS = ROOT / "requirements"

# A socket's path has room for 107 bytes on Linux and 103 on macOS, and PostgreSQL's own name takes
# 22 of them.
LONGEST_SOCKET_FOLDER = 78


def is_root() -> bool:
    return os.geteuid() == 0


def can_be_entered_by_all(path: Path) -> bool:
    """Whether an unprivileged user can enter every folder down to `path`."""
    return all(
        folder.stat().st_mode & stat.S_IXOTH for folder in [path, *path.parents] if folder.is_dir()
    )


def socket_folder(data: Path) -> Path:
    """A folder for sockets with a short path that the servers' user can reach; created if
    missing.
    """
    folder = data / "run"
    reachable = not is_root() or can_be_entered_by_all(data)
    if len(os.fsencode(folder)) > LONGEST_SOCKET_FOLDER or not reachable:
        folder = _runtime_root() / f"caretrack-{os.geteuid()}-{_digest(data)}"
    folder.mkdir(mode=0o711 if is_root() else 0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise LauncherError(
            f"{folder} belongs to someone else; remove it, or use another folder with --data."
        )
    folder.chmod(0o711 if is_root() else 0o700)
    return folder


def forget_socket_folder(data: Path) -> None:
    """Remove the socket folder, so that nothing remains outside the data folder."""
    folder = socket_folder(data)
    if folder.parent != data:
        shutil.rmtree(folder, ignore_errors=True)


def _runtime_root() -> Path:
    """Prefer folders in which nobody else can create anything; /tmp is the last resort."""
    own = os.environ.get("XDG_RUNTIME_DIR", "")
    if is_root():
        choices = [Path("/run")]
    else:
        choices = [Path(own)] if own and len(own) < 40 else []
    for choice in choices:
        if choice.is_dir() and os.access(choice, os.W_OK | os.X_OK):
            return choice
    return Path("/tmp")


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:10]
