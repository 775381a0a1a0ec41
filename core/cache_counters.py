"""Counting in the cache, for limits: exact when many requests count at once, and open when the
cache is away.

A counter is a number for a key and a window of time. Each window has a cache key of its own, so a
counter needs no lock and ends by itself. A cache that fails never refuses anybody: the count is
then 0.
"""

import logging
import time
from dataclasses import dataclass

from django.core.cache import cache

logger = logging.getLogger(__name__)


def _key(name: str, window: int) -> str:
    return f"count:{window}:{name}:{int(time.time() // window)}"


def add(name: str, window: int, n: int = 1) -> int:
    """Add `n` to the count of this window of `window` seconds; the new count, 0 without a cache."""
    key = _key(name, window)
    try:
        cache.add(key, 0, timeout=2 * window)
        return int(cache.incr(key, n))
    except Exception:
        logger.warning("The cache is away: nothing was counted.")
        return 0


def recent(name: str, window: int) -> int:
    """The count of the window before this one."""
    earlier = f"count:{window}:{name}:{int(time.time() // window) - 1}"
    try:
        return int(cache.get(earlier) or 0)
    except Exception:
        return 0


def clear(name: str, window: int) -> None:
    """Begin this window anew."""
    try:
        cache.delete(_key(name, window))
    except Exception:
        logger.warning("The cache is away: a count stays as it is.")


def left_of(window: int) -> int:
    """Seconds until this window ends, at least 1."""
    return max(1, int(window - time.time() % window) + 1)


@dataclass(frozen=True)
class Usage:
    """What one more request made of a limit: whether it is allowed, and what to say about it in
    headers.
    """

    is_allowed: bool
    limit: int
    remaining: int
    retry_after: int  # seconds; 0 where it is allowed


def spend(name: str, limit: int, window: int) -> Usage:
    """Take one from `limit` requests in any `window` seconds.

    A sliding window of two counters: the one before counts by the share of it that is still within
    the last `window` seconds. What is refused is not counted, so a client that waits as told is
    served.
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
    """Seconds until one more request is within the limit, if nobody else asks."""
    if count < limit and before:
        needed = 1 - (limit - 1 - count) / before - passed
        return max(1, int(needed * window) + 1)
    needed = 1 - passed + max(0.0, 1 - (limit - 1) / max(count, 1))
    return max(1, int(needed * window) + 1)
