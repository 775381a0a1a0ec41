"""allauth's adapters and backend: no sign-up, slow guessing, no email inside a request."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.adapter import DefaultMFAAdapter
from django.db.models import F
from django.http import HttpRequest

from caretrack.web.sign_in import emails, encryption, forms, limits
from contacts.models import User
from core.tenancy import AUTH_ROLE, current_scope, scope_of_person, take

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Sign-up is closed: people are invited (§1)."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse an attempt that must wait (`caretrack.web.sign_in.limits`), or count it before the
        password check.
        """
        try:
            self._attempt = limits.begin("password", str(credentials.get("email", "")), request)
        except limits.TooSoon as wait:
            raise forms.refusal(request, wait.seconds) from None

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """The user with this password. None for a wrong one, which counts as a failure."""
        user: User | None = super().authenticate(request, **credentials)
        if user is None:
            self._attempt.failed()
        else:
            self._attempt.succeeded()
        return user

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in, and remember whether it is the first time: nobody is warned about that."""
        request.is_first_sign_in = user.last_login is None  # type: ignore[attr-defined]
        super().login(request, user)

    def set_password(self, user: User, password: str) -> None:
        """Store a new password. The sign-in scope may change nothing else of a user."""
        user.set_password(password)
        user.save(update_fields=["session_epoch"])

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send nothing: a request sends no email, and strangers get none.

        `sign_in.emails` writes the emails that people need. allauth's other emails belong to
        disabled features, such as sign-up and codes by email.
        """
        logger.error(
            "allauth asked for the email %s, which the product does not send.", template_prefix
        )

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Queue the product's own email about a changed password (ASVS 6.3.7)."""
        kind = emails.CHANGES.get(template_prefix)
        if kind is not None:
            emails.notify(kind, user)


class MfaAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        """A secret in its stored form."""
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """The secret itself. Raises Unreadable if its key is missing from the settings."""
        return encryption.decrypt(encrypted_text)

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Send nothing: `sign_in.emails` writes the emails about second factors."""


class Backend(AuthenticationBackend):
    """allauth's backend, which loads user, organisation and designation in one statement."""

    def get_user(self, user_id: Any) -> User | None:
        """The user of a session. None if they are inactive or outside the session's scope."""
        if current_scope().role == AUTH_ROLE:
            return self._on_account_pages(user_id)
        known = User.objects.select_related("organisation").annotate(
            designation_state=F("designation__state")
        )
        return known.filter(pk=user_id, is_active=True).first()

    def _on_account_pages(self, user_id: Any) -> User | None:
        """Load the designation in the user's own scope: the sign-in scope of account pages cannot
        read it.
        """
        user = super().get_user(user_id)
        if user is None or not user.is_active:
            return None
        with take(scope_of_person(user)):
            return self.get_user(user_id)
