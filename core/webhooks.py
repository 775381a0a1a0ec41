"""Signed webhooks: an on-call rota's alerts are posted to a system that Care names.

A body is signed with HMAC-SHA256 over "timestamp.body". `core/outgoing_http.py` decides which
addresses may be called and makes the call.
"""

import hashlib
import hmac
import logging

from django.utils import timezone

from core import outgoing_http

logger = logging.getLogger(__name__)
TIMEOUT_SECONDS = 5


class WebhookError(Exception):
    """A webhook was not delivered.

    A manager reads the text, so it holds only refused, no answer or the class of the status: more
    would let a page scan the operator's network. The log has the details.
    """


def signature(secret: str, timestamp: str, body: str) -> str:
    """HMAC-SHA256 over the timestamp, a dot and the sent body, in hexadecimal."""
    return hmac.new(secret.encode(), f"{timestamp}.{body}".encode(), hashlib.sha256).hexdigest()


def post(address: str, body: str, *, secret: str) -> None:
    """Call a webhook. Raises WebhookError unless it answers 2xx within five seconds."""
    timestamp = str(int(timezone.now().timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "CareTrack",
        "X-CareTrack-Timestamp": timestamp,
        "X-CareTrack-Signature": f"sha256={signature(secret, timestamp, body)}",
    }
    try:
        answer = outgoing_http.post(
            address, body.encode(), headers=headers, seconds=TIMEOUT_SECONDS
        )
    except outgoing_http.OutgoingError as error:
        logger.warning("A webhook was not delivered: %s", error.detail)
        refused = isinstance(error, outgoing_http.AddressRefusedError)
        raise WebhookError(
            "The address is refused." if refused else "There was no answer."
        ) from error
    if not 200 <= answer.status < 300:
        logger.warning("A webhook answered %s", answer.status)
        raise WebhookError(f"It answered with an error ({answer.status_class}).")
