"""Work that takes a second or more of processor time: one at a time in each web process.

PDFs, evidence packs, workbooks and Markdown previews take turns. One more request waits for a
moment; others are asked to try again.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from django.utils.translation import gettext as _

WAIT_SECONDS = 10
RETRY_SECONDS = 5

P = ParamSpec("P")
R = TypeVar("R")

_running = threading.Lock()
_running_or_waiting = threading.BoundedSemaphore(2)
_streams = threading.BoundedSemaphore(4)


class Busy(Exception):
    """No slot is free. The text is for the person who asked."""

    def __init__(self) -> None:
        super().__init__(
            _("Others are creating large files at the moment. Please try again in a few seconds.")
        )


@contextmanager
def turn() -> Iterator[None]:
    """Do costly work in this context.

    Raises `Busy`, immediately or after `WAIT_SECONDS`, while other work runs.
    """
    if not _running_or_waiting.acquire(blocking=False):
        raise Busy
    try:
        if not _running.acquire(timeout=WAIT_SECONDS):
            raise Busy
        try:
            yield
        finally:
            _running.release()
    finally:
        _running_or_waiting.release()


def in_turn(view: Callable[P, R]) -> Callable[P, R]:
    """Run a whole view as costly work."""

    @wraps(view)
    def taking_turns(*args: P.args, **kwargs: P.kwargs) -> R:
        with turn():
            return view(*args, **kwargs)

    return taking_turns


class Stream:
    """A streaming download. Only a few run at once, with slots of their own, because a slow client
    takes minutes.

    Creating it raises `Busy`. It is a class and not a generator, so that an unread download frees
    its slot too.
    """

    def __init__(self, parts: Iterable[str]) -> None:
        self._is_open = False
        if not _streams.acquire(blocking=False):
            raise Busy
        self._parts, self._is_open = iter(parts), True

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            return next(self._parts)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Free the slot. Idempotent."""
        if self._is_open:
            self._is_open = False
            _streams.release()

    def __del__(self) -> None:
        self.close()
