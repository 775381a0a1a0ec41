"""Known devices: a signed cookie of an earlier sign-in gives its device an allowance of its own.

Guesses from elsewhere then cannot slow down the person on their own device (OWASP, Device Cookies).
The cookie names accounts by a keyed hash and contains no secret. Without the password it is worth
nothing.
"""

import secrets
import time
import unicodedata
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

COOKIE = "caretrack_device"
SALT = "caretrack.device"
MAX_AGE = 365 * 24 * 3600
MOST_ACCOUNTS = 8  # the latest accounts of people who share a browser


@dataclass(frozen=True)
class KnownAccount:
    """A sign-in from this browser: the account, a random name for the pair, and the time."""

    account: str
    nonce: str
    at: int


def fold(address: str) -> str:
    """A normalised address for limits: without case, accents and look-alike forms."""
    decomposed = unicodedata.normalize("NFKD", address.strip())
    bare = "".join(email for email in decomposed if not unicodedata.combining(email))
    return unicodedata.normalize("NFKC", bare.casefold())


def account_of(address: str) -> str:
    """A short keyed hash of an address, for cache keys, logs and the cookie."""
    return salted_hmac(SALT, fold(address), algorithm="sha256").hexdigest()[:24]


def known_device(request: HttpRequest, address: str) -> str | None:
    """The name of this device for the account if it is known. None otherwise."""
    account = account_of(address)
    nonce = _nonce_of(request, account)
    if nonce is not None:
        return nonce
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated and fold(user.email) == fold(address):
        return f"session-{account}"
    return None


def has_cookie_of(request: HttpRequest, address: str) -> bool:
    """Whether the browser has a cookie of the account."""
    return _nonce_of(request, account_of(address)) is not None


def remember(request: HttpRequest, response: HttpResponse, address: str) -> None:
    """Record the sign-in to the account in the cookie of the response."""
    account, others = account_of(address), _read(request)
    nonce = _nonce_of(request, account) or secrets.token_urlsafe(12)
    entries: list[tuple[str, str, int]] = [(account, nonce, int(time.time()))]
    entries += [
        (known.account, known.nonce, known.at) for known in others if known.account != account
    ]
    response.set_cookie(
        COOKIE,
        signing.dumps(entries[:MOST_ACCOUNTS], salt=SALT),
        max_age=MAX_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def browser_of(agent: str) -> str:
    """The browser and system in a User-Agent, such as “Firefox, Windows”; the beginning of an
    unknown one.
    """
    names = [
        next((name for mark, name in known if mark in agent), "") for known in (BROWSERS, SYSTEMS)
    ]
    printable = "".join(character for character in agent if character.isprintable())
    return ", ".join(filter(None, names)) or printable[:40] or "?"


def _nonce_of(request: HttpRequest, account: str) -> str | None:
    return next((known.nonce for known in _read(request) if known.account == account), None)


def _read(request: HttpRequest) -> list[KnownAccount]:
    try:
        entries: Any = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=MAX_AGE)
        return [KnownAccount(str(account), str(nonce), int(at)) for account, nonce, at in entries]
    except (signing.BadSignature, ValueError, TypeError):
        return []
