"""Starts children in order, waits until each is ready, restarts those that die, stops them in
order.

Only the main thread starts children: the kernel sends a child its parent-death signal when the
*thread* that made it ends. Because of that signal nothing remains after a kill -9 of the
supervisor.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from launch import say
from launch.say import LauncherError, Stopped

TICK = 0.1
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STEADY_AFTER = 30.0  # seconds alive after which earlier deaths are forgiven
LARGEST_LOG = 5_000_000

PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Child:
    """What to run, and how to find out whether it runs."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    log: Path
    is_ready: Callable[[], bool] = lambda: True
    ready_text: bytes = b""  # text in its log, for a child without a health check
    user: int | None = None
    group: int | None = None
    stop_with: signal.Signals = signal.SIGTERM
    stop_harder_with: signal.Signals = signal.SIGKILL
    start_patience: float = 60.0
    stop_patience: float = 15.0


@dataclass
class Running:
    child: Child
    process: subprocess.Popen[bytes]
    since: float
    log_from: int
    pause: float = FIRST_PAUSE
    again_at: float | None = None  # dead, and to be started again then
    is_settled: bool = False  # has been ready since its last start


@dataclass
class Supervisor:
    """Children stop in the reverse order of their start."""

    inherited: tuple[int, ...] = ()  # file handles that every child holds open
    running: list[Running] = field(default_factory=list)
    is_talkative: bool = False
    signals_seen: int = 0
    is_stopping: bool = False

    def listen(self) -> None:
        """From now on SIGINT, SIGTERM and SIGHUP end the children in order; a second signal stops
        them faster.
        """
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def start(self, *children: Child) -> None:
        """Start these together and wait until all are ready."""
        fresh = []
        for child in children:
            log_from = _size(child.log)
            fresh.append(Running(child, self.spawn(child), time.monotonic(), log_from))
            self.running.append(fresh[-1])
        for one in fresh:
            self._wait_until_ready(one)
            if self.is_talkative:
                say.news(
                    one.child.name, f"ready after {time.monotonic() - one.since:.1f} s", "green"
                )

    def watch(self) -> None:
        """Restart children that die, until somebody stops this process."""
        while True:
            self.look_after()
            time.sleep(TICK)

    def look_after(self) -> None:
        """Once: note who died, and restart those whose pause is over."""
        for one in self.running:
            self._look_after(one)

    def stop(self) -> None:
        self.is_stopping = True
        while self.running:
            one = self.running[-1]
            began = time.monotonic()
            self._end(one)
            self.running.pop()
            if self.is_talkative:
                say.news(one.child.name, f"stopped, {time.monotonic() - began:.1f} s", "dim")

    # Starting

    def spawn(self, child: Child) -> subprocess.Popen[bytes]:
        with child.log.open("ab") as log:
            return subprocess.Popen(
                child.argv,
                env=dict(child.env),
                cwd=child.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # the supervisor passes a Ctrl-C on, in order
                preexec_fn=tied_to_us(child.stop_with),
                pass_fds=self.inherited,
                user=child.user,
                group=child.group,
                extra_groups=None if child.user is None else [],
            )

    def _wait_until_ready(self, one: Running) -> None:
        until = time.monotonic() + one.child.start_patience
        while not _is_ready(one):
            code = one.process.poll()
            if code is not None:
                _sweep_up(one.process)
                raise self._did_not_start(
                    one, f"The {one.child.name} ended immediately ({_reason(code)})"
                )
            if time.monotonic() > until:
                raise self._did_not_start(
                    one,
                    f"The {one.child.name} was not ready after {one.child.start_patience:.0f} s",
                )
            time.sleep(TICK)
        one.is_settled = True

    def _did_not_start(self, one: Running, what: str) -> LauncherError:
        log = one.child.log
        if say.is_full_disk(tail(log)):
            return say.full_disk(log.parent)
        return LauncherError(f"{what}; see {log}", details=tail(log))

    # Watching

    def _look_after(self, one: Running) -> None:
        now = time.monotonic()
        if one.again_at is not None:
            if now >= one.again_at:
                one.log_from = _size(one.child.log)
                one.process, one.since, one.again_at, one.is_settled = (
                    self.spawn(one.child),
                    now,
                    None,
                    False,
                )
            return
        code = one.process.poll()
        if code is None:
            self._note_readiness(one, now)
            return
        _sweep_up(one.process)
        if now - one.since > STEADY_AFTER:
            one.pause = FIRST_PAUSE
        say.news(one.child.name, f"ended ({_reason(code)}); again in {one.pause:g} s", "yellow")
        one.again_at = now + one.pause
        one.pause = min(one.pause * 2, LONGEST_PAUSE)

    def _note_readiness(self, one: Running, now: float) -> None:
        if one.is_settled or now - one.since < 2 * TICK:
            return
        if _is_ready(one):
            one.is_settled = True
            say.news(one.child.name, f"is back, {now - one.since:.1f} s after its restart", "green")

    # Stopping

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.signals_seen += 1
        if not self.is_stopping:
            self.is_stopping = True
            raise Stopped

    def _end(self, one: Running) -> None:
        if one.process.poll() is None:
            for number in (one.child.stop_with, one.child.stop_harder_with, signal.SIGKILL):
                with suppress(ProcessLookupError):
                    one.process.send_signal(number)
                if self._wait_for_end(one):
                    break
        _sweep_up(one.process)

    def _wait_for_end(self, one: Running) -> bool:
        began = time.monotonic()
        while one.process.poll() is None:
            patience = 1.0 if self.signals_seen > 1 else one.child.stop_patience
            if time.monotonic() - began > patience:
                return False
            time.sleep(TICK / 5)
        return True


def tied_to_us(number: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`: the child gets this signal when this process ends, in any way."""
    parent = os.getpid()

    def tie() -> None:
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # gone between fork and prctl
            os._exit(1)

    return tie


def tail(log: Path, lines: int = 15) -> str:
    try:
        with log.open("rb") as opened:
            opened.seek(max(0, log.stat().st_size - 20_000))
            text = opened.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:]) + "\n"


def _is_ready(one: Running) -> bool:
    """Whether it is ready. A child without its log text counts as ready after half its time
    limit.
    """
    text = one.child.ready_text
    if not text:
        return one.child.is_ready()
    with one.child.log.open("rb") as log:
        log.seek(one.log_from)
        is_ready = text in log.read()
    return is_ready or time.monotonic() - one.since > one.child.start_patience / 2


def _size(log: Path) -> int:
    """The position of a child's next output in its log; the log may be renamed at any time."""
    _rotate(log)
    return log.stat().st_size if log.exists() else 0


def _sweep_up(process: subprocess.Popen[bytes]) -> None:
    """End what a child left in its group: pool processes of a killed worker would hold its jobs."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _rotate(log: Path) -> None:
    with suppress(OSError):
        if log.stat().st_size > LARGEST_LOG:
            log.replace(log.with_suffix(".log.1"))


def _reason(code: int) -> str:
    if code < 0:
        with suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"
