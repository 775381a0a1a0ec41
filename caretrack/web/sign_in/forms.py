"""allauth's sign-in forms, with the product's limits and emails."""

from typing import Any

from allauth.account import forms as account_forms
from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.webauthn import forms as webauthn_forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import ngettext

from caretrack.web.sign_in import devices, emails, limits
from caretrack.web.sign_in.encryption import Unreadable
from caretrack.web.sign_in.middleware import must_wait
from caretrack.web.sign_in.sources import network_of
from core import cache_counters

RESETS_OF_A_SOURCE = 20  # in a minute


def refusal(request: HttpRequest, seconds: int) -> ValidationError:
    """The form error for a request that must wait. The status becomes 429."""
    must_wait(request, seconds)
    message = ngettext(
        "Too many attempts. Try again in {seconds} second.",
        "Too many attempts. Try again in {seconds} seconds.",
        seconds,
    )
    return ValidationError(message.format(seconds=seconds), code="too_many_login_attempts")


class ResetPasswordForm(account_forms.ResetPasswordForm):
    """Request a password reset.

    Limited by source alone, so that nobody can block somebody else's reset.
    """

    def clean_email(self) -> str:
        request, address = context.request, str(self.cleaned_data["email"])
        if not devices.has_cookie_of(request, address):
            usage = cache_counters.spend(f"reset:{network_of(request)}", RESETS_OF_A_SOURCE, 60)
            if not usage.is_allowed:
                raise refusal(request, usage.retry_after)
        return address

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Queue the email, if the address belongs to somebody. Returns the address as entered."""
        address = str(self.cleaned_data["email"])
        emails.request_password_reset(address)
        return address


class LimitedCode(mfa_forms.BaseAuthenticateForm):
    """A code of an authenticator app or a recovery code.

    Its limits cannot be turned against its owner.
    """

    def clean_code(self) -> str:
        try:
            attempt = limits.begin("code", self.user.email, context.request)
        except limits.TooSoon as wait:
            raise refusal(context.request, wait.seconds) from None
        try:
            code = str(super().clean_code())
        except ValidationError:
            attempt.failed()
            raise
        except Unreadable:
            attempt.take_back()
            raise
        if _is_used(self.user.pk, code):
            attempt.failed()
            raise get_adapter().validation_error("incorrect_code")
        attempt.succeeded()
        return code


def _is_used(user_id: int, code: str) -> bool:
    """Whether a correct code was used before, and remember its use.

    A code is valid for a minute and a half; allauth remembers its use for half a minute. Spaces and
    punctuation in a code mean nothing, so they make no other code of it.
    """
    use = f"second-factor:{user_id}:{normalize_user_code(code)}"
    return bool(cache_counters.recent(use, 120)) or cache_counters.add(use, 120) > 1


class AuthenticateForm(LimitedCode, mfa_forms.AuthenticateForm):
    """The second factor of a sign-in."""


class ReauthenticateForm(LimitedCode, mfa_forms.ReauthenticateForm):
    """The code before a change of the account."""


class AddPasskeyForm(webauthn_forms.AddWebAuthnForm):
    """A key that also signs in without a password, unless its owner says otherwise."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["passwordless"].initial = True
