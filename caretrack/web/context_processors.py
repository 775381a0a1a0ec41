"""The context of the base template."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from cases.notifications import in_app
from contacts.models import User
from core.tenancy import scope_of_person, take


def frame(request: HttpRequest) -> dict[str, Any]:
    """Whether this is a trial, the reader's theme, and the number of unread notifications."""
    user = getattr(request, "user", None)
    known: User | None = user if user is not None and user.is_authenticated else None
    return {
        "is_trial": settings.TRIAL,
        "theme": known.theme if known else "auto",
        # Lazy: only the top bar uses it, so a partial page costs no statement.
        "unread": SimpleLazyObject(lambda: _unread(known)) if known else "",
    }


def _unread(user: User) -> str:
    """Counted in the reader's own scope: the sign-in scope sees no notification."""
    with take(scope_of_person(user)):
        return in_app.unread(user)
