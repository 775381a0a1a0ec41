"""Customers in the administration: the list, one customer with its sites and licences, and its
changes.
"""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from caretrack.web.console.administration.calendars import choices
from caretrack.web.console.administration.forms import (
    LicenceForm,
    NewOrganisationForm,
    OrganisationForm,
    SiteForm,
    take,
)
from caretrack.web.shared.access import administrators_only, care_only, signed_in
from caretrack.web.shared.numbers import is_key
from cases.models import Case
from contacts import actions, eligibility
from contacts.actions.offerings import products
from contacts.models import (
    CalendarVersion,
    ContactState,
    DesignatedContact,
    Licence,
    Organisation,
    Site,
)
from core.errors import Refused
from core.pagination import Page, RowCompare
from sla import policy_selection
from sla.models import OrganisationPolicy, PolicyVersion

PAGE = 50
MANY = 1000  # the limit of the count


@care_only
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Every customer by name with its number of active contacts. The search covers name and short
    name.
    """
    text, after = (
        request.GET.get(name, "").replace("\0", "").strip()[:260] for name in ("q", "after")
    )
    queryset = Organisation.objects.filter(is_historical=False).order_by("name", "pk")
    if text:
        queryset = queryset.filter(Q(name__icontains=text) | Q(short_name__icontains=text))
    key, _, name = after.partition(".")
    if name and is_key(key):
        queryset = queryset.filter(RowCompare(["name", "pk"], ">", [name, int(key)]))
    else:
        after = ""
    rows = list(queryset[: PAGE + 1])
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    page = Page(rows[:PAGE], f"{last.pk}.{last.name}" if last else "", not after)
    params = request.GET.copy()
    params.pop("after", None)
    active = _active(page.rows)
    context = {
        "page": page,
        "rows": [(row, active.get(row.pk, 0)) for row in page.rows],
        "text": text,
        "enough": eligibility.ENOUGH,
        "query": params.urlencode(),
    }
    return render(request, "console/administration/organisations.html", context)


def _active(rows: list[Organisation]) -> dict[int, int]:
    there = DesignatedContact.objects.filter(
        organisation__in=[row.pk for row in rows], state=ContactState.ACTIVE, user__is_active=True
    )
    return dict(there.values_list("organisation").annotate(n=Count("pk")))


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Create a customer with its first site."""
    form = NewOrganisationForm(
        request.POST if request.method == "POST" else None, calendars=choices()
    )
    if request.method == "POST" and form.is_valid():
        try:
            organisation = actions.make_organisation(by=signed_in(request), **form.cleaned_data)
        except (Refused, ValidationError) as error:
            take(form, error)
        else:
            messages.success(
                request, f"{organisation.name} is created. Add a licence, then invite its people."
            )
            return redirect("console:organisation", organisation.short_name)
    context = {"form": form, "organisation": None}
    return render(
        request,
        "console/administration/organisation_edit.html",
        context,
        status=422 if form.errors else 200,
    )


def _organisation(short_name: str) -> Organisation:
    return get_object_or_404(Organisation, short_name=short_name)


@care_only
@require_safe
def show(request: HttpRequest, organisation: str) -> HttpResponse:
    """One customer: ids, sites, licences, and the policy of its cases."""
    customer, today = _organisation(organisation), timezone.localdate()
    newest = (
        CalendarVersion.objects.filter(calendar=OuterRef("calendar"))
        .order_by("-number")
        .values("zone")[:1]
    )
    licences = list(customer.licences.order_by("-starts_on", "product"))
    context = {
        "organisation": customer,
        "sites": customer.sites.select_related("calendar").annotate(zone=Subquery(newest)),
        "current": [licence for licence in licences if licence.is_in_force(today)],
        "coming": [licence for licence in licences if licence.starts_on > today],
        "past": [licence for licence in licences if licence.ends_on and licence.ends_on < today],
        "uncovered": eligibility.uncovered_from(licences, today),
        "today": today,
        "active": eligibility.active_contacts(customer),
        "enough": eligibility.ENOUGH,
        "own": OrganisationPolicy.objects.filter(organisation=customer)
        .select_related("policy")
        .first(),
        "policy": _version(customer),
        "now": timezone.now(),
    }
    return render(request, "console/administration/organisation.html", context)


def _version(organisation: Organisation) -> PolicyVersion | None:
    """The policy version of its cases, unless an offering has a policy of its own."""
    try:
        return policy_selection.version_for(organisation, timezone.now())
    except PolicyVersion.DoesNotExist:
        return None


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, organisation: str) -> HttpResponse:
    """Rename a customer."""
    customer = _organisation(organisation)
    initial = {"name": customer.name, "short_name": customer.short_name}
    form = OrganisationForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            saved = actions.change_organisation(
                customer, by=signed_in(request), **form.cleaned_data
            )
        except (Refused, ValidationError) as error:
            take(form, error)
        else:
            messages.success(request, "Kept.")
            return redirect("console:organisation", saved.short_name)
    context = {"form": form, "organisation": customer}
    return render(
        request,
        "console/administration/organisation_edit.html",
        context,
        status=422 if form.errors else 200,
    )


# --- Sites


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def site(request: HttpRequest, organisation: str, site: int | None = None) -> HttpResponse:
    """Create or change a site. A warning explains the effect of another calendar (§9)."""
    owner = _organisation(organisation)
    current = (
        get_object_or_404(owner.sites.select_related("calendar"), pk=site)
        if site is not None
        else None
    )
    initial: dict[str, Any] = {}
    if current is not None:
        initial = {
            "name": current.name,
            "calendar": current.calendar_id,
            "is_main": current.is_main,
        }
    form = SiteForm(
        request.POST if request.method == "POST" else None, initial=initial, calendars=choices()
    )
    asks = ""
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        if (
            current is not None
            and values["calendar"].pk != current.calendar_id
            and not values.pop("sure")
        ):
            asks = f"From “{current.calendar.name}” to “{values['calendar'].name}”"
        else:
            values.pop("sure", None)
            try:
                saved = actions.save_site(
                    current, organisation=owner, by=signed_in(request), **values
                )
            except (Refused, ValidationError) as error:
                take(form, error)
            else:
                messages.success(request, f"The site “{saved.name}” is saved.")
                return redirect("console:organisation", owner.short_name)
    if not asks:
        form.fields.pop("sure")
    context = {
        "form": form,
        "organisation": owner,
        "site": current,
        "asks": asks,
        "many": MANY,
        "open_cases": _open_cases(current) if current else 0,
    }
    return render(
        request,
        "console/administration/site.html",
        context,
        status=422 if form.errors or asks else 200,
    )


def _open_cases(site: Site) -> int:
    """The number of open cases on its hours, up to a thousand and a bit."""
    cases = Case.objects.being_worked().filter(organisation=site.organisation_id, site=site)
    return cases.order_by()[: MANY + 1].count()


# --- Licences


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def licence(request: HttpRequest, organisation: str, licence: int | None = None) -> HttpResponse:
    """Create a licence, or change its first and last day.

    A warning lists the designations that an end would lapse (§1).
    """
    owner = _organisation(organisation)
    current = get_object_or_404(owner.licences, pk=licence) if licence is not None else None
    initial = {
        "starts_on": current.starts_on if current else timezone.localdate(),
        "ends_on": current and current.ends_on,
    }
    data = request.POST if request.method == "POST" else None
    form = LicenceForm(data, initial=initial, products=products(), is_new=current is None)
    asks: dict[str, Any] = {}
    if data is not None and form.is_valid():
        values = dict(form.cleaned_data)
        asks = {} if values.pop("sure") or current is None else _lapsing(owner, current, values)
        if not asks:
            try:
                saved = actions.save_licence(
                    current, organisation=owner, by=signed_in(request), **values
                )
            except (Refused, ValidationError) as error:
                take(form, error)
            else:
                messages.success(request, f"The licence {saved.product} is kept.")
                return redirect("console:organisation", owner.short_name)
    if not asks:
        form.fields.pop("sure")
    context = {"form": form, "organisation": owner, "licence": current, **asks}
    return render(
        request,
        "console/administration/licence.html",
        context,
        status=422 if form.errors or asks else 200,
    )


def _lapsing(
    organisation: Organisation, licence: Licence, values: dict[str, Any]
) -> dict[str, Any]:
    """From when no licence opens a channel after the change, and whose designations end then."""
    today = timezone.localdate()
    held = list(organisation.licences.all())
    would = Licence(organisation=organisation, product=licence.product, **values)
    before = eligibility.uncovered_from(held, today)
    after = eligibility.uncovered_from(
        [would if one.pk == licence.pk else one for one in held], today
    )
    if after is None or (before is not None and after >= before):
        return {}
    return {
        "uncovered": after,
        "is_now": after <= today,
        "lapsing": eligibility.who_would_lapse(organisation),
    }
