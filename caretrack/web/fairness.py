"""No customer takes all of a web process: so many requests of one organisation run at once, and the
others wait.

A process has more threads than database connections. Requests of one organisation may hold half of
the connections; those of all customers and of people who have not signed in, all but one. The last
connection is always there for Care. Who waits, waits in a thread without a connection, for a
moment, and is then asked to try again.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from core.tenancy import CARE_ROLE, Scope

WAIT_SECONDS = 5.0


class TooMany(Exception):
    """The organisation, or all customers together, have as many requests running as they may
    have.
    """


class Turns:
    """Counts the running requests by organisation; a scope without an organisation is one group of
    its own.
    """

    def __init__(self, connections: int) -> None:
        self.of_one = max(1, connections // 2)
        self.of_all = max(1, connections - 1)
        self._running: dict[int | None, int] = {}
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, scope: Scope) -> Iterator[None]:
        """Run a request of `scope` in here.

        Raises `TooMany` where none of its turns comes in time.
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
    """To the pool: reading whose the request is, a token or a session, has taken one."""
    if not connection.in_atomic_block:
        connection.close()


WITHOUT_A_POOL = 16  # then each thread has a connection of its own
turns = Turns(settings.DATABASE_POOL or WITHOUT_A_POOL)
