"""The signed-in user, and decorators that restrict views to one side."""

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
NOT_THEIRS = _("This is the customer portal. Care's people use the console.")


def signed_in(request: HttpRequest) -> User:
    """The signed-in user."""
    return cast(User, request.user)


def organisation_of(user: User) -> Organisation:
    """The organisation of a customer's user. Views for customers guarantee that there is one."""
    assert user.organisation is not None
    return user.organisation


def customers_only(view: View) -> View:
    """Restrict a view to people of an organisation who may read its cases.

    People of Care are refused. Applicants, and contacts whose designation has ended, are redirected
    to the page with their status (§1).
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
                    "You are not a Designated Contact at the moment. Your status page says what "
                    "to do next."
                )
            )
        return view(request, *args, **kwargs)

    return guarded


def customers_and_applicants(view: View) -> View:
    """Restrict a view to people of an organisation, including applicants. It shows no case."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if signed_in(request).is_care:
            raise Refused(str(NOT_THEIRS))
        return view(request, *args, **kwargs)

    return guarded


def care_only(view: View) -> View:
    """Restrict a view to people of Care."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not signed_in(request).is_care:
            raise Refused("These pages are Care's. Your cases are in the portal.")
        return view(request, *args, **kwargs)

    return guarded


def administrators_only(view: View) -> View:
    """Restrict a view to Care's managers and administrators."""

    @care_only
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not signed_in(request).is_manager:
            raise Refused(
                "Only Care's managers and administrators can change this. Please ask one of them."
            )
        return view(request, *args, **kwargs)

    return guarded
