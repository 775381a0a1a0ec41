"""allauth's account forms, where the product does something else."""

from typing import Any

from allauth.account import forms
from django.http import HttpRequest

from caretrack.signin import emails


class ResetPasswordForm(forms.ResetPasswordForm):
    """Ask for a password reset. Looks nobody up before it is certain that the request will be served."""

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"])

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Queue the email, if the address is somebody's. Returns the address as it was typed."""
        address = str(self.cleaned_data["email"])
        emails.request_password_reset(address)
        return address
