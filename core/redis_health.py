"""Whether the Redis server answers, so that no page waits for one that hangs.

The first call that fails or takes too long marks the server as away for this process. Until a
background thread reaches it again, the cache uses the memory of the process (`core.signed_cache`).
Tasks are not published meanwhile (`caretrack.celery`); sweeps find their work.
"""

import logging
import os
import threading
import time

from redis import Redis, RedisError
from redis.connection import parse_url

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 0.2  # the time limit of one call
RETRY_SECONDS = 1.0  # between two attempts while it is away


class RedisHealth:
    """Remembers per process whether a Redis server answers."""

    def __init__(self, url: str) -> None:
        self._client = Redis.from_url(
            url, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS
        )
        self.reset()

    def reset(self) -> None:
        """Assume that the server answers; a forked process must, because it has no background
        thread.
        """
        self._is_away = threading.Event()
        self._watching = threading.Lock()

    @property
    def is_away(self) -> bool:
        """Whether the last call failed; makes no call."""
        return self._is_away.is_set()

    def answers(self) -> bool:
        """Call the server now, unless it is known to be away."""
        if self.is_away:
            return False
        try:
            self._client.ping()
        except (RedisError, OSError) as error:
            self.mark_away(error)
            return False
        return True

    def mark_away(self, error: BaseException) -> None:
        """Stop using the server until a background thread reaches it again."""
        if not self._watching.acquire(blocking=False):
            return
        self._is_away.set()
        logger.warning("Redis is away (%s): pages go on without it.", error)
        threading.Thread(target=self._watch, name="redis-health", daemon=True).start()

    def _watch(self) -> None:
        try:
            while not self._pings():
                time.sleep(RETRY_SECONDS)
            self._is_away.clear()
            logger.warning("Redis answers again.")
        finally:
            self._watching.release()

    def _pings(self) -> bool:
        try:
            return bool(self._client.ping())
        except (RedisError, OSError):
            return False


_servers: dict[str, RedisHealth] = {}


def health_of(url: str) -> RedisHealth:
    """The one `RedisHealth` of this process for a server, for all its databases."""
    address = parse_url(url)
    server = str(address.get("path") or (address.get("host"), address.get("port")))
    if server not in _servers:
        _servers[server] = RedisHealth(url)
    return _servers[server]


def _reset_after_fork() -> None:
    for health in _servers.values():
        health.reset()


os.register_at_fork(after_in_child=_reset_after_fork)
