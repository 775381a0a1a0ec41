"""Security events of sign-ins: a log line, a metric, an email to the person."""

import hashlib

import structlog
from django.http import HttpRequest
from django.utils import timezone

from caretrack.ops.metrics import signins
from caretrack.web.sign_in import devices, emails
from caretrack.web.sign_in.sources import network_of
from contacts.email_texts import EmailKind
from contacts.models import User

logger = structlog.get_logger("caretrack.security")


def sign_in_failed(kind: str, address: str, request: HttpRequest) -> None:
    """A wrong password or code."""
    signins.count(signins.FAILED, kind)
    _log("sign_in_failed", kind, address, request)


def sign_in_delayed(kind: str, address: str, request: HttpRequest, *, seconds: int) -> None:
    """An attempt that must wait. Nothing was checked."""
    signins.count(signins.DELAYED, kind)
    _log("sign_in_delayed", kind, address, request, seconds=seconds)


def many_failures(kind: str, address: str, request: HttpRequest, *, failures: int) -> None:
    """Many failures in a row: an event, a metric, and one email a day to the owner."""
    signins.count(signins.ROWS, kind)
    _log("many_sign_in_failures", kind, address, request, failures=failures)
    emails.notify_address(
        EmailKind.SIGN_IN_FAILURES,
        address,
        about=f"{kind}:{timezone.now():%Y-%m-%d}",
        failures=failures,
    )


def signed_in(person: User, request: HttpRequest, *, is_first: bool) -> None:
    """A complete sign-in. An unknown device causes an email, once a day for each browser."""
    is_known = devices.has_cookie_of(request, person.email)
    logger.info("signed_in", person=person.pk, source=network_of(request), known_device=is_known)
    if is_known or is_first:
        return
    agent = request.headers.get("User-Agent", "")
    mark = hashlib.sha256(f"{network_of(request)}|{agent}".encode("utf-8", "replace")).hexdigest()[
        :16
    ]
    emails.notify(
        EmailKind.NEW_DEVICE,
        person,
        about=f"{timezone.now():%Y-%m-%d}:{mark}",
        browser=devices.browser_of(agent),
    )


def unknown_token(request: HttpRequest) -> None:
    """An unknown, expired or revoked API token."""
    signins.count(signins.FAILED, "token")
    logger.warning("unknown_api_token", source=network_of(request))


def _log(event: str, kind: str, address: str, request: HttpRequest, **more: object) -> None:
    """The log has the keyed hash of the account: people type passwords into the wrong field."""
    logger.warning(
        event, kind=kind, account=devices.account_of(address), source=network_of(request), **more
    )
