"""What time it is for a verb: now, to the whole second, or a historical instant while a log is
replayed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Protocol

from django.utils import timezone

from core.errors import Refused


class Author(Protocol):
    """Whoever records something: a person, or the system user."""

    @property
    def is_system(self) -> bool: ...


_historical: ContextVar[datetime | None] = ContextVar("caretrack_historical_instant", default=None)
_quiet: ContextVar[bool] = ContextVar("caretrack_quiet", default=False)


def now() -> datetime:
    """The instant of a verb, as aware UTC time in whole seconds."""
    return _historical.get() or timezone.now().replace(microsecond=0)


def is_replaying() -> bool:
    """Whether the verbs belong to a history that is over: nobody is told of it."""
    return _quiet.get()


@contextmanager
def backdated(at: datetime, *, by: Author, quiet: bool = True) -> Iterator[None]:
    """Run verbs at a historical instant. Raises Refused unless `by` is the system user: nobody else
    sets the time.

    `quiet`: the history is over and comes from another system, so nobody is told and the doors'
    rules are not asked.
    """
    if not by.is_system:
        raise Refused("Only CareTrack itself can record what happened at another time.")
    instant, silence = _historical.set(at.replace(microsecond=0)), _quiet.set(quiet)
    try:
        yield
    finally:
        _quiet.reset(silence)
        _historical.reset(instant)
