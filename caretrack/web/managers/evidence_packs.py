"""The evidence pack as a download: whole for Care, contact-facing for the customer (§14)."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from audit.evidence_pack import build
from caretrack.web.shared.access import signed_in
from caretrack.web.shared.costly_work import in_turn
from cases.models import Case


@login_required
@require_safe
@in_turn
def evidence_pack(request: HttpRequest, number: int) -> HttpResponse:
    """A ZIP that its own program verifies offline."""
    user = signed_in(request)
    cases = Case.objects.visible_to(user).select_related("organisation", "contact", "site")
    case = get_object_or_404(cases, number=number)
    Case.objects.locked(case.pk)  # no action runs between one part of the pack and the next
    case = cases.get(pk=case.pk)
    answer = HttpResponse(build(case, by=user), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{case.code}-evidence.zip"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer
