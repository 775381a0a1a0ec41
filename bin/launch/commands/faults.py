"""bin/faults [--cases N] [--kills N] [--seed N] [--json]: kill while cases are played, then prove.

Worker, beat, database, broker and mail server run as real processes and die by kill -9 at random moments of two weeks
of moved time. Afterwards the audit must be clean, every case must have ended as it had to, nothing may have been closed
without its notice, and nothing sent twice but what the mail server had taken from a worker that died before it knew.
"""

import argparse
import json
import os
import random
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from launch import environment, postgres, say
from launch.places import PYTHON, ROOT
from launch.servers import Servers, manage, manage_all, throwaway
from launch.supervisor import Child, Running, tied_to_us

STEPS = 40  # of the play, tests/faults/player.py
WEIGHTS = {"worker 1": 25, "worker 2": 25, "beat": 10, "database": 15, "broker": 10, "mail": 15}
HASTY = {"CARETRACK_SWEEP_SECONDS": "0.5", "CARETRACK_RELAY_SECONDS": "0.5", "CARETRACK_PAGE_SECONDS": "5"}


def main(argv: list[str]) -> int:
    wanted = _arguments(argv)
    environment.ensure(environment.DEVELOPMENT)
    with throwaway(postgres.LIKE_PRODUCTION, durable=True) as servers:
        environ = _environ(servers)
        log = servers.data.logs / "setup.log"
        with say.step("Making the database"):
            manage(["migrate", "--noinput"], environ, log)
            manage_all(["load_policy", "load_course", "load_help"], environ, log)
        port = int(environ["CARETRACK_EMAIL_URL"].rpartition(":")[2])
        with say.step("Starting two workers, beat and a mail server"):
            servers.supervisor.start(*_product(servers, environ, port))
        run = Run(servers, random.Random(wanted.seed), servers.data / "kills.jsonl", wanted.kills)
        told = _play(run, environ, wanted)
    return _tell(told, run, wanted)


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/faults", description=__doc__)
    parser.add_argument("--cases", type=int, default=1000, help="how many cases are played (default: 1000)")
    parser.add_argument("--kills", type=int, default=120, help="how many times something is killed (default: 120)")
    parser.add_argument("--seed", type=int, default=1, help="of the play and of the kills")
    parser.add_argument("--json", action="store_true", help="the findings as one object on the last line")
    wanted = parser.parse_args(argv)
    if wanted.cases < 8 or wanted.kills < 0:
        parser.error("play at least 8 cases, one of each fate, and no fewer than 0 kills")
    return wanted


def _environ(servers: Servers) -> dict[str, str]:
    """As a trial, with a mail server outside, hasty sweeps, and time that is moved."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    moved = servers.data / "moved-time"
    moved.write_text("0")
    path = os.pathsep.join([str(ROOT / "tests" / "faults" / "movedtime"), str(ROOT)])
    own = {"CARETRACK_EMAIL_URL": f"smtp://127.0.0.1:{port}", "CARETRACK_MOVED_TIME": str(moved), "PYTHONPATH": path}
    return {**servers.environ("trial"), **HASTY, **own}


def _product(servers: Servers, environ: dict[str, str], port: int) -> list[Child]:
    python, data = str(PYTHON), servers.data
    celery = [python, "-m", "celery", "-A", "caretrack"]
    mail = Child(
        name="mail",
        argv=[python, str(ROOT / "tests" / "faults" / "mailserver.py"), str(port), str(data / "mails.jsonl")],
        env=environ, cwd=ROOT, log=data.logs / "mail.log", says_when_ready=b"taking mail",
    )  # fmt: skip
    workers = [
        Child(
            name=f"worker {n}", argv=[*celery, "worker", "--hostname", f"worker{n}@here", "--concurrency", "2"],
            env=environ, cwd=ROOT, log=data.logs / f"worker{n}.log", says_when_ready=b"ready.",
        )
        for n in (1, 2)
    ]  # fmt: skip
    beat = Child(
        name="beat", argv=[*celery, "beat", "--schedule", str(data / "beat-schedule"), "--pidfile="],
        env=environ, cwd=ROOT, log=data.logs / "beat.log", says_when_ready=b"Starting...",
    )  # fmt: skip
    return [mail, *workers, replace(beat, argv=[*beat.argv, "--loglevel", "INFO"])]


@dataclass
class Run:
    """The killing: who is killed next, and when."""

    servers: Servers
    chance: random.Random
    log: Path
    most: int
    done: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WEIGHTS, 0))
    next_at: float = 0.0

    @property
    def count(self) -> int:
        return sum(self.done.values())

    def tick(self, pace: float, steps: int) -> None:
        """Look after the children, and kill one when its time has come; never ahead of the play, of which `steps` are
        over, so that the kills are spread over the whole of it."""
        self.servers.supervisor.look_after()
        if self.count < self.most * min(steps + 1, STEPS) / STEPS and time.monotonic() >= self.next_at:
            self._kill()
            self.next_at = time.monotonic() + self.chance.uniform(0.3, 1.7) * pace

    def _kill(self) -> None:
        alive = {one.child.name: one for one in self.servers.supervisor.running if one.again_at is None}
        names = [name for name in WEIGHTS if name in alive]
        if not names:
            return
        name = self.chance.choices(names, [WEIGHTS[one] for one in names])[0]
        one = alive[name]
        victim, what = self._victim(one)
        self._write(name, what)
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
        one.pause = 0.1
        self.done[name] += 1

    def _victim(self, one: Running) -> tuple[int, str]:
        """The process itself, or one of those it made: a worker's pool, a server process of the database."""
        below = _children(one.process.pid)
        if below and self.chance.random() < 0.4:
            return self.chance.choice(below), "one of its processes"
        return one.process.pid, "all of it"

    def _write(self, who: str, what: str) -> None:
        with self.log.open("a") as log:
            log.write(json.dumps({"at": time.time(), "who": who, "what": what}) + "\n")

    def end(self) -> None:
        """From now on everything lives."""
        self._write("nobody", "the killing is over")


def _children(parent: int) -> list[int]:
    done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=False)
    return [int(word) for word in done.stdout.split()]


def _play(run: Run, environ: dict[str, str], wanted: argparse.Namespace) -> dict[str, Any]:
    """Run the player; kill while it plays, look after everything until it has proven the end."""
    data = run.servers.data
    output, pace = data.logs / "player.log", 1.3
    argv = [str(PYTHON), "-m", "tests.faults.player", "--mails", str(data / "mails.jsonl"), "--kills", str(run.log)]
    argv += ["--cases", str(wanted.cases), "--seed", str(wanted.seed), "--pace", f"{wanted.kills * pace / STEPS:.2f}"]
    with output.open("wb") as log:
        player = subprocess.Popen(
            argv, env=environ, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, preexec_fn=tied_to_us(signal.SIGTERM)
        )
    is_over = False
    while player.poll() is None:
        said = output.read_bytes()
        run.tick(pace, said.count(b" kills so far\n"))
        if not is_over and run.count >= run.most and b"\nplayed\n" in said:
            run.end()
            is_over = True
        time.sleep(0.05)
    last = output.read_text().splitlines()[-1:]
    with suppress(ValueError, IndexError):
        told = json.loads(last[0])
        if isinstance(told, dict):
            return told
    raise say.Trouble("The player did not come to its end.", details="\n".join(output.read_text().splitlines()[-40:]))


def _tell(told: dict[str, Any], run: Run, wanted: argparse.Namespace) -> int:
    killed = ", ".join(f"{name} {count}" for name, count in run.done.items())
    say.line(
        f"{told['cases']:,} cases, {told['events']:,} events, {told['mails']:,} mails; {run.count} kills: {killed}"
    )
    say.line(f"{told['cut_off']} verbs of people were cut off and done again; {told['twice']} mails were sent twice")
    for finding in told["findings"][:50]:
        say.line(f"  {finding}")
    say.line(f"{len(told['findings'])} findings" if told["findings"] else "Everything holds.")
    if wanted.json:
        say.line(json.dumps({**told, "kills": run.done, "seed": wanted.seed}))
    return 1 if told["findings"] else 0
