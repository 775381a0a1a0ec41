"""Who is asking, for views behind `login_required`, and doors that only one side may enter."""

from collections.abc import Callable
from functools import wraps
from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from contacts.errors import Refused
from contacts.models import User

View = Callable[..., HttpResponse]


def signed_in(request: HttpRequest) -> User:
    """The person who is logged in."""
    return cast(User, request.user)


def customers_only(view: View) -> View:
    """A door for an organisation's people; Care is told where its own is."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if signed_in(request).is_care:
            raise Refused("This is the customers' portal. Care works in the console.")
        return view(request, *args, **kwargs)

    return guarded


def care_only(view: View) -> View:
    """A door for Care's people."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not signed_in(request).is_care:
            raise Refused("These pages are Care's. Your cases are in the portal.")
        return view(request, *args, **kwargs)

    return guarded
