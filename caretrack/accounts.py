"""allauth's adapter and back-end: nobody signs up by themselves, and who asks is known in one statement."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import F
from django.http import HttpRequest

from contacts.models import User
from contacts.tenancy import AUTH_ROLE, current_scope, scope_of_person, take


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Sign-up is closed: people are invited (§1)."""
        return False


class Backend(AuthenticationBackend):
    """allauth's own, except that a request learns of its reader, organisation and designation in one statement."""

    def get_user(self, user_id: Any) -> User | None:
        """The person of a session as they are now; None once they are inactive or out of the session's scope."""
        if current_scope().role == AUTH_ROLE:
            return self._on_account_pages(user_id)
        known = User.objects.select_related("organisation").annotate(designation_state=F("designation__state"))
        return known.filter(pk=user_id, is_active=True).first()

    def _on_account_pages(self, user_id: Any) -> User | None:
        """There the request has the scope of the log-in, which sees no designation: the person's own scope does."""
        user = super().get_user(user_id)
        if user is None or not user.is_active:
            return None
        with take(scope_of_person(user)):
            return self.get_user(user_id)
