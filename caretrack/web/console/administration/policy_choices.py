"""Which policy applies: that of an organisation, or that of an offering (§14)."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from caretrack.web.console.administration.forms import take
from caretrack.web.console.administration.policy_forms import ChoiceForm, in_zone
from caretrack.web.shared.access import administrators_only, signed_in
from contacts.models import Offering, Organisation
from core.errors import Refused
from sla import actions
from sla.models import OfferingPolicy, OrganisationPolicy, Policy

SHOWN = 20


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def of_organisation(request: HttpRequest, organisation: str) -> HttpResponse:
    """Set or remove the policy of a customer."""
    customer = get_object_or_404(Organisation, short_name=organisation)
    past = OrganisationPolicy.objects.filter(organisation=customer)
    back = ("console:organisation", customer.short_name)
    return _page(request, customer, past, actions.choose_for_organisation, back, "None of its own")


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def of_offering(request: HttpRequest, offering: int) -> HttpResponse:
    """Set or remove the policy of an offering."""
    instance = get_object_or_404(Offering, pk=offering)
    past = OfferingPolicy.objects.filter(offering=instance)
    return _page(
        request,
        instance,
        past,
        actions.choose_for_offering,
        ("console:offerings",),
        "None of its own",
    )


def _page(
    request: HttpRequest,
    thing: Any,
    past: Any,
    choose: Callable[..., Any],
    back: tuple[str, ...],
    empty: str,
) -> HttpResponse:
    chosen, now, person = (
        list(past.select_related("policy", "by")[:SHOWN]),
        timezone.now(),
        signed_in(request),
    )
    policies = list(Policy.objects.filter(versions__number=1).order_by("name")[:200])
    current = next((one for one in chosen if one.effective_at <= now), None)
    form = ChoiceForm(
        request.POST if request.method == "POST" else None,
        policies=policies,
        empty=empty,
        initial={"policy": current.policy_id if current else ""},
    )
    if request.method == "POST" and form.is_valid():
        begins = in_zone(form.cleaned_data["effective_at"], person.zone)
        try:
            choose(thing, by=person, policy=form.cleaned_data["policy"], effective_at=begins)
        except (Refused, ValidationError) as error:
            take(form, error)
        else:
            messages.success(
                request,
                "Saved. It applies to cases opened from then on; other cases do not change.",
            )
            return redirect(*back)
    context = {
        "thing": thing,
        "form": form,
        "chosen": chosen,
        "current": current,
        "instant": now,
        "is_organisation": isinstance(thing, Organisation),
    }
    return render(
        request,
        "console/administration/policy_choice.html",
        context,
        status=422 if form.errors else 200,
    )
