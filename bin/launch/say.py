"""Output for the person at the terminal: steps with their time, coloured prefixes, one line for
each error.
"""

import errno
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

USAGE = 2  # the exit code for wrong usage, as opposed to a failure

COLOURS = {
    "red": 31,
    "green": 32,
    "yellow": 33,
    "blue": 34,
    "magenta": 35,
    "cyan": 36,
    "dim": 2,
    "bold": 1,
}
FULL_DISK_TEXTS = (
    "No space left on device",
    "Check free disk space",
)  # the system's and PostgreSQL's

output_lock = threading.Lock()


class LauncherError(Exception):
    """An error that the person can fix; its message is the one line that they read."""

    def __init__(self, message: str, *, code: int = 1, details: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.details = details


class Stopped(BaseException):
    """Ctrl-C or a signal requested the end. It derives from BaseException, so that no `except
    Exception` catches it.
    """


def is_full_disk(output: str) -> bool:
    return any(text in output for text in FULL_DISK_TEXTS)


def full_disk(where: object) -> LauncherError:
    return LauncherError(f"The disk is full: no space left under {where}.")


def line(text: str = "", *, to: TextIO | None = None) -> None:
    """Print, also if the terminal is gone: the servers must survive that."""
    with output_lock, suppress(OSError, ValueError):
        print(text, file=to or sys.stdout, flush=True)


def paint(text: str, colour: str) -> str:
    if not is_terminal() or os.environ.get("NO_COLOR"):
        return text
    return f"\033[{COLOURS[colour]}m{text}\033[0m"


def is_terminal() -> bool:
    try:
        return sys.stdout.isatty()
    except ValueError:
        return False


def news(name: str, text: str, colour: str = "cyan") -> None:
    """One short line about a child: started, stopped, restarted."""
    line(f"{paint(f'{name:>9}', colour)} {paint('|', 'dim')} {text}")


@contextmanager
def step(title: str) -> Iterator[None]:
    """Print the name of a long step, its seconds while it runs on a terminal, and its duration."""
    began = time.monotonic()
    over = threading.Event()
    ticker = threading.Thread(target=_tick, args=(title, began, over), daemon=True)
    if is_terminal():
        ticker.start()
    else:
        line(f"{title} ...")
    outcome = "failed"
    try:
        yield
        outcome = "done"
    finally:
        over.set()
        if ticker.is_alive():
            ticker.join()
        took = f"{time.monotonic() - began:.1f} s"
        if is_terminal():
            line(
                f"\r\033[K{title} ... "
                f"{paint(outcome, 'green' if outcome == 'done' else 'red')}, {took}"
            )
        else:
            line(f"{title} ... {outcome}, {took}")


def _tick(title: str, began: float, over: threading.Event) -> None:
    while True:
        with output_lock, suppress(OSError, ValueError):
            sys.stdout.write(f"\r\033[K{title} ... {time.monotonic() - began:.0f} s")
            sys.stdout.flush()
        if over.wait(1):
            return


@contextmanager
def error_on_one_line() -> Iterator[None]:
    with suppress(AttributeError, OSError):
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        yield
    except LauncherError as error:
        if error.details:
            line(error.details.rstrip(), to=sys.stderr)
        line(f"{error}", to=sys.stderr)
        sys.exit(error.code)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        line(str(full_disk(error.filename or "this folder")), to=sys.stderr)
        sys.exit(1)
    except (KeyboardInterrupt, Stopped):
        line("Stopped.", to=sys.stderr)
        sys.exit(130)
