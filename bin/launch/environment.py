"""The Python environment in .local/venv, installed by hash from the locks in requirements/."""

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from launch import say
from launch.places import LOCAL, PYTHON, REQUIREMENTS, ROOT, VENV
from launch.say import LauncherError

TRIAL = ("base", "trial")  # what the product and its embedded servers need
DEVELOPMENT = ("base", "trial", "dev")

STAMP = VENV / "installed.json"
ROOM_MB = {TRIAL: 700, DEVELOPMENT: 1500}


def ensure(sets: tuple[str, ...]) -> None:
    """Install at least these sets. If they are there, it takes a few milliseconds."""
    with exclusively():
        stamp = _read_stamp()
        there = stamp.get("sets", [])
        wanted = tuple(name for name in DEVELOPMENT if name in sets or name in there)
        if stamp == _stamp_for(wanted):
            return
        _need_room(ROOM_MB[TRIAL if wanted == TRIAL else DEVELOPMENT])
        if not _is_ours(stamp):
            _make_venv()
        with say.step("Installing Python packages by hash"):
            _install(wanted)
        STAMP.write_text(json.dumps(_stamp_for(wanted)))


def plain_environ() -> dict[str, str]:
    """For programs of the environment that need no server."""
    return {
        **os.environ,
        "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
    }


def install_into(folder: Path, lock: str) -> None:
    """Install one lock into a plain folder, apart from the environment."""
    _uv(
        "pip",
        "install",
        "--target",
        str(folder),
        "--require-hashes",
        "--no-deps",
        "-r",
        str(_lock(lock)),
    )


@contextmanager
def exclusively() -> Iterator[None]:
    """A lock: only one script at a time changes .local/, and the next one waits."""
    try:
        LOCAL.mkdir(exist_ok=True)
        handle = (LOCAL / "lock").open("w")
    except PermissionError:
        raise LauncherError(
            f"{ROOT} cannot be written to by this user; clone CareTrack to a folder of your own."
        ) from None
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _lock(name: str) -> Path:
    return REQUIREMENTS / f"{name}.txt"


def _read_stamp() -> dict[str, Any]:
    try:
        stamp: dict[str, Any] = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if _is_ours(stamp) else {}


def _is_ours(stamp: dict[str, Any]) -> bool:
    """A checkout that was moved, or a Python that was replaced, needs a new environment."""
    return (
        stamp.get("venv") == str(VENV)
        and stamp.get("python") == os.path.realpath(PYTHON)
        and PYTHON.exists()
    )


def _stamp_for(sets: tuple[str, ...]) -> dict[str, Any]:
    digest = hashlib.sha256(b"".join(_lock(name).read_bytes() for name in sets)).hexdigest()
    return {
        "venv": str(VENV),
        "python": os.path.realpath(PYTHON),
        "sets": list(sets),
        "locks": digest,
    }


def _need_room(megabytes: int) -> None:
    free = shutil.disk_usage(LOCAL).free // 1_000_000
    if free < megabytes:
        raise LauncherError(
            f"Not enough disk space: {LOCAL} needs about {megabytes} MB, and {free} MB are free."
        )


def _make_venv() -> None:
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise _missing_venv()
    with say.step("Creating a Python environment in .local/venv"):
        created = _run([sys.executable, "-m", "venv", "--clear", str(VENV)])
    if created.returncode:
        if "ensurepip" in created.stdout:
            raise _missing_venv()
        raise _failed("The Python environment could not be created.", created.stdout)


def _missing_venv() -> LauncherError:
    return LauncherError(
        "Python's venv module is missing; install it with: apt install python3-venv"
    )


def _install(sets: tuple[str, ...]) -> None:
    locks = [str(_lock(name)) for name in sets]
    try:
        _uv("pip", "sync", "--python", str(PYTHON), "--require-hashes", *locks)
    except LauncherError as error:
        if say.is_full_disk(error.details):
            raise say.full_disk(LOCAL) from None
        _pip(*[part for lock in locks for part in ("-r", lock)])


def _uv(*arguments: str) -> None:
    """Run uv, from the machine or installed by its own lock: it is several times as fast as pip."""
    uv = shutil.which("uv") or str(VENV / "bin" / "uv")
    if not Path(uv).exists():
        _pip("-r", str(_lock("installer")))
    done = _run([uv, *arguments, "--quiet"])
    if done.returncode:
        raise _failed("The packages could not be installed with uv.", done.stdout)


def _pip(*arguments: str) -> None:
    """Run pip with `--no-deps`, because a lock names everything: nothing without a hash is
    installed.
    """
    options = [
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "--no-deps",
        "--only-binary",
        ":all:",
    ]
    done = _run([str(PYTHON), "-m", "pip", "install", *options, *arguments])
    if done.returncode:
        raise _failed(
            "The packages could not be installed; is a package index reachable?", done.stdout
        )


def _run(argv: list[str]) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "VIRTUAL_ENV": str(VENV), "UV_NO_PROGRESS": "1"}
    for name in ("PYTHONPATH", "PYTHONHOME", "UV_PYTHON"):
        environ.pop(name, None)
    return subprocess.run(
        argv,
        env=environ,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=ROOT,
    )


def _failed(message: str, output: str) -> LauncherError:
    if say.is_full_disk(output):
        return say.full_disk(LOCAL)
    return LauncherError(message, details=output[-3000:])
