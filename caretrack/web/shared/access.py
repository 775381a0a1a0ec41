"""Who is asking, for views behind `login_required`, and doors that only one side may enter."""

from collections.abc import Callable
from functools import wraps
from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.models import Organisation, User
from core.errors import Refused

View = Callable[..., HttpResponse]
NOT_THEIRS = _("This is the customers' portal. Care works in the console.")


def signed_in(request: HttpRequest) -> User:
    """The person who is logged in."""
    return cast(User, request.user)


def organisation_of(user: User) -> Organisation:
    """The organisation of a customer's person; their doors let nobody else in."""
    assert user.organisation is not None
    return user.organisation


def customers_only(view: View) -> View:
    """A door for an organisation's people who may read its cases; Care is told where its own is.

    Somebody who is still joining, or whose designation has ended, is led to the page that says
    where they stand (§1).
    """

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        user = signed_in(request)
        if user.is_care:
            raise Refused(str(NOT_THEIRS))
        if not user.reads_cases:
            if request.method in ("GET", "HEAD"):
                return redirect("portal:joining")
            raise Refused(
                gettext(
                    "You are no Designated Contact yet, or no longer one: your "
                    "standing says what comes next."
                )
            )
        return view(request, *args, **kwargs)

    return guarded


def customers_and_applicants(view: View) -> View:
    """A door for every one of an organisation's people, on the way to become a contact too: it
    shows no case.
    """

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if signed_in(request).is_care:
            raise Refused(str(NOT_THEIRS))
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


def administrators_only(view: View) -> View:
    """A door for those of Care's people who write what everybody reads: managers and
    administrators.
    """

    @care_only
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not signed_in(request).is_manager:
            raise Refused("Only Care's managers and administrators write this. Ask one of them.")
        return view(request, *args, **kwargs)

    return guarded
