"""Drafts of new cases and of what is written on cases: saved while somebody types, available on
every device, for the author only (§4).
"""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from caretrack.web.portal.forms import FilingForm
from caretrack.web.shared import upload_staging
from caretrack.web.shared.access import customers_only, signed_in
from caretrack.web.shared.form_keys import form_key_of
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.numbers import number_in
from cases import contact_drafts, filing_drafts, sent_forms
from cases.models import Case
from core.errors import Refused

LONGEST_FIELD = 100_000
DOCUMENTATION = "documentation"
DOCUMENTATION_FIELDS = ("case", "wants", "talk")
REPLY_FIELDS = ("text", "comment", "severity")
# What a contact writes on a case (`caretrack.web.portal.case.ACTS`).
REPLIES = {
    "answer",
    "contest",
    "continuation",
    "discussion",
    "escalation",
    "issue",
    "rating",
    "remark",
    "reopening",
    "withdrawal",
}


@customers_only
@post_only
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
            form_key=form_key_of(request.POST),
        )
    except Refused as refused:
        context |= {"refusal": refused.reason, "key": key, "revision": revision}
        return render(request, "portal/_draft_state.html", context, status=422)
    return _saved(request, "portal/_draft_state.html", context)


@customers_only
@post_only
def removal(request: HttpRequest, draft: int) -> HttpResponse:
    """Delete a draft."""
    filing_drafts.discard(by=signed_in(request), key=draft)
    messages.success(request, _("The draft is deleted."))
    return redirect("portal:home")


@customers_only
@post_only
def save_reply(request: HttpRequest, number: int) -> HttpResponse:
    """Save what the reader writes on a case. The response is the status line of its form."""
    case = get_object_or_404(Case.objects.visible_to(signed_in(request)), number=number)
    return _save_fields(request, case, request.POST.get("noun", ""), REPLY_FIELDS)


@customers_only
@post_only
def save_request(request: HttpRequest) -> HttpResponse:
    """Save a documentation request that is being written."""
    return _save_fields(request, None, DOCUMENTATION, DOCUMENTATION_FIELDS)


@customers_only
@post_only
def reply_removal(request: HttpRequest, number: int, draft: int) -> HttpResponse:
    """Delete a draft of what the reader was writing on a case."""
    case = get_object_or_404(Case.objects.visible_to(signed_in(request)), number=number)
    contact_drafts.discard(case, by=signed_in(request), key=draft)
    messages.success(request, _("The draft is deleted."))
    return redirect("portal:case", case.code)


@customers_only
@post_only
def request_removal(request: HttpRequest, draft: int) -> HttpResponse:
    """Delete a draft of a documentation request."""
    contact_drafts.discard(None, by=signed_in(request), key=draft)
    messages.success(request, _("The draft is deleted."))
    return redirect("portal:documentation")


def _save_fields(
    request: HttpRequest, case: Case | None, noun: str, names: tuple[str, ...]
) -> HttpResponse:
    data = request.POST
    key, revision = hidden_keys(data)
    context: dict[str, Any] = {"noun": noun[:20], "case": case, "had": key}
    try:
        if case is not None and noun not in REPLIES:
            raise Refused("This is not saved as a draft.")
        context["draft"] = contact_drafts.save(
            case,
            by=signed_in(request),
            noun=noun,
            fields={name: data[name].replace("\0", "") for name in names if data.get(name)},
            key=key,
            revision=revision,
            form_key=form_key_of(data),
        )
    except Refused as refused:
        context |= {"refusal": refused.reason, "key": key, "revision": revision}
        return render(request, "portal/_reply_state.html", context, status=422)
    return _saved(request, "portal/_reply_state.html", context)


def _saved(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The status line. It stays as it is if the form was sent meanwhile: nothing is saved then."""
    sent = form_key_of(request.POST)
    if context["draft"] is None and sent_forms.was_sent(sent, by=signed_in(request)):
        return HttpResponse(status=204)
    return render(request, template, context)


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
