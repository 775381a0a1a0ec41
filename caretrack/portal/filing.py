"""Filing a case: one calm page, whose severity card follows the answers."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from caretrack.people import customers_only, signed_in
from caretrack.portal.forms import FilingForm, proposed
from cases import actions
from cases.severity import DEFINITIONS
from cases.verbs import Severity
from contacts import entitlements
from contacts.errors import Refused
from contacts.models import Channel, Site, User
from contacts.permissions import is_designated_contact
from sla import calendars
from sla.models import Policy
from sla.policyfile import DEFAULT_KEY


@customers_only
@require_http_methods(["GET", "HEAD", "POST"])
def file(request: HttpRequest) -> HttpResponse:
    """The page, and the filing of what it holds."""
    user = signed_in(request)
    assert user.organisation is not None
    refusal = _why_not(user)
    if refusal:
        return render(
            request, "portal/may_not_file.html", {"refusal": refusal}, status=403 if request.method == "POST" else 200
        )
    main = user.organisation.sites.first()
    form = FilingForm(
        request.POST or None, request.FILES or None, organisation=user.organisation,
        initial={"site": user.site_id or (main and main.pk), "call_back_number": user.work_phone},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            case = _file(user, form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.reason)
        else:
            messages.success(request, f"We have your case {case.code}. What happens next stands on top.")
            return redirect("portal:case", case.code)
    card = _card(user, _answers(form), form["site"].value())
    return render(request, "portal/file.html", {"form": form, **card}, status=422 if form.errors else 200)


@customers_only
@require_safe
def proposal(request: HttpRequest) -> HttpResponse:
    """The severity card alone, for the answers given so far."""
    user = signed_in(request)
    assert user.organisation is not None
    form = FilingForm(request.GET, organisation=user.organisation)
    return render(request, "portal/_proposal.html", _card(user, _answers(form), form["site"].value()))


def _why_not(user: User) -> str:
    """Why this person cannot open a case now, with what to do instead; empty when they can (§1, §3)."""
    if not is_designated_contact(user):
        return "Only an active Designated Contact can open a case. The organisation page lists yours: please ask one."
    assert user.organisation is not None
    return entitlements.ask(user.organisation, Channel.PORTAL, None, timezone.now()).refusal


def _file(user: User, said: dict[str, Any]) -> Any:
    severity = proposed(said)
    assert severity is not None
    with transaction.atomic():
        case = actions.file_case(
            by=user, contact=user, site=said["site"], title=said["title"], description=said["description"],
            severity=severity, priority=said["priority"], channel=Channel.PORTAL,
            business_impact=said["business_impact"],
            area=said["area"], conversation_ids=said["conversation_ids"], call_back_number=said["call_back_number"],
        ).case  # fmt: skip
        for upload in said["files"]:
            actions.attach(case, by=user, upload=upload)
    return case


def _answers(form: FilingForm) -> dict[str, Any]:
    """The answers so far, whatever else is missing; as the browser sent them or as the page proposes them."""
    said: dict[str, Any] = {}
    for name in form.HOW_BAD:
        try:
            said[name] = form.fields[name].clean(form[name].value()) if form[name].value() is not None else None
        except Exception:
            said[name] = None
    return said


def _card(user: User, answers: dict[str, Any], site_key: Any) -> dict[str, Any]:
    """What the severity card shows: the proposal, what it means, and what we would promise."""
    severity = proposed(answers)
    if severity is None:
        return {"severity": None}
    assert user.organisation is not None
    now = timezone.now()
    sites = user.organisation.sites
    key = str(site_key or "")
    site = sites.filter(pk=key).first() if key.isascii() and key.isdigit() and len(key) < 19 else None
    card: dict[str, Any] = {
        "severity": severity, "definition": DEFINITIONS[severity],
        "lines": _promises(severity, site or sites.first(), now),
    }  # fmt: skip
    if severity == Severity.CRITICAL:
        phone = entitlements.ask(user.organisation, Channel.PHONE, severity, now)
        card["phone"] = phone.offering if phone.allowed else None
    return card


def _promises(severity: int, site: Site | None, now: Any) -> list[tuple[str, Any]]:
    if site is None:
        return []
    version = Policy.objects.get(key=DEFAULT_KEY).in_force(now)
    terms, hours = calendars.terms_of(version.pk), site.hours
    lines = []
    for label, targets in (("First answer by", terms.response), ("Working again by", terms.restore)):
        target = targets[severity]
        if target is not None:
            calendar = calendars.counted_on(hours.pk, target.around_the_clock)
            lines.append((label, calendar.after(now.replace(microsecond=0), timedelta(seconds=target.seconds))))
    return lines
