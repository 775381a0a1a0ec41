"""The faults of `bin/faults`: what is killed, hangs, is slow or full, when, and for how long.

Each kind has a number of faults and distributes them over the steps of the play. Every fault is a
line of the fault log, which the player reads at the end: `fault`, `who`, `what`, `at` and `until`
(seconds of the real clock).
"""

import itertools
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from launch import hang, small_disk
from launch.hang import Hang, children_of
from launch.supervisor import Running, Supervisor

STEPS = 40  # of the play, tests/faults/player.py
WEIGHTS = {"worker 1": 25, "worker 2": 25, "beat": 10, "database": 15, "broker": 10, "mail": 15}
HUNG = (
    "broker",
    "worker 1",
    "mail",
    "broker",
    "worker 2",
)  # in turn, so that few hangs include the broker
HANG_SECONDS = (2.0, 6.0)
MAIL_SECONDS = (2.0, 6.0)
FULL_SECONDS = (1.0, 3.0)
SLOW, DEFERRED = {"delay_seconds": 2.0}, {"reply": "450 4.2.1 Greylisted, please try again later"}


@dataclass
class FaultLog:
    """The fault log, one JSON object a line."""

    path: Path

    def write(self, fault: str, who: str, what: str, *, at: float | None = None) -> None:
        """Write one fault. `at` is its start; now, if not given."""
        until = time.time()
        line = {
            "fault": fault,
            "who": who,
            "what": what,
            "at": until if at is None else at,
            "until": until,
        }
        with self.path.open("a") as log:
            log.write(json.dumps(line) + "\n")


class Faults(Protocol):
    """One kind of fault."""

    most: int
    done: Counter[str]
    # 0 to 1: where within its part of the play each one begins, so that kinds do not begin together
    phase: float

    def tick(self, steps: int) -> None:
        """Begin and end the faults that are due after `steps` of the play."""

    def end(self) -> None:
        """End the faults that have begun."""


@dataclass
class Kills:
    """kill -9 of a server or a process of the product, or of one of the processes it started."""

    supervisor: Supervisor
    chance: random.Random
    log: FaultLog
    most: int
    pace: float  # seconds between two kills, on average
    done: Counter[str] = field(default_factory=Counter)
    spared: set[str] = field(default_factory=set)  # what hangs now
    phase: float = 0.0
    next_at: float = 0.0

    def tick(self, steps: int) -> None:
        if is_due(self, steps) and time.monotonic() >= self.next_at:
            self._kill()
            self.next_at = time.monotonic() + self.chance.uniform(0.3, 1.7) * self.pace

    def end(self) -> None:
        pass

    def _kill(self) -> None:
        alive = {one.child.name: one for one in self.supervisor.running if one.again_at is None}
        names = [name for name in WEIGHTS if name in alive and name not in self.spared]
        if not names:
            return
        name = self.chance.choices(names, [WEIGHTS[name] for name in names])[0]
        one = alive[name]
        victim, description = a_process_of(one, self.chance, part=0.4)
        self.log.write("kill", name, description)
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
        one.pause = 0.1
        self.done[name] += 1


@dataclass
class Hangs:
    """SIGSTOP of the broker, a worker or the mail server for some seconds, at the beginning of a
    step.
    """

    supervisor: Supervisor
    chance: random.Random
    log: FaultLog
    most: int
    spared: set[str]
    done: Counter[str] = field(default_factory=Counter)
    names: Iterator[str] = field(default_factory=lambda: itertools.cycle(HUNG))
    phase: float = 0.3
    next_name: str = ""
    last_step: int = -1
    current: Hang | None = None
    began_at: float = 0.0
    ends_at: float = 0.0

    def tick(self, steps: int) -> None:
        if self.current is not None:
            if time.time() >= self.ends_at:
                self.end()
        elif is_due(self, steps) and (steps > self.last_step or steps >= STEPS):
            self._begin(steps)

    def end(self) -> None:
        if self.current is None:
            return
        self.current.end()
        self.current = None
        self.log.write("hang", self.next_name, "hung", at=self.began_at)
        self.spared.discard(self.next_name)
        self.done[self.next_name] += 1
        self.next_name = ""

    def _begin(self, steps: int) -> None:
        self.next_name = self.next_name or next(self.names)
        alive = [one for one in self.supervisor.running if one.again_at is None and one.is_settled]
        one = next((one for one in alive if one.child.name == self.next_name), None)
        if one is None:  # it was killed and restarts now
            return
        is_worker = self.next_name.startswith("worker")
        victim, _description = a_process_of(one, self.chance, part=0.5 if is_worker else 0.0)
        parent = os.getpid() if victim == one.process.pid else one.process.pid
        self.began_at = time.time()
        self.current = hang.begin(victim, parent=parent)
        if self.current is not None:
            self.spared.add(self.next_name)
            self.ends_at = time.time() + self.chance.uniform(*HANG_SECONDS)
            self.last_step = steps


@dataclass
class MailFaults:
    """A mail server that is slow or defers every message for some seconds, and addresses that it
    always refuses.
    """

    control: Path
    chance: random.Random
    log: FaultLog
    most: int
    refused: Sequence[str]
    done: Counter[str] = field(default_factory=Counter)
    kinds: Iterator[str] = field(default_factory=lambda: itertools.cycle(("slow", "deferring")))
    phase: float = 0.4
    kind: str = ""
    last_step: int = -1
    began_at: float = 0.0
    ends_at: float = 0.0

    def tick(self, steps: int) -> None:
        if self.kind:
            if time.time() >= self.ends_at:
                self.end()
        elif is_due(self, steps) and (steps > self.last_step or steps >= STEPS):
            self.kind, self.last_step = next(self.kinds), steps
            self.began_at = time.time()
            self.ends_at = self.began_at + self.chance.uniform(*MAIL_SECONDS)
            self.set(SLOW if self.kind == "slow" else DEFERRED)

    def end(self) -> None:
        if not self.kind:
            return
        self.set({})
        self.log.write("mail", "mail", self.kind, at=self.began_at)
        self.done[self.kind] += 1
        self.kind = ""

    def set(self, behaviour: dict[str, float] | dict[str, str]) -> None:
        """Set how the mail server answers from now on; refused addresses stay refused."""
        draft = self.control.with_suffix(".new")
        draft.write_text(json.dumps({"refused": list(self.refused), **behaviour}))
        draft.replace(self.control)


@dataclass
class FullDisks:
    """The disks of the database and of the files are full at the same time, for some seconds."""

    disks: Sequence[Path]
    chance: random.Random
    log: FaultLog
    most: int
    done: Counter[str] = field(default_factory=Counter)
    phase: float = 0.7
    last_step: int = -1
    began_at: float = 0.0
    ends_at: float | None = None

    def tick(self, steps: int) -> None:
        if self.ends_at is not None:
            if time.time() >= self.ends_at:
                self.end()
        elif is_due(self, steps) and (steps > self.last_step or steps >= STEPS):
            self.began_at, self.last_step = time.time(), steps
            self.ends_at = self.began_at + self.chance.uniform(*FULL_SECONDS)
            for disk in self.disks:
                small_disk.fill(disk)

    def end(self) -> None:
        if self.ends_at is None:
            return
        for disk in self.disks:
            small_disk.empty(disk)
        self.ends_at = None
        self.log.write("disk", "database", "full", at=self.began_at)
        self.done["full"] += 1


def is_due(faults: Faults, steps: int) -> bool:
    """Whether the next fault is due. Faults never run ahead of the play, so they cover all of
    it.
    """
    done = faults.done.total()
    if steps >= STEPS:
        return done < faults.most
    return done + faults.phase < faults.most * steps / STEPS


def a_process_of(one: Running, chance: random.Random, *, part: float) -> tuple[int, str]:
    """The process, or with probability `part` one of its children: of a worker's pool, of the
    database.
    """
    below = children_of(one.process.pid)
    if below and chance.random() < part:
        return chance.choice(below), "one of its processes"
    return one.process.pid, "all of it"
