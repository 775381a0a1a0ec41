"""The way to become a Designated Contact, and the state of the designation (§1)."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_fsm import TransitionNotAllowed

from caretrack.web.shared import clock_view
from caretrack.web.shared.access import customers_and_applicants, signed_in
from caretrack.web.shared.explanation import bars
from caretrack.web.shared.people_forms import AnswerBackForm, ContactForm
from caretrack.web.shared.readers import wrong_state
from contacts import actions, training
from contacts.models import ContactState, DesignatedContact, User
from core.errors import Refused
from sla.credentials import clock_of
from sla.explain import explain

S = ContactState
S_OPEN = (S.INVITED, S.APPLIED, S.IN_TRAINING)


@dataclass(frozen=True)
class OnboardingStep:
    """One step: done, current or ahead."""

    name: str
    state: str
    detail: str = ""


@customers_and_applicants
@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """The steps, whose turn it is, and the due time of Care's decision."""
    return _page(request, None)


@customers_and_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest) -> HttpResponse:
    """Submit the form at the end of the training, or reply to a question of Care."""
    user, designation = signed_in(request), _designation(signed_in(request))
    if request.method != "POST":
        return redirect("portal:joining")
    is_asked_back = designation.state == S.ASKED_BACK
    bound = AnswerBackForm(request.POST) if is_asked_back else ContactForm(request.POST)
    if bound.is_valid():
        data = bound.cleaned_data
        try:
            if is_asked_back:
                actions.answer_back(designation, by=user, form=data, answer=data["answer"])
            else:
                actions.submit_form(designation, by=user, form=data)
            actions.change_details(user, by=user, work_phone=data["work_phone"])
        except Refused as refused:
            bound.add_error(None, refused.reason)
        except TransitionNotAllowed as error:
            bound.add_error(None, wrong_state(error))
        else:
            messages.success(
                request, _("We have received your form. We will reply by the time shown below.")
            )
            return redirect("portal:joining")
    return _page(request, bound)


@customers_and_applicants
@require_safe
def explanation(request: HttpRequest) -> HttpResponse:
    """“Why this time?” for the credential clock."""
    designation = _designation(signed_in(request))
    row = clock_of(designation)
    if row is None:
        raise Http404
    now = timezone.now()
    clock_explanation = explain(row, now)
    context = {
        "clock": clock_view.view(row, now),
        "explanation": clock_explanation,
        "bars": bars(clock_explanation),
    }
    return render(request, "portal/joining_why.html", context)


def _designation(user: User) -> DesignatedContact:
    designation = (
        DesignatedContact.objects.filter(user=user).select_related("user", "organisation").first()
    )
    if designation is None:
        raise Http404
    return designation


def _page(request: HttpRequest, bound: ContactForm | None) -> HttpResponse:
    user = signed_in(request)
    designation = _designation(user)
    progress, row = training.progress(user), clock_of(designation)
    clock = clock_view.view(row, timezone.now()) if row else None
    may_submit = designation.state == S.ASKED_BACK or (
        designation.state == S.IN_TRAINING and progress.has_passed
    )
    if bound is None and may_submit:
        form_class = AnswerBackForm if designation.state == S.ASKED_BACK else ContactForm
        bound = form_class(initial={"work_phone": user.work_phone, **designation.form})
    context: dict[str, Any] = {
        "designation": designation,
        "progress": progress,
        "clock": clock,
        "steps": _steps(designation, progress),
        "form": bound if may_submit or (bound and bound.errors) else None,
        "certificate": user.certificates.select_related("version").order_by("-pk").first(),
        "is_asked_back": designation.state == S.ASKED_BACK,
        "primary": _primary(designation) if designation.state == S.DECLINED else None,
    }
    return render(
        request, "portal/joining.html", context, status=422 if bound and bound.errors else 200
    )


def _primary(designation: DesignatedContact) -> User | None:
    """The primary contact, whom an applicant may ask about a decision."""
    primary = DesignatedContact.objects.filter(
        organisation=designation.organisation_id, is_primary=True, state=S.ACTIVE
    )
    designation_of_primary = primary.select_related("user").first()
    return designation_of_primary.user if designation_of_primary else None


def _steps(designation: DesignatedContact, progress: training.Progress) -> list[OnboardingStep]:
    """The five steps. The first one that is not done is the current one."""
    state = designation.state
    is_in = state not in (S.INVITED, S.APPLIED, S.IN_TRAINING)
    done = [
        (_("Your account"), True, _("Account created.")),
        (
            _("The lessons"),
            progress.has_read_all or is_in,
            _("{read} of {lessons} read").format(read=progress.read, lessons=progress.lessons),
        ),
        (
            _("The quiz"),
            progress.has_passed or is_in,
            ""
            if progress.has_passed or not progress.attempts
            else _("Attempts so far: {count}").format(count=progress.attempts),
        ),
        (
            _("The form"),
            is_in and state != S.ASKED_BACK,
            _("Care has a question: please answer it below.")
            if state == S.ASKED_BACK
            else _("Your details, and that you accept the responsibilities."),
        ),
        (
            _("Care decides"),
            state not in (*S_OPEN, S.SUBMITTED, S.ASKED_BACK),
            _("Within the target time."),
        ),
    ]
    here = next((index for index, (_, is_done, _) in enumerate(done) if not is_done), len(done))
    return [
        OnboardingStep(
            name,
            "done" if is_done and index < here else "here" if index == here else "ahead",
            detail,
        )
        for index, (name, is_done, detail) in enumerate(done)
    ]
