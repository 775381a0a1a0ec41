"""Limit the concurrent requests of one organisation, so that no customer blocks the others.

A process has more threads than database connections. One organisation may hold half of the
connections. All customers and people who are not signed in may hold all but one; the last one is
for Care. A request waits briefly in its thread, without a connection, and is then refused.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from core.tenancy import CARE_ROLE, Scope

WAIT_SECONDS = 5.0


class TooMany(Exception):
    """The organisation, or all customers together, have reached their limit of running requests."""


class Turns:
    """Counts running requests by organisation. Scopes without an organisation form one group."""

    def __init__(self, connections: int) -> None:
        self.of_one = max(1, connections // 2)
        self.of_all = max(1, connections - 1)
        self._running: dict[int | None, int] = {}
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, scope: Scope) -> Iterator[None]:
        """Run a request of `scope` in this context.

        Raises `TooMany` if no slot becomes free in time.
        """
        if scope.role == CARE_ROLE:
            yield
            return
        whose = scope.organisation_id
        with self._changed:
            if not self._has_room(whose):
                _give_connection_back()
            if not self._changed.wait_for(lambda: self._has_room(whose), timeout=WAIT_SECONDS):
                raise TooMany
            self._running[whose] = self._running.get(whose, 0) + 1
        try:
            yield
        finally:
            with self._changed:
                self._running[whose] -= 1
                if not self._running[whose]:
                    del self._running[whose]
                self._changed.notify_all()

    def _has_room(self, whose: int | None) -> bool:
        return (
            self._running.get(whose, 0) < self.of_one and sum(self._running.values()) < self.of_all
        )


def _give_connection_back() -> None:
    """Return the connection to the pool: reading the token or the session has taken one."""
    if not connection.in_atomic_block:
        connection.close()


WITHOUT_A_POOL = 16  # then each thread has a connection of its own
turns = Turns(settings.DATABASE_POOL or WITHOUT_A_POOL)
