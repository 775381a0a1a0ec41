"""Root cause analyses (§12): what is owed and late, the document as it is written, reviewed and published."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_fsm import TransitionNotAllowed

from caretrack import clockviews
from caretrack.console.forms import DraftForm, InitialRcaForm, ReturnForm
from caretrack.people import care_only, signed_in
from cases.models import CaseEvent
from cases.verbs import Facing, Verb
from contacts.errors import Refused
from contacts.models import User
from rca import actions
from rca.models import Analysis, AnalysisState, RcaVersion
from sla.models import Clock
from sla.models.clock import Kind

MEANWHILE = "It was handed to a reviewer meanwhile, so nothing was kept. Your text is still here: copy what you need."

MOST = 200


@care_only
@require_safe
def owed(request: HttpRequest) -> HttpResponse:
    """What is owed to customers, nearest first; what was published last below it."""
    now, history = timezone.now(), request.GET.get("history") == "1"
    due = Clock.objects.running().filter(case=OuterRef("case"), kind=Kind.RCA).order_by("-ordinal").values("due_at")[:1]
    analyses: Any = (
        Analysis.objects.visible_to(signed_in(request))
        .select_related("case__organisation", "case__contact", "case__terms__calendar_version", "author", "follow_up")
        .annotate(due_at=Subquery(due))
    )
    if not history:
        analyses = analyses.filter(organisation__is_historical=False)
    open_ones = analyses.owed()
    only_late = request.GET.get("late") == "1"
    if only_late:
        open_ones = open_ones.filter(due_at__lt=now)
    rows = list(open_ones.order_by("due_at", "severity", "id")[:MOST])
    clocks = clockviews.of_cases([row.case for row in rows], now, only_running=True)
    shown = [(row, next((c for c in clocks[row.case_id] if c.kind == Kind.RCA), None)) for row in rows]
    context = {
        "rows": shown, "only_late": only_late, "history": history, "most": MOST if len(rows) == MOST else 0,
        "published": analyses.filter(state=AnalysisState.PUBLISHED).order_by("-published_at", "-id")[:20],
    }  # fmt: skip
    return render(request, "console/analyses.html", context)


def found(request: HttpRequest, number: int) -> Analysis:
    analyses = Analysis.objects.visible_to(signed_in(request)).select_related(
        "case__organisation", "case__contact", "author", "follow_up"
    )
    return get_object_or_404(analyses, case__number=number)


@care_only
@require_safe
def editor(request: HttpRequest, number: int) -> HttpResponse:
    """The document as it stands, with what its state allows."""
    return show(request, found(request, number))


def show(request: HttpRequest, analysis: Analysis, **bound: Form) -> HttpResponse:
    """The editor; forms that were not taken are passed by name and shown as they were, with 422."""
    user: User = signed_in(request)
    clocks = clockviews.of_cases([analysis.case], timezone.now())[analysis.case_id]
    draft = dict(analysis.draft) or {"timeline": told_by_the_journal(analysis)}
    context: dict[str, Any] = {
        "analysis": analysis,
        "case": analysis.case,
        "clock": next((c for c in clocks if c.kind == Kind.RCA), None),
        "draft_form": bound.get("draft") or DraftForm(initial=draft, auto_id="draft_%s"),
        "return_form": bound.get("back") or ReturnForm(auto_id="return_%s"),
        "initial_form": bound.get("initial") or InitialRcaForm(auto_id="initial_%s"),
        "refused": bound.get("refused"),
        "versions": list(analysis.versions.select_related("author", "reviewer")),
        "is_author": analysis.author_id == user.pk,
        "is_written": analysis.state in (AnalysisState.OWED, AnalysisState.DRAFT, AnalysisState.PUBLISHED),
    }
    return render(request, "console/analysis.html", context, status=422 if bound else 200)


def told_by_the_journal(analysis: Analysis) -> str:
    """The contact-facing past of the case as a list to begin the timeline with, in the customer's own time."""
    zone = analysis.case.contact.tzinfo
    events = (
        CaseEvent.objects.filter(case=analysis.case, facing=Facing.CONTACT).select_related("by").order_by("seq")[:100]
    )
    lines = [
        f"- {event.at.astimezone(zone):%a %-d %b %H:%M}: {event.by.name} {Verb(event.verb).label}" for event in events
    ]
    return "\n".join([f"All times {analysis.case.contact.zone}.", "", *lines])


@care_only
@require_POST
def draft(request: HttpRequest, number: int) -> HttpResponse:
    """Keep what is written."""
    analysis, form = found(request, number), DraftForm(request.POST, auto_id="draft_%s")
    if not form.is_valid():
        return show(request, analysis, draft=form)
    try:
        actions.save_draft(analysis, by=signed_in(request), sections=form.cleaned_data)
    except TransitionNotAllowed:
        form.add_error(None, MEANWHILE)
        return show(request, found(request, number), draft=form)
    messages.success(request, "The draft is kept.")
    return redirect("console:analysis", number=analysis.case)


@care_only
@require_POST
def submission(request: HttpRequest, number: int) -> HttpResponse:
    """Keep what is written and hand it to a second person; a missing section keeps it a draft."""
    analysis, form = found(request, number), DraftForm(request.POST, auto_id="draft_%s")
    if not form.is_valid():
        return show(request, analysis, draft=form)
    with transaction.atomic():
        try:
            analysis = actions.save_draft(analysis, by=signed_in(request), sections=form.cleaned_data)
            actions.submit(analysis, by=signed_in(request))
        except TransitionNotAllowed:
            form.add_error(None, MEANWHILE)
            return show(request, found(request, number), draft=form)
        except Refused as refusal:
            form.add_error(None, f"{refusal.reason} The draft is kept.")
            return show(request, found(request, number), draft=form)
    messages.success(request, "It is in review: a second person reads it and publishes.")
    return redirect("console:analysis", number=analysis.case)


@care_only
@require_POST
def return_to_author(request: HttpRequest, number: int) -> HttpResponse:
    """Ask for changes."""
    analysis, form = found(request, number), ReturnForm(request.POST, auto_id="return_%s")
    if form.is_valid():
        try:
            actions.return_to_author(analysis, by=signed_in(request), reason=form.cleaned_data["reason"])
        except Refused as refusal:
            form.add_error(None, refusal.reason)
        else:
            messages.success(request, "The author was asked for changes.")
            return redirect("console:analysis", number=analysis.case)
    return show(request, analysis, back=form)


@care_only
@require_POST
def publication(request: HttpRequest, number: int) -> HttpResponse:
    """Give it to the customer: the second person's act."""
    analysis = found(request, number)
    event = actions.publish(analysis, by=signed_in(request))
    messages.success(
        request, f"Version {event.particulars['version']} is published; {analysis.case.contact.name} was told."
    )
    return redirect("console:analysis", number=analysis.case)


@care_only
@require_POST
def initial(request: HttpRequest, number: int) -> HttpResponse:
    """Send the brief explanation ahead of the document."""
    analysis, form = found(request, number), InitialRcaForm(request.POST, auto_id="initial_%s")
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
@require_safe
def version(request: HttpRequest, number: int, version: int) -> HttpResponse:
    """A version as the customer has it."""
    analysis = found(request, number)
    published = get_object_or_404(
        RcaVersion.objects.select_related("author", "reviewer"), analysis=analysis, number=version
    )
    context = {"analysis": analysis, "case": analysis.case, "version": published}
    return render(request, "console/version.html", context)
