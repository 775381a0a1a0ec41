"""Requests while somebody writes: saved drafts, presence, staged files."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from caretrack.web.console.case import case_or_404
from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.form_keys import form_key_of
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.numbers import number_in
from caretrack.web.shared.upload_staging import PLAIN
from cases import presence, reply_drafts, sent_forms
from cases.files import attachments, staging
from cases.models.case import is_code, number_of
from core.errors import Refused


@care_only
@post_only
def draft(request: HttpRequest, number: int) -> HttpResponse:
    """Save the text of a composer tab. The response is the status line.

    What was sent meanwhile is no draft any more; the line stays as it is.
    """
    case, data, noun = case_or_404(request, number), request.POST, request.POST.get("noun", "")[:20]
    key, revision = number_in(data.get("draft")), number_in(data.get("revision")) or 0
    context: dict[str, Any] = {"case": case, "noun": noun, "had": key}
    try:
        context["draft"] = reply_drafts.save(
            case,
            by=signed_in(request),
            noun=noun,
            text=data.get("text", ""),
            key=key,
            revision=revision,
            seen=number_in(data.get("seen")) or 0,
            form_key=form_key_of(data),
        )
    except Refused as refused:
        context |= {"refusal": refused.reason, "key": key, "revision": revision}
        return render(request, "console/_reply_state.html", context, status=422)
    if context["draft"] is None and sent_forms.was_sent(form_key_of(data), by=signed_in(request)):
        return HttpResponse(status=204)
    return render(request, "console/_reply_state.html", context)


@care_only
@post_only
def draft_removal(request: HttpRequest, number: int, draft: int) -> HttpResponse:
    """Delete a draft. The next saved one shows again."""
    case = case_or_404(request, number)
    reply_drafts.discard(case, by=signed_in(request), key=draft)
    messages.success(request, "The draft is deleted.")
    return redirect("console:case", number=case)


@care_only
@post_only
def here(request: HttpRequest, number: int) -> HttpResponse:
    """Report the presence of the user. The response has other users and new events."""
    case, user = case_or_404(request, number), signed_in(request)
    others = presence.be_here(case, by=user, writes=request.POST.get("writes", ""))
    new = max(0, case.event_count - (number_in(request.POST.get("seen")) or case.event_count))
    return render(request, "console/_presence.html", {"case": case, "others": others, "new": new})


@care_only
@post_only
def stage(request: HttpRequest) -> HttpResponse:
    """Stage one file for a case. The response is its row, or the reason of the refusal."""
    code, upload = request.POST.get("case", ""), request.FILES.get("file")
    if upload is None:
        return HttpResponse(
            "No file was received. Please choose it again.", status=422, content_type=PLAIN
        )
    case = case_or_404(request, number_of(code) if is_code(code) else 0)
    try:
        with attachments.files_with_transaction():
            staged = staging.stage(by=signed_in(request), upload=upload, case=case)
    except Refused as refused:
        return HttpResponse(refused.reason, status=422, content_type="text/plain; charset=utf-8")
    return render(request, "parts/_staged.html", {"file": staged})


@care_only
@post_only
def staged_removal(request: HttpRequest, staged: int) -> HttpResponse:
    """Remove a staged file. Idempotent."""
    staging.remove([staged], by=signed_in(request))
    return HttpResponse(status=204)
