"""A process that hangs: SIGSTOP stops it, and SIGCONT continues it in every case.

A pidfd names the process, so a signal never reaches another process with the same number. A helper
process stops it and waits for the end of its input. That comes with the end of the hang, and also
when this process ends, even by kill -9. So no stopped process remains.
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
finally:  # also when nobody reads its output any more
    signal.pidfd_send_signal(handle, signal.SIGCONT)
"""


@dataclass(frozen=True)
class Hang:
    """A running hang. `end` continues the process and may be called repeatedly."""

    helper: subprocess.Popen[bytes]

    def end(self) -> None:
        if self.helper.stdin is not None:
            with suppress(OSError):
                self.helper.stdin.close()
        self.helper.wait()
        if self.helper.stdout is not None:
            self.helper.stdout.close()


def begin(pid: int, *, parent: int) -> Hang | None:
    """Stop a process that `parent` has started. None if the process does not exist any more."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    try:
        if pid not in children_of(
            parent
        ):  # read after the handle was opened, so the number cannot be reused now
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
    """Our child `pid` hangs within this block."""
    hang = begin(pid, parent=os.getpid())
    if hang is None:
        raise ProcessLookupError(f"{pid} is no process that this command has started.")
    try:
        yield
    finally:
        hang.end()


def children_of(parent: int) -> list[int]:
    """The living processes that a process has started."""
    argv = ["ps", "-o", "pid=", "--ppid", str(parent)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return [int(number) for number in done.stdout.split()]
