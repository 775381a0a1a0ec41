"""Calling a machine of Care's own, signed, so that it knows who calls and when.

A body is signed with HMAC-SHA256 over «timestamp.body». Only https is called, or a service on this machine, and no
redirect is followed: what is signed for one address goes to no other.
"""

import hashlib
import hmac
import ipaddress
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone

TIMEOUT_SECONDS = 5


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """What is signed for one address goes to no other."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def is_allowed(address: str) -> bool:
    """Whether a webhook may be called: by https anywhere, by plain http only on this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        _port = parts.port
    except ValueError:
        return False
    if not host or parts.username or parts.password:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def signature(secret: str, timestamp: str, body: str) -> str:
    """What a receiver computes again: HMAC-SHA256 over the timestamp, a dot and the body as it came, in hexadecimal."""
    return hmac.new(secret.encode(), f"{timestamp}.{body}".encode(), hashlib.sha256).hexdigest()


def post(address: str, body: str, *, secret: str) -> None:
    """Call a webhook. Raises where the address is not allowed, or where anything but a 2xx comes back."""
    if not is_allowed(address):
        raise ValueError("A webhook is called by https, or on this machine.")
    timestamp = str(int(timezone.now().timestamp()))
    headers = {
        "Content-Type": "application/json", "User-Agent": "CareTrack", "X-CareTrack-Timestamp": timestamp,
        "X-CareTrack-Signature": f"sha256={signature(secret, timestamp, body)}",
    }  # fmt: skip
    request = urllib.request.Request(address, body.encode(), headers, method="POST")  # noqa: S310 (checked above)
    handlers: list[urllib.request.BaseHandler] = [_NoRedirects()]
    if is_loopback(urlsplit(address).hostname or ""):
        handlers.append(urllib.request.ProxyHandler({}))
    with urllib.request.build_opener(*handlers).open(request, timeout=TIMEOUT_SECONDS) as answer:
        if not 200 <= answer.status < 300:
            raise ConnectionError(f"The webhook answered {answer.status}.")
