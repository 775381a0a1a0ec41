"""The people of Care: who has access, in which role, and how they join and leave.

Customers' people have pages of their own.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from caretrack.web.console.administration.forms import (
    CareInvitationForm,
    LeavingForm,
    RoleForm,
    take,
)
from caretrack.web.console.teams import cares_people
from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.methods import post_only
from cases import actions as case_actions
from contacts import actions, sign_in_data
from contacts.models import Role, User
from contacts.models.people import CARE_ROLES
from contacts.permissions import require_keeper_of_roles
from core.errors import Refused
from routing.models import OnCallRota

MOST = 500
CASES_SHOWN = 20


def _people() -> QuerySet[Any]:
    return User.objects.filter(role__in=CARE_ROLES)


def _states(people: Sequence[Any]) -> list[str]:
    """The state of each account. Each person also gets `has_second_step` and `has_come`."""
    ways = sign_in_data.ways_in_of(people)
    for person in people:
        person.has_come, person.has_second_step = ways[person.pk]
    return [_state(person) for person in people]


def _state(person: Any) -> str:
    if not person.is_active:
        return "deactivated"
    return "active" if person.has_come else "invited, has not come yet"


@care_only
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Everybody of Care, active people first: role, teams, second factor, last sign-in."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:100]
    queryset = _people().prefetch_related("teams").order_by("-is_active", "name", "pk")
    if text:
        queryset = queryset.filter(Q(name__icontains=text) | Q(email__icontains=text))
    people = list(queryset[:MOST])
    rows = [
        (one, state, one.role in settings.MFA_REQUIRED_ROLES)
        for one, state in zip(people, _states(people), strict=True)
    ]
    context = {"rows": rows, "text": text, "may_write": _may_write(signed_in(request))}
    return render(request, "console/administration/care_people.html", context)


def _may_write(user: User) -> bool:
    return user.role == Role.ADMINISTRATOR


@care_only
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Invite somebody to work for Care."""
    user = signed_in(request)
    require_keeper_of_roles(user)
    data = request.POST if request.method == "POST" else None
    form = CareInvitationForm(data, initial={"zone": user.zone, "language": user.language})
    if data is not None and form.is_valid():
        try:
            person = actions.invite_to_care(by=user, **form.cleaned_data)
        except (Refused, ValidationError) as error:
            take(form, error)
        else:
            messages.success(
                request, f"The email is sent to {person.email}. They choose a password by its link."
            )
            return redirect("console:care_person", person.pk)
    return render(
        request,
        "console/administration/care_new.html",
        {"form": form},
        status=422 if form.errors else 200,
    )


@care_only
@require_safe
def show(request: HttpRequest, person: int) -> HttpResponse:
    """One person of Care."""
    return _page(request, get_object_or_404(_people(), pk=person))


def _page(
    request: HttpRequest,
    person: Any,
    *,
    role: RoleForm | None = None,
    leaving: LeavingForm | None = None,
) -> HttpResponse:
    user = signed_in(request)
    cases = case_actions.open_cases_of(person)
    context = {
        "person": person,
        "state": _states([person])[0],
        "needs_second_step": person.role in settings.MFA_REQUIRED_ROLES,
        "teams": list(person.teams.order_by("name")),
        "cases": cases[:CASES_SHOWN],
        "number_of_cases": len(cases),
        "rotas": list(
            OnCallRota.objects.filter(Q(places__person=person) | Q(manager=person)).distinct()
        ),
        "may_write": _may_write(user),
        "is_own": user.pk == person.pk,
        "role_form": role or RoleForm(initial={"role": person.role}),
        "leaving_form": leaving or _leaving(None, person, bool(cases)),
    }
    wrong = any(form is not None and form.errors for form in (role, leaving))
    return render(
        request, "console/administration/care_person.html", context, status=422 if wrong else 200
    )


def _leaving(data: Any, person: User, has_cases: bool) -> LeavingForm:
    others = [one for one in cares_people() if one.pk != person.pk]
    return LeavingForm(data, people=others, has_cases=has_cases, prefix="leaving")


@care_only
@post_only
def role(request: HttpRequest, person: int) -> HttpResponse:
    """Change the role of a person."""
    colleague = get_object_or_404(_people(), pk=person)
    form = RoleForm(request.POST)
    if form.is_valid():
        try:
            saved = actions.change_role(colleague, by=signed_in(request), **form.cleaned_data)
        except Refused as refused:
            _or_refuse(request, refused)
            take(form, refused)
        else:
            messages.success(request, f"{saved.name} is {saved.get_role_display()} from now on.")
            return redirect("console:care_person", person)
    return _page(request, colleague, role=form)


def _or_refuse(request: HttpRequest, refused: Refused) -> None:
    """Raise the refusal if the user may not write at all, instead of showing a form."""
    if not _may_write(signed_in(request)):
        raise refused


@care_only
@post_only
def deactivation(request: HttpRequest, person: int) -> HttpResponse:
    """Close an account and reassign its open cases."""
    colleague = get_object_or_404(_people(), pk=person)
    has_cases = bool(case_actions.open_cases_of(colleague))
    form = _leaving(request.POST, colleague, has_cases)
    if form.is_valid():
        try:
            given = case_actions.leave_care(colleague, by=signed_in(request), **form.cleaned_data)
        except Refused as refused:
            _or_refuse(request, refused)
            take(form, refused)
        else:
            where = f" {len(given)} open cases were reassigned." if given else ""
            messages.success(
                request, f"{colleague.name} is signed out everywhere and cannot sign in.{where}"
            )
            return redirect("console:care_person", person)
    return _page(request, colleague, leaving=form)


@care_only
@post_only
def reactivation(request: HttpRequest, person: int) -> HttpResponse:
    """Open an account again."""
    colleague = get_object_or_404(_people(), pk=person)
    actions.reactivate(colleague, by=signed_in(request))
    messages.success(
        request, f"{colleague.name} can sign in again, as {colleague.get_role_display()}."
    )
    return redirect("console:care_person", person)


@care_only
@post_only
def invitation(request: HttpRequest, person: int) -> HttpResponse:
    """Send the invitation again."""
    colleague = get_object_or_404(_people(), pk=person)
    actions.invite_to_care_again(colleague, by=signed_in(request))
    messages.success(request, f"The email is sent to {colleague.email} once more.")
    return redirect("console:care_person", person)
