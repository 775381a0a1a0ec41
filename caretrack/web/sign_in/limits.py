"""Limits on guessing passwords and codes: growing delays, never a lock.

A known device has an allowance of its own. Other requests count for account and source together,
for the account, and for the source. Above an allowance, a request must wait, and the response says
how long. After that time one attempt is allowed, independent of other requests. An attacker is
slowed down, and cannot lock the owner out. Password reset and passkeys are not limited by account.
"""

import time
from dataclasses import dataclass, field

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from caretrack.web.sign_in import devices, security_events
from caretrack.web.sign_in.sources import network_of
from core import cache_counters

WINDOW = 3600  # seconds; failures of this window and the previous one count
SOURCE_WINDOW = 600
SOURCE_FAILURES = 60  # of one source in a window, for all accounts together
DAY = 24 * 3600
TURN_SECONDS = 3600  # seconds in which a request that waited may come back


class TooSoon(Exception):
    """The request must wait this many seconds."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Wait {seconds} s.")
        self.seconds = seconds


@dataclass(frozen=True)
class Allowance:
    """The number of free failures, and the longest delay in seconds."""

    free: int
    longest: int

    def delay(self, failures: int) -> int:
        """Seconds to wait after so many failures, including this attempt: 0, then 2, 4, 8 …"""
        above = failures - self.free
        return 0 if above <= 0 else min(self.longest, 2 ** min(above, 20))


DEVICE = Allowance(free=10, longest=60)
PAIR = Allowance(free=5, longest=300)
ACCOUNT = Allowance(free=20, longest=120)


@dataclass
class Attempt:
    """One allowed attempt. It counts as a failure until it succeeds."""

    kind: str
    request: HttpRequest
    address: str
    waiting: str
    counted: list[tuple[str, int]] = field(default_factory=list)

    def count(self, name: str, window: int = WINDOW) -> int:
        self.counted.append((name, window))
        return cache_counters.add(name, window) + (
            cache_counters.recent(name, window) if window == WINDOW else 0
        )

    def take_back(self) -> None:
        for name, window in self.counted:
            cache_counters.add(name, window, -1)
        self.counted = []

    def succeeded(self) -> None:
        """The password or code was right: remove the failure and reset the series."""
        self.take_back()
        _forget_turn(self.waiting)
        cache_counters.clear(_row(self.kind, self.address), DAY)

    def failed(self) -> None:
        """The password or code was wrong.

        A long series of failures is reported to the person and to operators.
        """
        row = cache_counters.add(_row(self.kind, self.address), DAY)
        security_events.sign_in_failed(self.kind, self.address, self.request)
        if row and row % settings.SIGN_IN_ALERT_AFTER == 0:
            security_events.many_failures(self.kind, self.address, self.request, failures=row)


def begin(kind: str, address: str, request: HttpRequest) -> Attempt:
    """Allow one attempt at an account's `kind` of secret ("password", "code"), or raise TooSoon.

    It is counted before the secret is checked, so that a hundred attempts at once count as a
    hundred.
    """
    account, device = devices.account_of(address), devices.known_device(request, address)
    if device is not None:
        attempt = Attempt(kind, request, address, f"signin:{kind}:device:{account}:{device}")
        delay = DEVICE.delay(attempt.count(attempt.waiting))
    else:
        source = network_of(request)
        attempt = Attempt(kind, request, address, f"signin:{kind}:pair:{account}:{source}")
        delay = max(
            PAIR.delay(attempt.count(attempt.waiting)),
            ACCOUNT.delay(attempt.count(f"signin:{kind}:account:{account}")),
        )
        if attempt.count(f"signin:source:{source}", SOURCE_WINDOW) > SOURCE_FAILURES:
            _refuse(attempt, cache_counters.left_of(SOURCE_WINDOW))
    if delay:
        wait = _wait_for_turn(attempt.waiting, delay)
        if wait:
            _refuse(attempt, wait)
    return attempt


def _refuse(attempt: Attempt, seconds: int) -> None:
    attempt.take_back()
    security_events.sign_in_delayed(attempt.kind, attempt.address, attempt.request, seconds=seconds)
    raise TooSoon(seconds)


def _row(kind: str, address: str) -> str:
    return f"signin:{kind}:row:{devices.account_of(address)}"


def _wait_for_turn(name: str, delay: int) -> int:
    """Seconds until this request's turn; 0 for the one request that may try now.

    Without a cache it may.
    """
    now = time.time()
    try:
        until = cache.get(f"{name}:until")
        if until is None:
            cache.add(f"{name}:until", now + delay, timeout=delay + TURN_SECONDS)
            return delay
        if now < until:
            return int(until - now) + 1
        if not cache.add(f"{name}:turn:{until}", True, timeout=delay + TURN_SECONDS):
            return delay
        cache.set(f"{name}:until", now + delay, timeout=delay + TURN_SECONDS)
    except Exception:
        return 0
    return 0


def _forget_turn(name: str) -> None:
    try:
        cache.delete(f"{name}:until")
    except Exception:  # without the cache there are no counters
        return
