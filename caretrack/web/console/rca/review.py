"""The review of a draft: comment, return, publish. And sending the initial RCA."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from caretrack.web.console.forms import InitialRcaForm, ReturnForm
from caretrack.web.console.rca.comment_form import CommentForm
from caretrack.web.console.rca.editor import analysis_or_404, show
from caretrack.web.shared import rca_view
from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.methods import post_only
from cases.events import RcaPublished
from cases.notifications import outgoing
from core.errors import Refused
from rca import actions
from rca.models import Comment


@care_only
@post_only
def return_to_author(request: HttpRequest, number: int) -> HttpResponse:
    """Request changes."""
    analysis, form = analysis_or_404(request, number), ReturnForm(request.POST, auto_id="return_%s")
    if form.is_valid():
        try:
            actions.return_to_author(
                analysis, by=signed_in(request), reason=form.cleaned_data["reason"]
            )
        except Refused as refusal:
            form.add_error(None, refusal.reason)
        else:
            messages.success(request, "The author was asked for changes.")
            return redirect("console:analysis", number=analysis.case)
    return show(request, analysis, back=form)


@care_only
@post_only
def publication(request: HttpRequest, number: int) -> HttpResponse:
    """Publish it to the customer: the reviewer's action."""
    analysis = analysis_or_404(request, number)
    event = actions.publish(analysis, by=signed_in(request))
    names = ", ".join(outgoing.notified_by(event)) or "nobody"
    messages.success(
        request,
        f"Version {event.read_as(RcaPublished).version} is published. Notified: {names}.",
    )
    return redirect("console:analysis", number=analysis.case)


@care_only
@post_only
def initial(request: HttpRequest, number: int) -> HttpResponse:
    """Send the initial RCA before the document."""
    analysis, form = (
        analysis_or_404(request, number),
        InitialRcaForm(request.POST, auto_id="initial_%s"),
    )
    if form.is_valid():
        try:
            actions.send_initial(analysis, by=signed_in(request), text=form.cleaned_data["text"])
        except Refused as refusal:
            form.add_error(None, refusal.reason)
        else:
            messages.success(request, "The initial analysis was sent.")
            return redirect("console:analysis", number=analysis.case)
    return show(request, analysis, initial=form)


@care_only
@post_only
def comments(request: HttpRequest, number: int) -> HttpResponse:
    """Comment on a part of the draft."""
    analysis, form = (
        analysis_or_404(request, number),
        CommentForm(request.POST, auto_id="comment_%s"),
    )
    if form.is_valid():
        try:
            actions.comment(analysis, by=signed_in(request), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.reason)
        else:
            messages.success(request, "Your comment is saved.")
            return redirect("console:analysis", number=analysis.case)
    return show(request, analysis, comment=form)


@care_only
@post_only
def resolution(request: HttpRequest, number: int, comment: int) -> HttpResponse:
    """Resolve a comment."""
    analysis = analysis_or_404(request, number)
    one = get_object_or_404(
        Comment.objects.select_related("analysis"), analysis=analysis, pk=comment
    )
    actions.resolve_comment(one, by=signed_in(request))
    messages.success(request, "The comment is resolved.")
    return redirect("console:analysis", number=analysis.case)


@care_only
@require_safe
def version(request: HttpRequest, number: int, version: int) -> HttpResponse:
    """A version as the customer sees it."""
    seen = rca_view.published(signed_in(request), number, version)
    context = {
        "seen": seen,
        "case": seen.version.analysis.case,
        "version": seen.version,
        "parts": seen.parts,
        "zone": seen.zone,
    }
    return render(request, "console/version.html", context)


@care_only
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
    return render(request, "console/version_difference.html", context)
