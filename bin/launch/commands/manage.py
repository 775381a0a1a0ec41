"""bin/manage [--data DIR] COMMAND …: manage.py with the servers of bin/up, or with its own while
the command runs.
"""

import fcntl
import sys
import time
from pathlib import Path
from typing import Any

from launch import environment, foreground, postgres
from launch.data import DataFolder, InUse
from launch.places import DATA, PYTHON, ROOT
from launch.say import USAGE, LauncherError
from launch.servers import Servers, with_role


def main(argv: list[str]) -> int:
    path = DATA
    if argv[:1] == ["--data"]:
        if len(argv) < 2:
            raise LauncherError("bin/manage --data DIR COMMAND …", code=USAGE)
        path, argv = Path(argv[1]), argv[2:]
    data = DataFolder(path)
    environment.ensure(environment.TRIAL)
    until = time.monotonic() + 60
    while True:
        try:
            data.open()
            return _with_own_servers(data, argv)
        except InUse as used:
            if used.state:
                return _with_running_servers(data, used.state, argv)
            if time.monotonic() > until:
                raise LauncherError(
                    f"Another command has been starting servers in {data.path} for a minute."
                ) from None
            time.sleep(0.2)


def _with_running_servers(data: DataFolder, state: dict[str, Any], argv: list[str]) -> int:
    servers = Servers(data, {}, urls=state["environ"])
    with (data / "users").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        return _run(servers, argv, state.get("port", 8000))


def _with_own_servers(data: DataFolder, argv: list[str]) -> int:
    servers = Servers(data, postgres.TRIAL)
    servers.supervisor.listen()
    try:
        servers.start()
        environ = {
            name: value
            for name, value in servers.environ("trial").items()
            if name.startswith("CARETRACK_")
        }
        environ.pop("CARETRACK_SECRET_KEY")
        data.write_state({"command": "bin/manage", "environ": environ})
        return _run(servers, argv, 8000)
    finally:
        _wait_for_other_users(data)
        servers.stop()
        data.close()


def _run(servers: Servers, argv: list[str], port: int) -> int:
    """Run it from the caller's own folder, so that file names work as typed."""
    environ = with_role(argv, servers.environ("trial", port))
    return foreground.run([str(PYTHON), str(ROOT / "manage.py"), *argv], environ)


def _wait_for_other_users(data: DataFolder) -> None:
    """Wait for a second bin/manage that uses our servers."""
    with (data / "users").open("a") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another bin/manage, which uses these servers.", file=sys.stderr)
            fcntl.flock(users, fcntl.LOCK_EX)
