"""bin/faults [--cases N] [--kills N] [--hangs N] [--slow-mail N] [--full-disk N] [--seed N]
[--json]: break things, then audit.

Worker, beat, database, broker and mail server run as real processes while cases are played through
two weeks of moved time. Meanwhile processes are killed by kill -9 or hang (SIGSTOP, then SIGCONT),
the mail server is slow or defers messages, and the disks fill. Afterwards the audit must be clean,
every case must have its intended end, and no case may be closed without its notification. Nothing
may be sent twice, with one exception: the mail server had accepted it from a worker that was
killed, or could not commit, before it recorded that.

bin/faults --web N [--json] plays no cases: it measures N requests of each kind against the real web
while all is well, while the broker hangs and while the mail server hangs.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launch import environment, postgres, say, small_disk, web_under_faults
from launch.commands.up import product
from launch.data import DataFolder
from launch.faults import STEPS, FaultLog, Faults, FullDisks, Hangs, Kills, MailFaults
from launch.places import PYTHON, ROOT
from launch.servers import Servers, manage, manage_all, started, throwaway, throwaway_folder
from launch.supervisor import Child, tied_to_us

HASTY = {
    "CARETRACK_SWEEP_SECONDS": "0.5",
    "CARETRACK_RELAY_SECONDS": "0.5",
    "CARETRACK_PAGE_SECONDS": "5",
}
KILL_SECONDS = 1.3  # between two kills, on average
# an address of the play that the mail server does not know, with --slow-mail
REFUSED = "contact-0-0@play.invalid"
DISK_MEGABYTES = 700


def main(argv: list[str]) -> int:
    wanted = _arguments(argv)
    environment.ensure(environment.DEVELOPMENT)
    return _measure_web(wanted) if wanted.web else _break_and_prove(wanted)


def _break_and_prove(wanted: argparse.Namespace) -> int:
    with _servers(wanted) as (servers, disks):
        environ = _environ(servers)
        _make_database(servers, environ, ["load_policy", "load_course", "load_help"])
        port = int(environ["CARETRACK_EMAIL_URL"].rpartition(":")[2])
        run = _run(servers, disks, wanted)
        run.mail.set({})
        with say.step("Starting two workers, beat and a mail server"):
            servers.supervisor.start(*_product(servers, environ, port))
        results = _play(run, environ, wanted)
    return _report(results, run, wanted)


def _measure_web(wanted: argparse.Namespace) -> int:
    with throwaway(postgres.LIKE_PRODUCTION, durable=True) as servers:
        mail_port, web_port = web_under_faults.free_port(), web_under_faults.free_port()
        environ = web_under_faults.environ(servers, mail_port, web_port)
        _make_database(servers, environ, ["load_policy", "load_course", "load_help", "load_demo"])
        _mail_control(servers.data).write_text("{}")
        mail = _mail_server(servers, environ, mail_port)
        with say.step("Starting web, worker and a mail server"):
            servers.supervisor.start(mail, *product(servers.data, environ, web_port))
        figures = web_under_faults.measure(servers, environ, web_port, requests=wanted.web)
    return web_under_faults.report(figures, as_json=wanted.json)


def _make_database(servers: Servers, environ: Mapping[str, str], commands: list[str]) -> None:
    log = servers.data.logs / "setup.log"
    with say.step("Creating the database"):
        manage(["migrate", "--noinput"], environ, log)
        manage_all(commands, environ, log)


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    numbers = (
        ("cases", 1000, "how many cases are played"),
        ("kills", 120, "how many times something is killed"),
        (
            "hangs",
            20,
            "how many times the broker, a worker or the mail server hangs for some seconds",
        ),
        (
            "slow-mail",
            10,
            "how many times the mail server is slow, or defers what it is sent, for some seconds",
        ),
        ("full-disk", 3, "how many times the disks of the database and of the files run full"),
        ("seed", 1, "of the play and of the faults"),
        ("web", 0, "play nothing, and measure the web with so many requests of each kind"),
    )
    for name, default, text in numbers:
        parser.add_argument(
            f"--{name}", type=int, default=default, metavar="N", help=f"{text} (default: {default})"
        )
    parser.add_argument(
        "--json", action="store_true", help="the findings as one object on the last line"
    )
    wanted = parser.parse_args(argv)
    counts = (wanted.kills, wanted.hangs, wanted.slow_mail, wanted.full_disk, wanted.web)
    if wanted.cases < 8 or min(counts) < 0:
        parser.error(
            "play at least 8 cases, one of each fate, and no fewer than 0 faults of a kind"
        )
    return wanted


@contextmanager
def _servers(wanted: argparse.Namespace) -> Iterator[tuple[Servers, list[Path]]]:
    """The run's own database and broker, and the small disks they are on, if any are to be
    filled.
    """
    with throwaway_folder() as data:
        disks = [data / "postgres", data / "media"] if wanted.full_disk else []
        settings = dict(postgres.LIKE_PRODUCTION)
        if disks:
            try:
                small_disk.mount(disks, megabytes=DISK_MEGABYTES)
                settings["max_wal_size"] = "128MB"
            except small_disk.NoNamespace as reason:
                say.line(
                    "Skipped: no disk can run full, because this user may not mount "
                    f"one ({reason})."
                )
                disks = []
        try:
            with started(data, settings, durable=True) as servers:
                yield servers, disks
        finally:
            small_disk.unmount(disks)


def _environ(servers: Servers) -> dict[str, str]:
    """A trial's environment, with an external mail server, frequent sweeps, and moved time."""
    port = web_under_faults.free_port()
    moved = servers.data / "moved-time"
    moved.write_text("0")
    path = os.pathsep.join([str(ROOT / "tests" / "faults" / "movedtime"), str(ROOT)])
    own = {
        "CARETRACK_EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "CARETRACK_MOVED_TIME": str(moved),
        "PYTHONPATH": path,
    }
    return {**servers.environ("trial"), **HASTY, **own}


def _product(servers: Servers, environ: dict[str, str], port: int) -> list[Child]:
    celery = [str(PYTHON), "-m", "celery", "-A", "caretrack"]
    logs = servers.data.logs
    workers = [
        Child(
            name=f"worker {n}",
            argv=[
                *celery,
                "worker",
                "--hostname",
                f"worker{n}@here",
                "--concurrency",
                "2",
                "--loglevel",
                "INFO",
            ],
            env=environ,
            cwd=ROOT,
            log=logs / f"worker{n}.log",
            ready_text=b"ready.",
        )
        for n in (1, 2)
    ]
    schedule = str(servers.data / "beat-schedule")
    beat = Child(
        name="beat",
        argv=[*celery, "beat", "--schedule", schedule, "--pidfile=", "--loglevel", "INFO"],
        env=environ,
        cwd=ROOT,
        log=logs / "beat.log",
        ready_text=b"Starting...",
    )
    return [_mail_server(servers, environ, port), *workers, beat]


def _mail_server(servers: Servers, environ: dict[str, str], port: int) -> Child:
    program, mails = ROOT / "tests" / "faults" / "mailserver.py", servers.data / "mails.jsonl"
    return Child(
        name="mail",
        argv=[str(PYTHON), str(program), str(port), str(mails), str(_mail_control(servers.data))],
        env=environ,
        cwd=ROOT,
        log=servers.data.logs / "mail.log",
        ready_text=b"taking mail",
    )


def _mail_control(data: DataFolder) -> Path:
    """The file that controls how the mail server answers."""
    return data / "mail-faults.json"


@dataclass
class Run:
    """The faults of a run, each kind with its own random numbers."""

    servers: Servers
    log: FaultLog
    kills: Kills
    hangs: Hangs
    mail: MailFaults
    disks: FullDisks

    @property
    def kinds(self) -> dict[str, Faults]:
        return {
            "kills": self.kills,
            "hangs": self.hangs,
            "slow mail": self.mail,
            "full disk": self.disks,
        }

    @property
    def is_done(self) -> bool:
        return all(kind.done.total() >= kind.most for kind in self.kinds.values())

    def tick(self, steps: int) -> None:
        """Look after the children, and begin the faults that are due."""
        self.servers.supervisor.look_after()
        for kind in self.kinds.values():
            kind.tick(steps)

    def end(self) -> None:
        """End all faults: from now on everything runs."""
        for kind in self.kinds.values():
            kind.end()
        self.log.write("none", "nobody", "the faults are over")


def _run(servers: Servers, disks: list[Path], wanted: argparse.Namespace) -> Run:
    supervisor, log = servers.supervisor, FaultLog(servers.data / "faults.jsonl")
    kills, hangs, mail, full = (
        random.Random(f"{wanted.seed} {kind}") for kind in ("kill", "hang", "mail", "disk")
    )
    killing = Kills(supervisor, kills, log, wanted.kills, KILL_SECONDS)
    refused = [REFUSED] if wanted.slow_mail else []
    return Run(
        servers,
        log,
        killing,
        Hangs(supervisor, hangs, log, wanted.hangs, killing.spared),
        MailFaults(_mail_control(servers.data), mail, log, wanted.slow_mail, refused),
        FullDisks(disks, full, log, wanted.full_disk if disks else 0),
    )


def _play(run: Run, environ: dict[str, str], wanted: argparse.Namespace) -> dict[str, Any]:
    """Run the player. Break things while it plays, and supervise all processes until its final
    check.
    """
    output = run.servers.data.logs / "player.log"
    try:
        with output.open("wb") as log:
            player = subprocess.Popen(
                _player(run, wanted),
                env=environ,
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=tied_to_us(signal.SIGTERM),
            )
        _tick_until_over(run, player, output)
    finally:
        for kind in run.kinds.values():
            kind.end()
    lines = output.read_text().splitlines()
    with suppress(ValueError, IndexError):
        results = json.loads(lines[-1])
        if isinstance(results, dict):
            return results
    raise say.LauncherError("The player did not finish.", details="\n".join(lines[-40:]))


def _player(run: Run, wanted: argparse.Namespace) -> list[str]:
    data, pace = run.servers.data, wanted.kills * KILL_SECONDS / STEPS
    argv = [
        str(PYTHON),
        "-m",
        "tests.faults.player",
        "--cases",
        str(wanted.cases),
        "--seed",
        str(wanted.seed),
    ]
    argv += [
        "--mails",
        str(data / "mails.jsonl"),
        "--faults",
        str(run.log.path),
        "--pace",
        f"{pace:.2f}",
    ]
    return [*argv, *(f"--refused={address}" for address in run.mail.refused)]


def _tick_until_over(run: Run, player: subprocess.Popen[bytes], output: Path) -> None:
    is_over = False
    while player.poll() is None:
        printed = output.read_bytes()
        if not is_over:
            run.tick(printed.count(b" faults so far\n"))
        else:
            run.servers.supervisor.look_after()
        if not is_over and run.is_done and b"\nplayed\n" in printed:
            run.end()
            is_over = True
        time.sleep(0.05)


def _report(results: dict[str, Any], run: Run, wanted: argparse.Namespace) -> int:
    say.line(
        f"{results['cases']:,} cases, {results['events']:,} events, {results['mails']:,} mails"
    )
    for name, kind in run.kinds.items():
        counts = ", ".join(f"{of} {count}" for of, count in sorted(kind.done.items()))
        say.line(f"{name}: {kind.done.total()}{f' ({counts})' if counts else ''}")
    say.line(f"{results['cut_off']} actions of people were cut off and done again")
    say.line(
        f"{results['under_hung_broker']} actions were begun while the broker "
        "hung; the slowest took "
        f"{results['slowest_under_hung_broker_seconds']:.1f} s"
    )
    say.line(f"{results['refused']} mails were refused and went to the next contact")
    say.line(f"{results['twice']} mails were sent twice")
    for finding in results["findings"][:50]:
        say.line(f"  {finding}")
    say.line(f"{len(results['findings'])} findings" if results["findings"] else "Everything holds.")
    if wanted.json:
        done = {name.replace(" ", "_"): dict(kind.done) for name, kind in run.kinds.items()}
        skipped = ["full_disk"] if wanted.full_disk and not run.disks.disks else []
        say.line(json.dumps({**results, **done, "skipped": skipped, "seed": wanted.seed}))
    return 1 if results["findings"] else 0
