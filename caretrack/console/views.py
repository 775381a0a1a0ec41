"""The queue, the case page and the one door through which every verb of Care goes."""

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_fsm import TransitionNotAllowed

from caretrack import clockviews
from caretrack.console import casepage, moves, queue
from caretrack.console.queue import BadCursor, Cursor, Filters
from caretrack.middleware import wrong_state
from caretrack.people import care_only, signed_in
from cases.models import Case
from cases.verbs import Severity, State
from contacts.errors import Refused
from contacts.models import Organisation


@care_only
@require_safe
def queue_page(request: HttpRequest) -> HttpResponse:
    """Open cases in the order of §8, and why each stands where it stands."""
    user, now = signed_in(request), timezone.now()
    filters = Filters.of(request.GET)
    try:
        cursor = Cursor.of(request.GET["after"], now) if "after" in request.GET else None
    except BadCursor:
        reason = "This address is no place in the queue, or is days old. Open the queue from its beginning."
        return render(request, "refused.html", {"reason": reason}, status=400)
    page = queue.page(user, filters, now=now, cursor=cursor)
    clocks = clockviews.of_cases(page.cases, page.as_of, only_running=True)
    rows = [(case, clockviews.nearest(clocks[case.pk], cares=True), casepage.whose(case)) for case in page.cases]
    counts = queue.counts(user, history=filters.history)
    known = Organisation.objects.all() if filters.history else Organisation.objects.filter(is_historical=False)
    context = {
        "rows": rows, "page": page, "filters": filters, "is_first": cursor is None,
        "views": [(key, label, counts[key], filters.query(view=key)) for key, label in queue.VIEWS.items()],
        "view_label": queue.VIEWS[filters.view], "replayed": counts["replayed"],
        "severities": Severity.choices, "states": [c for c in State.choices if c[0] != State.CLOSED],
        "left": queue.LEFT, "next": filters.query(),
        "without": filters.query(severity=None, state="", organisation="", left="", text=""),
        "with_history": filters.query(history=True), "without_history": filters.query(history=False),
        "organisations": known.order_by("name").values_list("short_name", "name")[:500],
    }  # fmt: skip
    return render(request, "console/queue.html", context)


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
    return show(request, found(request, number))


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
