"""allauth's adapter: nobody signs up by themselves, and a log-in gives the session its tenant's scope."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Sign-up is closed: people are invited (§1)."""
        return False
