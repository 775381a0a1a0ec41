"""bin/up: CareTrack on this machine, with its own servers and a demo, until Ctrl-C."""

import argparse
import http.client
import signal
import socket
from contextlib import suppress
from pathlib import Path

from launch import assets, environment, postgres, say, up_to_date
from launch.data import DataFolder, InUse
from launch.places import DATA, PYTHON, ROOT, is_root
from launch.say import USAGE, LauncherError, Stopped
from launch.servers import Servers, manage, manage_all
from launch.supervisor import Child

# One process, because a trial has few users and starts faster. One thread for each connection of
# the database pool: more threads would only wait.
GRANIAN = (
    *("--interface", "wsgi", "--workers", "1", "--blocking-threads", "16"),
    *("--workers-kill-timeout", "10", "--respawn-failed-workers", "--no-ws"),
)
HOST = "127.0.0.1"


def main(argv: list[str]) -> int:
    wanted = _arguments(argv)
    data = DataFolder(wanted.data)
    servers = Servers(data, postgres.TRIAL)
    servers.supervisor.listen()
    if not (data / "lock").exists():
        _check_port(wanted.port)  # before anything is created
    _claim(data, wanted)
    try:
        _check_port(wanted.port)
        if is_root():
            say.line(
                say.paint(
                    "Running as root: PostgreSQL runs as nobody, the rest as root. "
                    "Fine for a trial.",
                    "yellow",
                )
            )
        environment.ensure(environment.TRIAL)
        assets.ensure()
        _start_all(servers, wanted)
        with suppress(Stopped):  # a request to stop is the normal end
            servers.supervisor.watch()
    finally:
        if servers.supervisor.running:
            say.line("Stopping; press Ctrl-C again to stop faster.")
        servers.stop()
        data.close()
    return 0


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/up", description=__doc__)
    parser.add_argument(
        "--port",
        type=int,
        default=8000,
        help="port on this machine's loopback address (default: 8000)",
    )
    parser.add_argument(
        "--data", type=Path, default=DATA, metavar="DIR", help="data folder (default: .local/data)"
    )
    parser.add_argument(
        "--no-demo", action="store_true", help="start without the demo organisations"
    )
    parser.add_argument(
        "--reset", action="store_true", help="remove the data folder and its content first"
    )
    wanted = parser.parse_args(argv)
    if not 1 <= wanted.port <= 65535:
        parser.error("a port is a number from 1 to 65535")
    return wanted


def _claim(data: DataFolder, wanted: argparse.Namespace) -> None:
    try:
        if wanted.reset:
            data.remove()
        data.open()
    except InUse as used:
        by = (
            f"{used.state.get('command', 'another command')}, process "
            f"{used.state.get('pid', 'unknown')}"
        )
        at = f" at {used.state['url']}" if used.state.get("url") else ""
        raise LauncherError(
            f"{data.path} is in use{at} ({by}): stop that first, or use another --data.", code=USAGE
        ) from None


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise LauncherError(
                f"Port {port} is reserved for root; choose one above 1023 with --port.", code=USAGE
            ) from None
        except OSError:
            raise LauncherError(
                f"Port {port} is taken; choose another: bin/up --port {port + 1}", code=USAGE
            ) from None


def _start_all(servers: Servers, wanted: argparse.Namespace) -> None:
    data = servers.data
    with say.step("Starting database and broker"):
        servers.start()
    environ = servers.environ("trial", wanted.port)
    log = data.logs / "setup.log"
    logins = _prepare_database(servers, environ, log, demo=not wanted.no_demo)
    with say.step("Starting web and worker"):
        servers.supervisor.start(*product(data, environ, wanted.port))
    url = f"http://{HOST}:{wanted.port}/"
    state = {
        name: value
        for name, value in environ.items()
        if name.startswith("CARETRACK_") and "SECRET" not in name
    }
    data.write_state({"command": "bin/up", "url": url, "port": wanted.port, "environ": state})
    servers.supervisor.is_talkative = True
    say.line()
    say.line(say.paint(f"CareTrack is ready at {url}", "bold"))
    say.line(logins.rstrip())
    say.line("Ctrl-C stops it.")


def _prepare_database(servers: Servers, environ: dict[str, str], log: Path, *, demo: bool) -> str:
    """Migrate and load what is shipped, unless this code did so before. Returns the demo's
    accounts.
    """
    data, digest = servers.data, up_to_date.digest(demo=demo)
    known = up_to_date.read(data, digest) if servers.owns_database else None
    if known is not None:
        return known
    with say.step("Bringing the database up to date"):
        manage(["migrate", "--noinput"], environ, log)
    shipped = ["load_policy", "load_course", "load_help"]
    if demo:
        with say.step("Loading policy, training, articles and the demo"):
            logins = manage_all([*shipped, "load_demo", "demo_logins"], environ, log)[-1]
    else:
        with say.step("Loading policy, training and articles"):
            manage_all(shipped, environ, log)
        logins = ""
    if servers.owns_database:
        up_to_date.write(data, digest, logins)
    return logins


def product(data: DataFolder, environ: dict[str, str], port: int) -> list[Child]:
    """Web, and a worker that also sends the sweeps' tasks: in a trial one process less.

    They end in reverse order: web stops accepting requests, then the worker finishes its tasks.
    """
    worker = Child(
        name="worker",
        argv=[
            *(str(PYTHON), "-m", "celery", "-A", "caretrack", "worker", "--loglevel", "INFO"),
            *("--concurrency", "2", "--beat", "--schedule", str(data / "beat-schedule")),
        ],
        env=environ,
        cwd=ROOT,
        log=data.logs / "worker.log",
        ready_text=b"ready.",
        stop_harder_with=signal.SIGQUIT,
        stop_patience=20,
    )
    web = Child(
        name="web",
        argv=[
            *(str(PYTHON), "-m", "granian", *GRANIAN),
            *("--host", HOST, "--port", str(port), "caretrack.wsgi:application"),
        ],
        env={**environ, "CARETRACK_METRICS_DIR": str(_empty(data / "metrics"))},
        cwd=ROOT,
        log=data.logs / "web.log",
        is_ready=lambda: _answers(port),
    )
    return [worker, web]


def _empty(folder: Path) -> Path:
    """The folder in which the web's processes add up their request times, emptied."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for file in folder.glob("*.db"):
        file.unlink()
    return folder


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
