"""Effects of a sign-in: the device becomes known, and an unknown device causes an email."""

from typing import Any

from django.http import HttpRequest

from caretrack.web.sign_in import emails, security_events
from caretrack.web.sign_in.middleware import trust_device
from contacts.models import User


def device_earned_trust(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """After a sign-in, or a new password by an emailed link, the device is known."""
    trust_device(request, user.email)


def signed_in(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Every step of a sign-in is complete."""
    security_events.signed_in(user, request, is_first=getattr(request, "is_first_sign_in", False))


def listen() -> None:
    """Connect the signals. Called once, when a program starts."""
    from allauth.account import signals
    from django.contrib.auth.signals import user_logged_in

    user_logged_in.connect(device_earned_trust, dispatch_uid="caretrack.known_device")
    signals.password_reset.connect(
        device_earned_trust, dispatch_uid="caretrack.known_device_by_reset"
    )
    signals.user_logged_in.connect(signed_in, dispatch_uid="caretrack.signed_in")
    emails.listen()
