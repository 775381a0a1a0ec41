"""The published RCA in the portal: read, print, compare, acknowledge (§12)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from caretrack.web.shared import rca_view
from caretrack.web.shared.access import customers_only, signed_in
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.rca_view import PublishedAnalysis
from cases import permissions
from core.errors import Refused
from rca import actions


@customers_only
@require_safe
def newest(request: HttpRequest, number: int) -> HttpResponse:
    """The newest version, with the progress of its corrective actions."""
    return _page(request, rca_view.published(signed_in(request), number, None))


@customers_only
@require_safe
def version(request: HttpRequest, number: int, version: int) -> HttpResponse:
    """A version as it was published."""
    return _page(request, rca_view.published(signed_in(request), number, version))


def _page(request: HttpRequest, seen: PublishedAnalysis, wrong: str = "") -> HttpResponse:
    case = seen.version.analysis.case
    may = permissions.may_speak_for_customer(signed_in(request), case)
    context: dict[str, Any] = {
        "seen": seen,
        "case": case,
        "version": seen.version,
        "parts": seen.parts,
        "wrong": wrong,
        "may_acknowledge": may and seen.is_newest and seen.acknowledgement is None,
        "zone": seen.zone,
    }
    return render(request, "portal/rca.html", context, status=422 if wrong else 200)


@customers_only
@require_safe
def printed(request: HttpRequest, number: int, version: int) -> HttpResponse:
    """A version for print."""
    seen = rca_view.published(signed_in(request), number, version)
    context = {
        "case": seen.version.analysis.case,
        "version": seen.version,
        "parts": rca_view.parts_of(seen.version),
        "zone": seen.zone,
        "now": timezone.now(),
    }
    return render(request, "portal/rca_print.html", context)


@customers_only
@require_safe
def difference(request: HttpRequest, number: int, version: int) -> HttpResponse:
    """What changed since the previous version."""
    seen = rca_view.published(signed_in(request), number, version)
    before = next((one for one in seen.versions if one.number < version), None)
    context = {
        "case": seen.version.analysis.case,
        "version": seen.version,
        "before": before,
        "zone": seen.zone,
        "lines": rca_view.difference(before, seen.version, seen.zone),
    }
    return render(request, "portal/rca_difference.html", context)


@customers_only
@post_only
def acknowledgement(request: HttpRequest, number: int, version: int) -> HttpResponse:
    """A Designated Contact confirms having read it."""
    seen = rca_view.published(signed_in(request), number, version)
    try:
        actions.acknowledge(seen.version, by=signed_in(request))
    except Refused as refused:
        if not permissions.may_speak_for_customer(signed_in(request), seen.version.analysis.case):
            raise
        return _page(request, seen, wrong=refused.reason)
    messages.success(request, _("Thank you. Care knows that you have received it."))
    return redirect("portal:rca", number=seen.version.analysis.case.code)
