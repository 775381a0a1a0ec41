"""End a request after `CARETRACK_REQUEST_SECONDS`: roll it back and free its thread.

PostgreSQL ends statements (`statement_timeout`, set with the scope). A watcher thread raises an
exception in the request's thread to end Python code. Input is bounded everywhere, so ordinary
requests stay far below the limit.
"""

import ctypes
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

CHECK_SECONDS = 0.5


class RequestTooLong(BaseException):
    """The request took too long.

    Not an `Exception`, so that no handler of ordinary errors swallows it.
    """


@dataclass(eq=False)
class _Running:
    thread: int
    ends_at: float
    is_over: bool = field(default=False)
    was_ended: bool = field(default=False)


_lock = threading.Lock()
_running: set[_Running] = set()
_watcher: threading.Thread | None = None


@contextmanager
def limit(seconds: float) -> Iterator[None]:
    """Raise `RequestTooLong` in this thread once the block has run for so long."""
    one = _Running(threading.get_ident(), time.monotonic() + seconds)
    with _lock:
        _running.add(one)
        _start_watching()
    try:
        yield
    finally:
        with _lock:
            one.is_over = True
            _running.discard(one)
            if one.was_ended:  # the exception must not reach the next request
                _raise_in(one.thread, None)


def _reset_after_fork() -> None:
    """A forked process has neither the watcher thread nor the requests of its parent."""
    global _lock, _watcher
    _lock, _watcher = threading.Lock(), None
    _running.clear()


os.register_at_fork(after_in_child=_reset_after_fork)


def _start_watching() -> None:
    global _watcher
    if _watcher is None or not _watcher.is_alive():
        _watcher = threading.Thread(target=_watch, name="time-limit", daemon=True)
        _watcher.start()


def _watch() -> None:
    while True:
        time.sleep(CHECK_SECONDS)
        now = time.monotonic()
        with _lock:
            for one in _running:
                if one.ends_at <= now and not one.was_ended:
                    one.was_ended = True
                    _raise_in(one.thread, RequestTooLong)


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), ctypes.py_object(error) if error else None
    )
