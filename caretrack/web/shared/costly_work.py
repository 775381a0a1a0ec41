"""Work that costs a second or more of processor time: one at a time in each web process, so that
pages go on.

A PDF, an evidence pack, a workbook or a preview of Markdown takes a turn. One more may wait for a
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
    """All turns are taken; the text is for the person who asked."""

    def __init__(self) -> None:
        super().__init__(
            _("Others are making large files at the moment. Please try again in a few seconds.")
        )


@contextmanager
def turn() -> Iterator[None]:
    """Do costly work in here.

    Raises `Busy`, at once or after `WAIT_SECONDS`, where others are at it.
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
    """A view that does all of its work in a turn."""

    @wraps(view)
    def taking_turns(*args: P.args, **kwargs: P.kwargs) -> R:
        with turn():
            return view(*args, **kwargs)

    return taking_turns


class Stream:
    """A download that streams: a few at once, apart from the turns, since a slow line may take
    minutes to read one.

    Making it raises `Busy`. It is a class and no generator, so that a download which nobody began
    to read gives its place back too.
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
        """Give the place back; harmless when it was given back already."""
        if self._is_open:
            self._is_open = False
            _streams.release()

    def __del__(self) -> None:
        self.close()
