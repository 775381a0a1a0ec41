"""A process that hangs: stopped by SIGSTOP, and continued by SIGCONT however this command ends.

A process is named by its pidfd, so a signal never reaches another one that was given the same
number since. A helper of its own stops it and waits for the end of its input. That comes with the
end of the hang, and with our own end as well, after a kill -9 too. So no stopped process is left
behind.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

HELPER = """
import signal, sys
handle = int(sys.argv[1])
signal.pidfd_send_signal(handle, signal.SIGSTOP)
try:
    print("stopped", flush=True)
    sys.stdin.read()
finally:  # also when nobody reads what it prints any more
    signal.pidfd_send_signal(handle, signal.SIGCONT)
"""


@dataclass(frozen=True)
class Hang:
    """A hang that has begun. `end` lets the process go on; it may be called more than once."""

    helper: subprocess.Popen[bytes]

    def end(self) -> None:
        if self.helper.stdin is not None:
            with suppress(OSError):
                self.helper.stdin.close()
        self.helper.wait()
        if self.helper.stdout is not None:
            self.helper.stdout.close()


def begin(pid: int, *, parent: int) -> Hang | None:
    """Stop a process that `parent` has started. None where there is no such process any more."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    try:
        if pid not in children_of(
            parent
        ):  # looked up after the handle was taken: it cannot change hands now
            return None
        helper = subprocess.Popen(
            [sys.executable, "-c", HELPER, str(handle)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=(handle,),
        )
    finally:
        os.close(handle)
    assert helper.stdout is not None
    hang = Hang(helper)
    if helper.stdout.readline().strip() != b"stopped":
        hang.end()
        return None
    return hang


@contextmanager
def hanging(pid: int) -> Iterator[None]:
    """Our own child `pid` hangs within this block."""
    hang = begin(pid, parent=os.getpid())
    if hang is None:
        raise ProcessLookupError(f"{pid} is no process that this command has started.")
    try:
        yield
    finally:
        hang.end()


def children_of(parent: int) -> list[int]:
    """The processes that a process has started and that are still there."""
    argv = ["ps", "-o", "pid=", "--ppid", str(parent)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return [int(word) for word in done.stdout.split()]
