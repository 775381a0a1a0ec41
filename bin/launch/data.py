"""A data folder: one installation's database, queue, files, logs and secret key. A marker file
identifies it.

- caretrack-data.json: the marker, with the version of the folder's layout
- lock, children: flocks; who runs these servers, and whether an earlier run's process still lives
- state.json: while servers run, who runs them and how to reach them
- secret-key: the trial's key, for this folder only
- postgres, valkey, media, static, metrics, logs, run, beat-schedule
"""

import errno
import fcntl
import json
import os
import secrets
import shutil
import time
from pathlib import Path
from typing import IO, Any

from launch.places import is_root
from launch.say import USAGE, LauncherError

LAYOUT = 9
PRIVATE = 0o700
SHARED_ENTRY = 0o711  # root's database server runs as another user, who must have access
MARKER = "caretrack-data.json"


class InUse(Exception):
    """Another script runs servers on this folder; `state` says how to reach them, once they are
    ready.
    """

    def __init__(self, state: dict[str, Any]) -> None:
        super().__init__(state)
        self.state = state


class DataFolder:
    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._lock: IO[str] | None = None
        self._children: IO[str] | None = None

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    @property
    def logs(self) -> Path:
        return self / "logs"

    def open(self) -> None:
        """Create or recognise the folder and lock it, or raise `InUse`."""
        try:
            self._recognise()
            self._take_lock()
        except PermissionError as error:
            raise LauncherError(
                f"{error.filename or self.path} belongs to another user; use --data "
                "for one of your own."
            ) from None
        for name in ("logs", "media", "static"):
            (self / name).mkdir(mode=0o700, exist_ok=True)

    def wait_for_an_earlier_run(self, patience: float = 30) -> None:
        """Wait for children of an earlier run: after a kill -9 they take a moment to end, and two
        servers would damage the same files.
        """
        self._children = (self / "children").open("a")
        until = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(self._children, fcntl.LOCK_EX | fcntl.LOCK_NB)
                fcntl.flock(self._children, fcntl.LOCK_SH)
                return
            except BlockingIOError:
                if time.monotonic() > until:
                    raise LauncherError(
                        f"Processes of an earlier run still use {self.path}; end "
                        "them, then try again."
                    ) from None
                time.sleep(0.1)

    @property
    def children_handle(self) -> int:
        """A handle for every child to inherit: its lock lasts while any of them lives."""
        assert self._children is not None
        return self._children.fileno()

    def close(self) -> None:
        (self / "state.json").unlink(missing_ok=True)
        self._release_locks()

    def remove(self) -> None:
        """Remove the folder with its content. Only if it has the marker and nothing uses it."""
        if not self.path.exists() or (self.path.is_dir() and not any(self.path.iterdir())):
            return
        if not (self / MARKER).exists():
            raise LauncherError(
                f"{self.path} is not a CareTrack data folder, so it is left alone.", code=USAGE
            )
        try:
            self._take_lock()
            self.wait_for_an_earlier_run()
            shutil.rmtree(self.path)
        except PermissionError as error:
            raise LauncherError(
                f"{error.filename} belongs to another user, so {self.path} cannot be removed."
            ) from None
        finally:
            self._release_locks()

    def secret_key(self) -> str:
        file = self / "secret-key"
        if not file.exists():
            self._write_privately(file.name, secrets.token_urlsafe(48))
        return file.read_text().strip()

    def write_state(self, state: dict[str, Any]) -> None:
        self._write_privately("state.json", json.dumps({"pid": os.getpid(), **state}))

    def read_state(self) -> dict[str, Any]:
        try:
            state: dict[str, Any] = json.loads((self / "state.json").read_text())
            return state
        except (OSError, ValueError):
            return {}

    def _recognise(self) -> None:
        marker = self / MARKER
        if marker.exists():
            try:
                layout = json.loads(marker.read_text())["layout"]
            except (ValueError, KeyError, TypeError):
                layout = "unknown"
            if layout != LAYOUT:
                raise LauncherError(
                    f"{self.path} has data layout {layout}, this CareTrack uses {LAYOUT}: "
                    "run the version that made it, or start again with --reset or another --data."
                )
            return
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except (NotADirectoryError, FileExistsError):
            raise LauncherError(f"{self.path} is not a folder.", code=USAGE) from None
        if any(self.path.iterdir()):
            raise LauncherError(
                f"{self.path} holds other files; --data wants an empty or a CareTrack data folder.",
                code=USAGE,
            )
        self.path.chmod(SHARED_ENTRY if is_root() else PRIVATE)
        marker.write_text(json.dumps({"layout": LAYOUT}) + "\n")

    def _take_lock(self) -> None:
        self._lock = (self / "lock").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._release_locks()
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            raise InUse(self.read_state()) from None
        (self / "state.json").unlink(missing_ok=True)  # of a run that was killed

    def _release_locks(self) -> None:
        for handle in (self._children, self._lock):
            if handle is not None:
                handle.close()
        self._lock = self._children = None

    def _write_privately(self, name: str, text: str) -> None:
        """Write the whole file or nothing, readable by this user only."""
        draft = self / f"{name}.new"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
            opened.write(text)
        draft.replace(self / name)
