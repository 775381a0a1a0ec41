"""What every page's frame needs."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from cases.notifications import in_app
from contacts.models import User
from core.tenancy import scope_of_person, take


def frame(request: HttpRequest) -> dict[str, Any]:
    """Whether this is a trial, the theme of the reader, and how many notices they have not read."""
    user = getattr(request, "user", None)
    known: User | None = user if user is not None and user.is_authenticated else None
    return {
        "is_trial": settings.TRIAL,
        "theme": known.theme if known else "auto",
        # Asked for by the bar on top alone: a part of a page costs no statement for it.
        "unread": SimpleLazyObject(lambda: _unread(known)) if known else "",
    }


def _unread(user: User) -> str:
    """Counted in the reader's own scope: account pages have the scope of the log-in, which sees no
    notice.
    """
    with take(scope_of_person(user)):
        return in_app.unread(user)
