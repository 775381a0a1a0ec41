"""Customers' people for Care: an organisation's contacts, invitations and designations (§1)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.people_forms import InvitationForm
from caretrack.web.shared.people_pages import do_act, overview, person_page, week_of
from contacts import actions, roster
from contacts.models import Invitation, Organisation, User
from core.errors import Refused


@care_only
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest, organisation: str) -> HttpResponse:
    """The people of one customer, its roster, and inviting one more."""
    user = signed_in(request)
    customer = get_object_or_404(Organisation, short_name=organisation)
    form = InvitationForm(request.POST or None, organisation=customer)
    if request.method == "POST" and form.is_valid():
        try:
            invitation = actions.invite(customer, by=user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.reason)
        else:
            messages.success(request, f"The invitation goes to {invitation.email}.")
            return redirect("console:people", organisation)
    context = {
        **overview(customer),
        **week_of(roster.entries_of(customer), timezone.now()),
        "form": form,
    }
    return render(request, "console/people.html", context, status=422 if form.errors else 200)


@care_only
@post_only
def withdrawal(request: HttpRequest, invitation: int) -> HttpResponse:
    """Withdraw an open invitation."""
    instance = get_object_or_404(Invitation.objects.select_related("organisation"), pk=invitation)
    actions.withdraw_invitation(instance, by=signed_in(request))
    messages.success(request, f"The invitation of {instance.email} is withdrawn.")
    return redirect("console:people", instance.organisation.short_name)


def _person(key: int) -> User:
    people = User.objects.filter(organisation__isnull=False).select_related(
        "designation", "site", "organisation"
    )
    return get_object_or_404(people, pk=key)


@care_only
@require_safe
def person(request: HttpRequest, person: int) -> HttpResponse:
    """One person of a customer."""
    return person_page(request, _person(person), "console")


@care_only
@post_only
def act(request: HttpRequest, person: int, noun: str) -> HttpResponse:
    """Run an action about a person."""
    return do_act(request, _person(person), noun, "console")
