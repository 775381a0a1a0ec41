"""Watch a case, stop watching it, and remove a colleague who watches it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from caretrack.web.shared.access import customers_only, signed_in
from caretrack.web.shared.methods import post_only
from cases import actions
from cases.models import Case
from contacts.models import User


@customers_only
@post_only
def watching(request: HttpRequest, number: int) -> HttpResponse:
    """Watch the case from now on."""
    case = get_object_or_404(Case.objects.visible_to(signed_in(request)), number=number)
    actions.watch(case, by=signed_in(request))
    messages.success(request, _("You follow this case and are notified of every update."))
    return redirect("portal:case", case.code)


@customers_only
@post_only
def unwatching(request: HttpRequest, number: int) -> HttpResponse:
    """Stop watching the case."""
    case = get_object_or_404(Case.objects.visible_to(signed_in(request)), number=number)
    actions.unwatch(case, by=signed_in(request))
    messages.success(request, _("You no longer follow this case."))
    return redirect("portal:case", case.code)


@customers_only
@post_only
def follower_removal(request: HttpRequest, number: int, person: int) -> HttpResponse:
    """Let a colleague follow the case no longer."""
    user = signed_in(request)
    case = get_object_or_404(Case.objects.visible_to(user), number=number)
    colleague = get_object_or_404(User, pk=person, organisation_id=user.organisation_id)
    actions.remove_follower(case, colleague, by=user)
    text = _("{name} no longer follows this case.")
    messages.success(request, text.format(name=colleague.name))
    return redirect("portal:case", case.code)
