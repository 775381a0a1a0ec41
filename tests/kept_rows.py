"""Rows that take long to make, for several tests: made once, in a transaction around theirs.

Each test still runs in a transaction of its own, so what it writes is gone after it. The rows go as
soon as a test without them begins.
"""

from collections.abc import Callable

from django.db import transaction

_around: list[transaction.Atomic] = []


def keep(make: Callable[[], None]) -> None:
    """Make the rows unless they are there."""
    if _around:
        return
    around = transaction.atomic()
    around.__enter__()
    _around.append(around)
    make()


def drop() -> None:
    """Take the rows back, if there are any."""
    while _around:
        transaction.set_rollback(True)
        _around.pop().__exit__(None, None, None)
