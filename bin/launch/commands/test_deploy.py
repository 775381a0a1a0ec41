"""bin/test-deploy: the image's own entry commands and health checks, with servers reached by TCP,
as in production.

It uses the machine's PostgreSQL and Redis if there are any, otherwise the wheels'. It ends all that
it starts.
"""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from launch import assets, broker, environment, postgres, say
from launch.data import DataFolder
from launch.places import PYTHON, ROOT, VENV
from launch.say import LauncherError
from launch.servers import throwaway_folder
from launch.supervisor import Child, Supervisor

HOST = "127.0.0.1"
COMPOSE_VARIABLES = (
    *(
        "CARETRACK_SECRET_KEY",
        "CARETRACK_APP_PASSWORD",
        "CARETRACK_OWNER_PASSWORD",
        "POSTGRES_PASSWORD",
    ),
    *("CARETRACK_BASE_URL", "CARETRACK_ALLOWED_HOSTS", "CARETRACK_ENCRYPTION_KEYS"),
)


def main(argv: list[str]) -> int:
    if argv:
        say.line(__doc__)
        return 0 if argv[0] in ("-h", "--help") else say.USAGE
    environment.ensure(environment.TRIAL)
    assets.ensure()
    _check_compose_file()
    supervisor = Supervisor()
    supervisor.listen()
    with throwaway_folder() as data:
        data.wait_for_an_earlier_run()
        supervisor.inherited = (data.children_handle,)
        try:
            _play(data, supervisor)
        finally:
            supervisor.stop()
    say.line(say.paint("The entry commands work as in production.", "green"))
    return 0


def _play(data: DataFolder, supervisor: Supervisor) -> None:
    ports = dict(zip(("postgres", "redis", "web"), _free_ports(3), strict=True))
    environ = _production_environ(data, ports)
    with say.step("Starting database and broker on TCP"):
        _start_database(data, supervisor, environ, ports["postgres"])
        _start_broker(data, supervisor, ports["redis"])
    with say.step("deploy/entry refuses to start without its secret"):
        _refuses_without_secret(environ)
    with say.step("deploy/entry migrate"):
        _must(["deploy/entry", "migrate"], environ)
        _must(["deploy/entry", "migrate"], environ)  # each start of an installation runs it again
    with say.step("collectstatic and check --deploy, as the image and its operator run them"):
        _must(["deploy/entry", "manage", "collectstatic", "--noinput", "--verbosity", "0"], environ)
        _must(
            [
                "deploy/entry",
                "manage",
                "check",
                "--deploy",
                "--database",
                "default",
                "--fail-level",
                "WARNING",
            ],
            environ,
        )
    url = f"http://{HOST}:{ports['web']}"
    with say.step("deploy/entry web, worker and beat"):
        supervisor.start(*(_entry(name, data, environ, url) for name in ("worker", "web", "beat")))
    with say.step("Health of each, as the containers ask"):
        for name in ("web", "worker", "beat"):
            _must(["deploy/healthcheck", name], environ)
        if (status := _status(f"{url}/healthz")) != 200:
            raise LauncherError(f"/healthz answered {status}.")
    with say.step("Metrics, by the token, the requests of both processes among them"):
        _metrics_add_up(url, environ["CARETRACK_METRICS_TOKEN"])
    with say.step("Ready and alive while the broker is away"):
        _without_broker(supervisor, url)
    with say.step("Stopping in order"):
        supervisor.stop()


def _production_environ(data: DataFolder, ports: Mapping[str, int]) -> dict[str, str]:
    variables = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CARETRACK_", "PG"))
    }
    return {
        **variables,
        "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "CARETRACK_PYTHON": str(PYTHON),
        "CARETRACK_SECRET_KEY": secrets.token_urlsafe(48),
        "CARETRACK_ENCRYPTION_KEYS": secrets.token_urlsafe(48),
        "CARETRACK_OWNER_PASSWORD": secrets.token_urlsafe(12),
        "CARETRACK_APP_PASSWORD": (password := secrets.token_urlsafe(12)),
        "CARETRACK_DATABASE_URL": f"postgresql://caretrack_app:{password}@{HOST}:{ports['postgres']}/caretrack",
        "CARETRACK_REDIS_URL": f"redis://{HOST}:{ports['redis']}/0",
        "CARETRACK_EMAIL_URL": f"smtp://{HOST}:9",
        "CARETRACK_BASE_URL": "https://care.example",
        "CARETRACK_ALLOWED_HOSTS": "care.example",
        "CARETRACK_TRUSTED_PROXIES": "1",
        "CARETRACK_FROM_EMAIL": "CareTrack <care@care.example>",
        "CARETRACK_METRICS_TOKEN": secrets.token_urlsafe(24),
        "CARETRACK_METRICS_DIR": str(data / "metrics"),
        "CARETRACK_HOST": HOST,
        "CARETRACK_PORT": str(ports["web"]),
        "CARETRACK_MEDIA_DIR": str(data / "media"),
        "CARETRACK_STATIC_DIR": str(data / "static"),
        "CARETRACK_BEAT_SCHEDULE": str(data / "beat-schedule"),
    }


def _start_database(
    data: DataFolder, supervisor: Supervisor, environ: dict[str, str], port: int
) -> None:
    """Start a database with passwords over TCP, made by the script that the database image runs on
    an empty volume.
    """
    settings = {**postgres.THROWAWAY, "listen_addresses": HOST}
    cluster = postgres.find(data, settings, port=port, prefer_machine=True)
    cluster.make()
    (cluster.files / "pg_hba.conf").write_text(
        "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
    )
    supervisor.start(cluster.child())
    init = ROOT / "deploy" / "postgres-init.sh"
    script = init.read_text().replace("/caretrack/roles.sql", str(ROOT / "deploy" / "roles.sql"))
    connection = {"POSTGRES_USER": "postgres", "PGHOST": str(cluster.sockets), "PGPORT": str(port)}
    path = f"{cluster.binaries}{os.pathsep}{environ['PATH']}"
    _must(["sh", "-c", script], {**environ, **connection, "PATH": path})
    owner = environ["CARETRACK_OWNER_PASSWORD"]
    environ["CARETRACK_OWNER_DATABASE_URL"] = (
        f"postgresql://caretrack_owner:{owner}@{HOST}:{port}/caretrack"
    )


def _start_broker(data: DataFolder, supervisor: Supervisor, port: int) -> None:
    child = broker.find(data).child()
    on_machine = shutil.which("redis-server") or child.argv[0]
    argv = [
        on_machine,
        "--bind",
        HOST,
        "--port",
        str(port),
        "--dir",
        str(data / "valkey"),
        "--appendonly",
        "yes",
    ]
    supervisor.start(replace(child, argv=argv, is_ready=lambda: _accepts(port)))


def _entry(name: str, data: DataFolder, environ: dict[str, str], url: str) -> Child:
    return Child(
        name=name,
        argv=[str(ROOT / "deploy" / "entry"), name],
        env=environ,
        cwd=Path("/"),
        log=data.logs / f"{name}.log",
        is_ready=lambda: name != "web" or _status(f"{url}/readyz") == 200,
        ready_text={"worker": b"ready.", "beat": b"Starting..."}.get(name, b""),
    )


def _refuses_without_secret(environ: dict[str, str]) -> None:
    without = {name: value for name, value in environ.items() if name != "CARETRACK_SECRET_KEY"}
    done = _run(["deploy/entry", "manage", "check"], without)
    if done.returncode == 0 or "CARETRACK_SECRET_KEY" not in done.stdout:
        raise LauncherError(
            "It started without CARETRACK_SECRET_KEY, or did not name it.",
            details=done.stdout[-2000:],
        )


def _metrics_add_up(url: str, token: str) -> None:
    """Every process reports the same totals, the worker's tasks included, and none without the
    token.
    """
    if (status := _status(f"{url}/metrics")) != 401:
        raise LauncherError(f"/metrics answered {status} without a token.")
    requests = 40
    for _ in range(requests):
        _status(f"{url}/healthz")
    metrics = _metrics(url, token)
    count = re.search(
        r'^caretrack_request_duration_seconds_count\{.*"healthz".*\} (\d+)', metrics, re.MULTILINE
    )
    if count is None or int(count[1]) < requests:
        raise LauncherError(
            f"/metrics does not know of {requests} requests.", details=metrics[-3000:]
        )
    _wait_for(
        lambda: 'task="sla.tasks.check_clocks"' in _metrics(url, token),
        "/metrics to count a task",
    )


def _metrics(url: str, token: str) -> str:
    headers = {"Host": "care.example", "Authorization": f"Bearer {token}"}
    with urllib.request.urlopen(
        urllib.request.Request(f"{url}/metrics", headers=headers), timeout=15
    ) as answer:
        return str(answer.read().decode())


def _without_broker(supervisor: Supervisor, url: str) -> None:
    one = next(running for running in supervisor.running if running.child.name == "broker")
    one.process.kill()
    one.process.wait()
    _wait_for(lambda: _broker_of(url).startswith("away"), "/readyz to report the broker as away")
    for path in ("readyz", "healthz"):
        if (status := _status(f"{url}/{path}")) != 200:
            raise LauncherError(f"/{path} answered {status} without the broker.")
    one.process = supervisor.spawn(one.child)
    _wait_for(lambda: _broker_of(url) == "ready", "/readyz to report the broker as back")


def _broker_of(url: str) -> str:
    """The state of the broker in /readyz; empty if it does not answer."""
    request = urllib.request.Request(f"{url}/readyz", headers={"Host": "care.example"})
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            return str(json.load(answer)["broker"])
    except OSError:
        return ""


def _check_compose_file() -> None:
    """Check the compose file, if Docker's compose plugin is installed."""
    docker = shutil.which("docker")
    if docker is None or not _succeeds([docker, "compose", "version"], dict(os.environ)):
        say.line("docker compose is not here; docker-compose.yml is not checked.")
        return
    with say.step("docker compose config"):
        _must(
            [docker, "compose", "config", "--quiet"],
            {**os.environ, **dict.fromkeys(COMPOSE_VARIABLES, "x")},
        )


def _run(argv: list[str], environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    argv = [str(ROOT / argv[0]) if argv[0].startswith("deploy/") else argv[0], *argv[1:]]
    return subprocess.run(
        argv,
        env=dict(environ),
        cwd=ROOT,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def _must(argv: list[str], environ: Mapping[str, str]) -> None:
    done = _run(argv, environ)
    if done.returncode:
        raise LauncherError(
            f"{' '.join(argv)[:80]} failed with exit code {done.returncode}.",
            details=done.stdout[-3000:],
        )


def _succeeds(argv: list[str], environ: Mapping[str, str]) -> bool:
    return _run(argv, environ).returncode == 0


def _status(url: str) -> int:
    request = urllib.request.Request(url, headers={"Host": "care.example"})
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def _wait_for(is_so: Callable[[], bool], what: str, patience: float = 30) -> None:
    until = time.monotonic() + patience
    while not is_so():
        if time.monotonic() > until:
            raise LauncherError(f"Waited {patience:.0f} s for {what}.")
        time.sleep(0.2)


def _accepts(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex((HOST, port)) == 0


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind((HOST, 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports
