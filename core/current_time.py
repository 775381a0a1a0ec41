"""The time of an action: now, in whole seconds, or an earlier time while a log is replayed."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Protocol

from django.utils import timezone

from core.errors import Refused


class Author(Protocol):
    """The author of an event: a person, or the system user."""

    @property
    def is_system(self) -> bool: ...


_historical: ContextVar[datetime | None] = ContextVar("caretrack_historical_instant", default=None)
_quiet: ContextVar[bool] = ContextVar("caretrack_quiet", default=False)


def now() -> datetime:
    """The time of the current action, as aware UTC time in whole seconds."""
    return _historical.get() or timezone.now().replace(microsecond=0)


def is_replaying() -> bool:
    """Whether the actions replay a finished history, about which nobody is notified."""
    return _quiet.get()


@contextmanager
def backdated(at: datetime, *, by: Author, quiet: bool = True) -> Iterator[None]:
    """Run actions at an earlier time. Raises Refused unless `by` is the system user.

    `quiet`: the history is finished and comes from another system, so nobody is notified and
    entitlements are not checked.
    """
    if not by.is_system:
        raise Refused("Only CareTrack itself can record what happened at another time.")
    instant, silence = _historical.set(at.replace(microsecond=0)), _quiet.set(quiet)
    try:
        yield
    finally:
        _quiet.reset(silence)
        _historical.reset(instant)
