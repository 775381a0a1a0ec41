"""allauth's adapters and back-end: nobody signs up, guesses are slowed down, no request sends
mail.
"""

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
        """Refuse a guess that must wait (`caretrack.web.sign_in.limits`); else count it, before the
        password is checked.
        """
        try:
            self._attempt = limits.begin("password", str(credentials.get("email", "")), request)
        except limits.TooSoon as wait:
            raise forms.refusal(request, wait.seconds) from None

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Whose password this is; None for a wrong one, which counts as a failure."""
        user: User | None = super().authenticate(request, **credentials)
        if user is None:
            self._attempt.failed()
        else:
            self._attempt.succeeded()
        return user

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in, remembering whether it is the person's first time: nobody is warned of that."""
        request.is_first_sign_in = user.last_login is None  # type: ignore[attr-defined]
        super().login(request, user)

    def set_password(self, user: User, password: str) -> None:
        """Store a new password. The log-in's scope may change nothing else of a person."""
        user.set_password(password)
        user.save(update_fields=["session_epoch"])

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send nothing: a request sends no mail, and strangers get none.

        What people must know is written by `sign_in.emails`; what else allauth has belongs to
        features that are off, such as sign-up and codes by email.
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
        """A secret as the database has it."""
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """The secret itself; refused, in words, when its key is missing from the settings."""
        return encryption.decrypt(encrypted_text)

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Send nothing: `sign_in.emails` writes an email when a second step is added or removed."""


class Backend(AuthenticationBackend):
    """allauth's own, except that a request learns of its reader, organisation and designation in
    one statement.
    """

    def get_user(self, user_id: Any) -> User | None:
        """The person of a session as they are now; None once they are inactive or out of the
        session's scope.
        """
        if current_scope().role == AUTH_ROLE:
            return self._on_account_pages(user_id)
        known = User.objects.select_related("organisation").annotate(
            designation_state=F("designation__state")
        )
        return known.filter(pk=user_id, is_active=True).first()

    def _on_account_pages(self, user_id: Any) -> User | None:
        """There the request has the scope of the log-in, which sees no designation: the person's
        own scope does.
        """
        user = super().get_user(user_id)
        if user is None or not user.is_active:
            return None
        with take(scope_of_person(user)):
            return self.get_user(user_id)
