"""The editor of an RCA: saved while typed, by several authors at once, and submitted for review
(§12).
"""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_fsm import TransitionNotAllowed

from caretrack.web.console.forms import InitialRcaForm, ReturnForm
from caretrack.web.console.rca import form
from caretrack.web.console.rca.comment_form import CommentForm
from caretrack.web.shared import clock_view, rca_view
from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.zones import zone_of_case
from contacts.models import User
from core.errors import Refused
from rca import actions, document
from rca.models import Acknowledgement, Analysis, AnalysisState
from sla.models.clock import ClockKindChoices

MEANWHILE = (
    "It was submitted for review in the meantime, so nothing was saved. Your text is still here: "
    "copy what you need."
)
WRITTEN = (AnalysisState.OWED, AnalysisState.DRAFT, AnalysisState.PUBLISHED)


def analysis_or_404(request: HttpRequest, number: int) -> Analysis:
    """The RCA of a case. 404 if there is none."""
    analyses_ = Analysis.objects.visible_to(signed_in(request)).select_related(
        "case__organisation", "case__contact", "author", "follow_up"
    )
    return get_object_or_404(analyses_, case__number=number)


@care_only
@require_safe
def editor(request: HttpRequest, number: int) -> HttpResponse:
    """The document, with the actions of its state."""
    return show(request, analysis_or_404(request, number))


def show(
    request: HttpRequest,
    analysis: Analysis,
    *,
    written: Mapping[str, Any] | None = None,
    base: str = "",
    wrong: str = "",
    clash: actions.Clash | None = None,
    **bound: Form,
) -> HttpResponse:
    """The editor. Refused input is shown again with the reason and 422."""
    user: User = signed_in(request)
    case = analysis.case
    clocks = clock_view.of_cases([case], timezone.now(), user)[analysis.case_id]
    owners = form.owners()
    comments = list(analysis.comments.select_related("by", "resolved_by"))
    is_written = analysis.state in WRITTEN
    draft = document.clean(analysis.draft)
    versions = list(analysis.versions.select_related("author", "reviewer"))
    context: dict[str, Any] = {
        "analysis": analysis,
        "case": case,
        "clock": next((c for c in clocks if c.kind == ClockKindChoices.RCA), None),
        "parts": rca_view.parts(
            draft, at=rca_view.instants_of(case), names=dict(owners), html=analysis.draft_html
        )
        if not is_written
        else [],
        "form": _form(written or draft, analysis, clash, dict(owners), comments)
        if is_written
        else [],
        "base": base or str(analysis.revision),
        "wrong": wrong,
        "owners": owners,
        "return_form": bound.get("back") or ReturnForm(auto_id="return_%s"),
        "initial_form": bound.get("initial") or InitialRcaForm(auto_id="initial_%s"),
        "comment_form": bound.get("comment") or CommentForm(auto_id="comment_%s"),
        "comments": comments,
        "past_due": _past_due(draft),
        "open_comments": sum(comment.resolved_at is None for comment in comments),
        "versions": versions,
        "acknowledged": _acknowledged(analysis),
        "is_author": user.pk in analysis.writers,
        "is_written": is_written,
        "is_open": bool(wrong or clash),
        "zone": zone_of_case(case),
    }
    is_wrong = bool(wrong or clash or bound)
    return render(request, "console/analysis.html", context, status=422 if is_wrong else 200)


def _form(
    written: Mapping[str, Any],
    analysis: Analysis,
    clash: actions.Clash | None,
    names: Mapping[int, str],
    comments: list[Any],
) -> list[form.PartForm]:
    laid_out = form.laid_out(written, analysis.case, zone_of_case(analysis.case))
    theirs = (
        {
            part.key: part
            for part in rca_view.parts(
                clash.theirs, at=rca_view.instants_of(analysis.case), names=names
            )
        }
        if clash
        else {}
    )
    clashing = {document.PART_OF.get(key, key) for key in clash.parts} if clash else set()
    for part in laid_out:
        part.comments = sum(
            comment.part == part.key and comment.resolved_at is None for comment in comments
        )
        if part.key in clashing:
            part.theirs = [theirs[part.key]] if part.key in theirs else [None]
    return laid_out


def _past_due(draft: document.Document) -> int:
    """The number of new corrective actions whose date has passed: they would be published late."""
    today = timezone.localdate().isoformat()
    return sum(not row["key"] and "" < row["due_on"] < today for row in draft["actions"])


def _acknowledged(analysis: Analysis) -> dict[int, Acknowledgement]:
    """The acknowledgement of each version."""
    queryset = Acknowledgement.objects.filter(
        organisation_id=analysis.organisation_id, version__analysis=analysis
    )
    return {one.version_id: one for one in queryset.select_related("by")}


def _save(request: HttpRequest, analysis: Analysis) -> actions.SavedDraft:
    return actions.save_draft(
        analysis,
        by=signed_in(request),
        sections=form.read(request.POST, zone_of_case(analysis.case)),
        base=request.POST.get("base", "")[:12],
    )


@care_only
@post_only
def draft(request: HttpRequest, number: int) -> HttpResponse:
    """Save the document.

    A page that saves automatically gets the status line.
    """
    analysis = analysis_or_404(request, number)
    if request.headers.get("HX-Request") == "true":
        return _saved_line(request, analysis)
    try:
        saved = _save(request, analysis)
    except (Refused, TransitionNotAllowed) as error:
        return _not_taken(request, number, error)
    messages.success(request, f"The draft is saved.{_others(saved)}")
    return redirect("console:analysis", number=analysis.case)


def _saved_line(request: HttpRequest, analysis: Analysis) -> HttpResponse:
    """The status line.

    If the document cannot be saved yet, somebody is still writing a row. That is no error, which a
    browser would report.
    """
    context: dict[str, Any] = {"base": request.POST.get("base", "")[:12], "at": timezone.now()}
    try:
        saved = _save(request, analysis)
        context |= {"base": saved.base, "taken": [document.heading(key) for key in saved.taken]}
    except Refused as refused:
        context["wrong"] = refused.reason
    except TransitionNotAllowed:
        context["wrong"] = MEANWHILE
    return render(request, "console/_rca_save_state.html", context)


def _others(saved: actions.SavedDraft) -> str:
    """The changes of other authors."""
    named = dict.fromkeys(document.heading(key) for key in saved.taken)
    return (
        (
            f" Colleagues wrote {', '.join(f'“{name}”' for name in named)} in the meantime: it is "
            f"included."
        )
        if named
        else ""
    )


@care_only
@post_only
def submission(request: HttpRequest, number: int) -> HttpResponse:
    """Save the document and submit it for review. If something is missing, it stays a draft."""
    analysis = analysis_or_404(request, number)
    try:
        with transaction.atomic():
            saved = _save(request, analysis)
            refused = _submitted(saved.analysis, signed_in(request))
    except (Refused, TransitionNotAllowed) as error:
        return _not_taken(request, number, error)
    if refused:
        return show(
            request, analysis_or_404(request, number), wrong=f"{refused} The draft is saved."
        )
    messages.success(
        request, f"It is in review: a colleague reads and publishes it.{_others(saved)}"
    )
    return redirect("console:analysis", number=analysis.case)


def _submitted(analysis: Analysis, by: User) -> str:
    """Why it could not be submitted. Empty if it was."""
    try:
        actions.submit(analysis, by=by)
    except Refused as refused:
        return refused.reason
    return ""


def _not_taken(request: HttpRequest, number: int, error: Exception) -> HttpResponse:
    """The page again with all input and, after a conflict, the others' text beside it."""
    analysis = analysis_or_404(request, number)
    written = form.read(request.POST, zone_of_case(analysis.case))
    base = request.POST.get("base", "")[:12]
    if isinstance(error, actions.Clash):
        return show(
            request,
            analysis,
            written=error.document,
            base=error.base,
            wrong=error.reason,
            clash=error,
        )
    wrong = error.reason if isinstance(error, Refused) else MEANWHILE
    if analysis.state not in WRITTEN:  # it cannot be saved now: show the text to be copied
        return _lost(request, analysis, written, wrong)
    return show(request, analysis, written=written, base=base, wrong=wrong)


def _lost(
    request: HttpRequest, analysis: Analysis, written: Mapping[str, Any], wrong: str
) -> HttpResponse:
    context = {
        "analysis": analysis,
        "case": analysis.case,
        "wrong": wrong,
        "parts": form.laid_out(written, analysis.case, zone_of_case(analysis.case)),
    }
    return render(request, "console/analysis_not_saved.html", context, status=422)
