"""Open a case for a caller: the entitlement is checked before anything is typed twice (§3)."""

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from caretrack.web.console import caller_search
from caretrack.web.console.forms import CallerCaseForm, CallerOrganisationForm
from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.numbers import number_in
from cases import actions
from cases.case_details import details_in
from cases.choices import Severity
from cases.models import Case
from cases.severity import DEFINITIONS
from contacts import entitlements, roster
from contacts.models import Channel, Organisation, User
from core import current_time
from core.errors import Refused


@care_only
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """First the caller, then the case.

    The page shows a caller without entitlement which channel to use instead.
    """
    chooser = CallerOrganisationForm(request.GET if "organisation" in request.GET else None)
    organisation = _organisation(chooser)
    if organisation is None:
        return _choose(request, chooser)
    initial = {"contact": number_in(request.GET.get("contact"))}
    form = CallerCaseForm(request.POST or None, organisation=organisation, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            case = file(form, organisation, signed_in(request))
        except Refused as refusal:
            form.add_error(None, refusal.reason)
        else:
            messages.success(request, f"{case.code} is open.")
            return redirect("console:case", number=case)
    now = current_time.now()
    rights = [
        (
            severity,
            DEFINITIONS[severity],
            entitlements.ask(organisation, Channel.PHONE, severity, now),
        )
        for severity in (Severity.CRITICAL, Severity.HIGH)
    ]
    context = {
        "form": form,
        "organisation": organisation,
        "rights": rights,
        "definitions": DEFINITIONS.items(),
        "portal": f"{settings.BASE_URL}{reverse('portal:file')}",
        "licences": organisation.licences.in_force(now.date()),
        "on_duty": roster.on_duty(organisation, now),
    }
    return render(request, "console/new.html", context, status=422 if form.errors else 200)


def _organisation(chooser: CallerOrganisationForm) -> Organisation | None:
    if not chooser.is_bound or not chooser.is_valid():
        return None
    return caller_search.exact(chooser.cleaned_data["organisation"])


def _choose(request: HttpRequest, chooser: CallerOrganisationForm) -> HttpResponse:
    """The first step: what is typed, and which customers it may mean."""
    found_callers = []
    if chooser.is_bound and chooser.is_valid():
        found_callers = caller_search.callers(chooser.cleaned_data["organisation"])
        if not found_callers:
            chooser.add_error("organisation", "No customer and no contact matches.")
    context = {"form": chooser, "callers": found_callers, "most": caller_search.MOST}
    status = 422 if chooser.errors else 200
    return render(request, "console/new_who.html", context, status=status)


@transaction.atomic
def file(form: CallerCaseForm, organisation: Organisation, by: User) -> Case:
    """Open the caller's case. If they are on the phone, the call is the first response (§9)."""
    data = form.cleaned_data
    contact: User = data["contact"]
    site = contact.site or organisation.sites.order_by("-is_main", "pk").first()
    if site is None:
        raise Refused(f"{organisation.name} has no site, so its business hours are not known (§9).")
    event = actions.file_case(
        by=by,
        contact=contact,
        site=site,
        title=data["title"],
        description=data["description"],
        severity=data["severity"],
        priority=data["priority"],
        channel=Channel.PHONE,
        details=details_in(data),
        area=data["area"],
        call_back_number=data["call_back_number"],
    )
    if data["on_the_line"]:
        event = actions.log_call(
            event.case, by=by, reached=True, text="The case was taken by phone."
        )
    return event.case
