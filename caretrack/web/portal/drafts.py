"""Drafts of new cases: saved while somebody types, available on every device, for the author only
(§4).
"""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from caretrack.web.portal.forms import FilingForm
from caretrack.web.shared import upload_staging
from caretrack.web.shared.access import customers_only, signed_in
from caretrack.web.shared.numbers import number_in
from cases import filing_drafts
from core.errors import Refused

LONGEST_FIELD = 100_000


@customers_only
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Save the form. The response has the status line, and the key for the next save."""
    key, revision = hidden_keys(request.POST)
    context: dict[str, Any] = {"had": key}
    try:
        context["draft"] = filing_drafts.save(
            by=signed_in(request),
            fields=draft_fields(request.POST),
            key=key,
            revision=revision,
            staged=upload_staging.keys(request.POST),
        )
    except Refused as refused:
        context |= {"refusal": refused.reason, "key": key, "revision": revision}
        return render(request, "portal/_draft_state.html", context, status=422)
    return render(request, "portal/_draft_state.html", context)


@customers_only
@require_POST
def removal(request: HttpRequest, draft: int) -> HttpResponse:
    """Delete a draft."""
    filing_drafts.discard(by=signed_in(request), key=draft)
    messages.success(request, _("The draft is gone."))
    return redirect("portal:home")


def draft_fields(data: Mapping[str, Any]) -> dict[str, str]:
    """The fields of the form that a draft stores, as text."""
    return {
        name: str(data[name]).replace("\0", "")[:LONGEST_FIELD]
        for name in FilingForm.DRAFT_FIELDS
        if data.get(name)
    }


def draft_key(data: Mapping[str, Any]) -> int | None:
    """The key of the draft in a URL or a form."""
    return number_in(data.get("draft"))


def hidden_keys(data: Mapping[str, Any]) -> tuple[int | None, int]:
    """The draft of a form and its revision."""
    return draft_key(data), number_in(data.get("revision")) or 0
