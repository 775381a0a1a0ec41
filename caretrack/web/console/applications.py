"""The queue of applications (§1): who waits for credentials, until when, and the decision."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_fsm import TransitionNotAllowed

from caretrack.web.shared import clock_view
from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.explanation import bars
from caretrack.web.shared.forms import EmptyForm
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.people_forms import ReasonForm
from caretrack.web.shared.readers import wrong_state
from contacts import actions, eligibility
from contacts.models import ContactState, DesignatedContact, PeopleEvent, User
from core.errors import Refused
from sla.applications import applications, near, to_decide
from sla.credentials import clock_of
from sla.explain import explain
from sla.models import Clock

S = ContactState
SHOWN = 200
VIEWS = {
    "waiting": ("To decide", (S.SUBMITTED,)),
    "near": ("Due within 24 h", (S.SUBMITTED,)),
    "asked": ("More information requested", (S.ASKED_BACK,)),
    "coming": ("In training", (S.INVITED, S.APPLIED, S.IN_TRAINING)),
    "declined": ("Declined", (S.DECLINED,)),
}


@dataclass(frozen=True)
class ApplicationAction:
    """A decision on an application: its form, its labels, its states, and its action."""

    title: str
    form: type[forms.Form]
    done: str
    states: tuple[ContactState, ...]
    do: Callable[[DesignatedContact, User, dict[str, Any]], object]
    help: str = ""
    is_grave: bool = False


class ApplicationQuestionForm(forms.Form):
    question = forms.CharField(
        label="What do you need to know?",
        max_length=300,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}),
        help_text="The applicant reads it. Our time waits until they answer.",
    )


ACTS = {
    "approval": ApplicationAction(
        "Approve",
        EmptyForm,
        "Approved: the credentials are issued.",
        (S.SUBMITTED,),
        lambda one, by, data: actions.approve(one, by=by),
        help="From now on they can open and work on cases.",
    ),
    "question": ApplicationAction(
        "Request more information",
        ApplicationQuestionForm,
        "The question is sent. Our clock is paused until they answer.",
        (S.SUBMITTED,),
        lambda one, by, data: actions.ask_back(one, by=by, question=data["question"]),
    ),
    "refusal": ApplicationAction(
        "Decline",
        ReasonForm,
        "Declined, with your reason.",
        (S.SUBMITTED, S.ASKED_BACK),
        lambda one, by, data: actions.decline(one, by=by, reason=data["reason"]),
        is_grave=True,
    ),
    "readmission": ApplicationAction(
        "Allow another attempt",
        ReasonForm,
        "They can submit the form again.",
        (S.DECLINED, S.REVOKED),
        lambda one, by, data: actions.readmit(one, by=by, reason=data["reason"]),
    ),
}


@care_only
@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """Applications by state, nearest due time first; and organisations with too few contacts."""
    view = request.GET.get("view", "waiting")
    view = view if view in VIEWS else "waiting"
    now = timezone.now()
    rows = list((near(now) if view == "near" else applications(*VIEWS[view][1]))[:SHOWN])
    clocks = {
        clock.designation_id: clock_view.view(clock, now)
        for clock in Clock.objects.to_applicants().filter(designation__in=rows).order_by("ordinal")
    }
    context = {
        "view": view,
        "label": VIEWS[view][0],
        "views": [(key, label) for key, (label, _) in VIEWS.items()],
        "rows": [(row, clocks.get(row.pk)) for row in rows],
        "to_decide": to_decide(),
        "short": eligibility.short_of_contacts().order_by("name")[:50],
        "enough": eligibility.ENOUGH,
    }
    return render(request, "console/applications.html", context)


@care_only
@require_safe
def show(request: HttpRequest, application: int) -> HttpResponse:
    """One application: form, training, clock, and the possible decisions."""
    return _page(request, _designation(application))


@care_only
@post_only
def act(request: HttpRequest, application: int, noun: str) -> HttpResponse:
    """Decide on an application. An error shows the form again with its text."""
    one, designation = ACTS[noun], _designation(application)
    form = one.form(request.POST, auto_id=f"{noun}_%s")
    if form.is_valid():
        try:
            one.do(designation, signed_in(request), form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.reason)
        except TransitionNotAllowed as error:
            form.add_error(None, wrong_state(error))
        else:
            messages.success(request, one.done)
            return redirect("console:application", application)
    return _page(request, _designation(application), noun, form)


@care_only
@require_safe
def explanation(request: HttpRequest, application: int) -> HttpResponse:
    """“Why this time?” for the credential clock, for Care."""
    designation = _designation(application)
    row = clock_of(designation)
    if row is None:
        raise Http404
    now = timezone.now()
    clock_explanation = explain(row, now)
    context = {
        "application": designation,
        "clock": clock_view.view(row, now),
        "explanation": clock_explanation,
        "bars": bars(clock_explanation),
    }
    return render(request, "console/application_why.html", context)


def _designation(key: int) -> DesignatedContact:
    return get_object_or_404(
        DesignatedContact.objects.select_related("user__site", "organisation"), pk=key
    )


def _page(
    request: HttpRequest,
    designation: DesignatedContact,
    noun: str = "",
    bound: forms.Form | None = None,
) -> HttpResponse:
    row = clock_of(designation)
    acts = [
        {
            "noun": key,
            "act": one,
            "form": bound if key == noun else one.form(auto_id=f"{key}_%s"),
            "is_open": key in (noun, "approval"),
        }
        for key, one in ACTS.items()
        if key == noun or designation.state in one.states
    ]
    events = list(
        PeopleEvent.objects.filter(about=designation.user)
        .select_related("by", "about")
        .order_by("-seq")[:50]
    )
    context = {
        "application": designation,
        "person": designation.user,
        "acts": acts,
        "clock": clock_view.view(row, timezone.now()) if row else None,
        "certificates": designation.user.certificates.select_related("version__course"),
        "attempts": designation.user.quiz_attempts.filter(finished_at__isnull=False).select_related(
            "version"
        )[:10],
        "active": eligibility.active_contacts(designation.organisation),
        "enough": eligibility.ENOUGH,
        "events": events,
        "answered": next((one for one in events if one.answer), None),
    }
    return render(
        request, "console/application.html", context, status=422 if bound and bound.errors else 200
    )
