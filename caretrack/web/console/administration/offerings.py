"""Offerings (§3): channel, hours, region, severities and the licences that open them."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from caretrack.web.console.administration.calendars import choices
from caretrack.web.console.administration.forms import OfferingForm, take
from caretrack.web.console.translation_fields import initial_translations
from caretrack.web.shared.access import administrators_only, care_only, signed_in
from contacts import actions, public_holidays
from contacts.models import Licence, Offering
from core.errors import Refused

MANY = 1000  # the limit of the count
MOST = 200


@care_only
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Every offering in the order that customers see."""
    countries = dict(public_holidays.countries())
    offerings = Offering.objects.select_related("calendar")[:MOST]
    rows = [(offering, countries.get(offering.region, offering.region)) for offering in offerings]
    return render(request, "console/administration/offerings.html", {"rows": rows})


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def offering(request: HttpRequest, offering: int | None = None) -> HttpResponse:
    """Create or change an offering.

    A warning lists licences that would no longer open anything.
    """
    current = get_object_or_404(Offering, pk=offering) if offering is not None else None
    data = request.POST if request.method == "POST" else None
    form = OfferingForm(
        data, initial=_initial(current), calendars=choices(), is_new=current is None
    )
    asks: dict[str, Any] = {}
    if data is not None and form.is_valid():
        values = form.values()
        asks = {} if values.pop("sure") or current is None else _idle(current, values["products"])
        if not asks:
            try:
                saved = actions.save_offering(current, by=signed_in(request), **values)
            except (Refused, ValidationError) as error:
                take(form, error)
            else:
                messages.success(
                    request, f"“{saved.name}” is saved. It applies everywhere from now on."
                )
                return redirect("console:offerings")
    if not asks:
        form.fields.pop("sure")
    context = {"form": form, "offering": current, "many": MANY, **asks}
    return render(
        request,
        "console/administration/offering.html",
        context,
        status=422 if form.errors or asks else 200,
    )


def _initial(offering: Offering | None) -> dict[str, Any]:
    if offering is None:
        return {}
    return {
        "name": offering.name,
        "channel": offering.channel,
        "region": offering.region,
        "calendar": offering.calendar_id,
        "severities": offering.severities,
        "products": ", ".join(offering.products),
        "phone_number": offering.phone_number,
        "position": offering.position,
        **initial_translations(offering.translations),
    }


def _idle(offering: Offering, products: list[str]) -> dict[str, Any]:
    """Licences that would open nothing any more, and the number of customers that hold one now."""
    others = Offering.objects.exclude(pk=offering.pk).values_list("products", flat=True)
    opening = {*products, *(product for named in others for product in named)}
    idle = [product for product in offering.products if product not in opening]
    holders = Licence.objects.in_force(timezone.localdate()).filter(product__in=idle)
    number = holders.order_by().values("organisation").distinct()[: MANY + 1].count() if idle else 0
    return {"idle": idle, "holders": number} if number else {}
