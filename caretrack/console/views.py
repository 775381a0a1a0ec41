"""The case page and the one door through which every verb of Care goes."""

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django_fsm import TransitionNotAllowed

from caretrack.console import casepage, moves
from caretrack.middleware import wrong_state
from caretrack.people import care_only, signed_in
from cases import looks
from cases.models import Case
from contacts.errors import Refused


def found(request: HttpRequest, number: int) -> Case:
    """The case of that number, with what its page shows of it."""
    cases = Case.objects.visible_to(signed_in(request)).select_related(
        "organisation", "assignee", "team", "contact__organisation", "site__calendar", "terms__calendar_version"
    )
    return get_object_or_404(cases, number=number)


@care_only
@require_safe
def case_page(request: HttpRequest, number: int) -> HttpResponse:
    """Conversation, promises and legal verbs, the customer."""
    case = found(request, number)
    looks.saw(case, by=signed_in(request))
    return show(request, case)


@care_only
@require_POST
def act(request: HttpRequest, number: int, noun: str) -> HttpResponse:
    """Do one thing to a case: the noun of the address says which. What was wrong comes back with the text kept."""
    move = moves.BY_NOUN.get(noun)
    if move is None:
        raise Http404
    case = found(request, number)
    form = move.form_for(casepage.standing(case, signed_in(request)))(request.POST, request.FILES, auto_id=f"{noun}_%s")
    if form.is_valid():
        try:
            move.act(case, signed_in(request), form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.reason)
        except TransitionNotAllowed as error:
            form.add_error(None, wrong_state(error))
            return show(request, found(request, number), noun, form, status=409)
        else:
            messages.success(request, move.done)
            return redirect("console:case", number=case)
    return show(request, found(request, number), noun, form, status=422)


def show(
    request: HttpRequest, case: Case, noun: str = "", bound: Form | None = None, status: int = 200
) -> HttpResponse:
    """The case's page, with a form that was not taken as it was written."""
    context = casepage.context(case, signed_in(request), noun=noun, bound=bound, tab=request.GET.get("tab", ""))
    return render(request, "console/case.html", context, status=status)


@care_only
@require_safe
def journal_page(request: HttpRequest, number: int) -> HttpResponse:
    """Every row of the case's past, with the hashes that chain it."""
    case = found(request, number)
    return render(
        request, "console/journal.html", {"case": case, "events": case.events.select_related("by").order_by("seq")}
    )
