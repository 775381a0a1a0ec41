"""Counters in the cache, for limits: exact under concurrency, and permissive without a cache.

A counter is a number for a key and a window of time. Each window has its own cache key, so a
counter needs no lock and expires by itself. When the cache fails the count is 0, so nobody is
refused.
"""

import logging
import time
from dataclasses import dataclass

from django.core.cache import cache

logger = logging.getLogger(__name__)


def _key(name: str, window: int) -> str:
    return f"count:{window}:{name}:{int(time.time() // window)}"


def add(name: str, window: int, n: int = 1) -> int:
    """Add `n` to the count of the current window of `window` seconds. Returns the new count, 0
    without a cache.
    """
    key = _key(name, window)
    try:
        cache.add(key, 0, timeout=2 * window)
        return int(cache.incr(key, n))
    except Exception:
        logger.warning("The cache is away: nothing was counted.")
        return 0


def recent(name: str, window: int) -> int:
    """The count of the previous window."""
    earlier = f"count:{window}:{name}:{int(time.time() // window) - 1}"
    try:
        return int(cache.get(earlier) or 0)
    except Exception:
        return 0


def clear(name: str, window: int) -> None:
    """Reset the count of the current window."""
    try:
        cache.delete(_key(name, window))
    except Exception:
        logger.warning("The cache is away: a count stays as it is.")


def left_of(window: int) -> int:
    """Seconds until this window ends, at least 1."""
    return max(1, int(window - time.time() % window) + 1)


@dataclass(frozen=True)
class Usage:
    """The state of a limit after one more request: whether it is allowed, and the values for
    response headers.
    """

    is_allowed: bool
    limit: int
    remaining: int
    retry_after: int  # seconds; 0 where it is allowed


def spend(name: str, limit: int, window: int) -> Usage:
    """Take one from `limit` requests in any `window` seconds.

    A sliding window of two counters: the previous one counts in proportion to its part within the
    last `window` seconds. A refused request is not counted, so a client that waits for
    `retry_after` is served.
    """
    passed = time.time() % window / window
    before = recent(name, window)
    count = add(name, window)
    weighted = before * (1 - passed) + count
    if weighted <= limit:
        return Usage(True, limit, max(0, int(limit - weighted)), 0)
    add(name, window, -1)
    return Usage(False, limit, 0, _wait(before, count - 1, limit, window, passed))


def _wait(before: int, count: int, limit: int, window: int, passed: float) -> int:
    """Seconds until one more request is within the limit, if there are no others."""
    if count < limit and before:
        needed = 1 - (limit - 1 - count) / before - passed
        return max(1, int(needed * window) + 1)
    needed = 1 - passed + max(0.0, 1 - (limit - 1) / max(count, 1))
    return max(1, int(needed * window) + 1)
