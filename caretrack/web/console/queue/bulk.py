"""Bulk actions: preview, then each case by its own action, then a report of the refusals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString

from caretrack.web.console.case_filters import CaseFilters
from caretrack.web.console.case_forms import MergeForm, TagForm
from caretrack.web.console.forms import ResolutionForm, words
from caretrack.web.console.forms import select as select_widget
from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.form_keys import leads_to
from caretrack.web.shared.forms import EmptyForm
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.people_fields import PersonField
from caretrack.web.shared.queue.filters import QueueFilters, pairs
from caretrack.web.shared.selects import select
from cases.bulk_actions import BULK_ACTIONS, BY_NOUN, BulkAction, plain, refusal_of
from cases.models import Case
from contacts.models import Team, User
from contacts.models.people import CARE_ROLES
from core.errors import Refused
from sla.models import QueueEntry

MOST = 100
WORKLOAD, CASES = "workload", "cases"  # other lists that cases are chosen on


class BulkAssignForm(forms.Form):
    assignee = PersonField(
        User.objects.none(),
        label="Analyst",
        required=False,
        widget=select_widget(),
        empty_label="Nobody: it stays in the team's queue",
    )
    team = forms.ModelChoiceField(
        Team.objects.none(), required=False, widget=select_widget(), empty_label="As it is"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(role__in=CARE_ROLES, is_active=True).order_by("name")
        self.fields["assignee"].queryset = people  # type: ignore[attr-defined]
        self.fields["team"].queryset = Team.objects.all()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("assignee") and not data.get("team"):
            raise forms.ValidationError("Choose an analyst, a team, or both.")
        return data


class AskForm(forms.Form):
    text = words(
        "What do you need from the contacts?",
        rows=6,
        help_text="Our restoration clocks pause and theirs run until they answer.",
    )


class BulkHoldForm(forms.Form):
    day = forms.DateField(
        label="Until",
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
        help_text="A hold ends as the business of its customer begins on that day.",
    )
    text = words(
        "Why",
        rows=3,
        max_length=settings.REASON_MAX_CHARACTERS,
        help_text="Both sides read it.",
    )


# What each bulk action asks for.
FORMS: dict[str, type[forms.Form]] = {
    "assignment": EmptyForm,
    "handover": BulkAssignForm,
    "tags": TagForm,
    "information": AskForm,
    "hold": BulkHoldForm,
    "merge": MergeForm,
    "resolution": ResolutionForm,
}


def choices() -> SafeString:
    """The bulk actions at the foot of the queue."""
    return select("noun", [(action.noun, action.label) for action in BULK_ACTIONS], "", "Choose…")


@dataclass(frozen=True)
class ListPage:
    """The page with the list that the cases were chosen on: the queue, all cases, or workload.

    `back` is the query string of its filters and its page.
    """

    address: str
    label: str
    back: str = ""
    origin: str = ""


def list_page_of(data: Mapping[str, str]) -> ListPage:
    """The list that a form names by `origin` and `back`."""
    origin, params = data.get("origin", ""), pairs(data.get("back", ""))
    if origin == WORKLOAD:
        return ListPage(reverse("insight:workload"), "Workload", origin=WORKLOAD)
    is_cases = origin == CASES
    filters = CaseFilters if is_cases else QueueFilters
    query = filters.from_query(params).query()
    cursor = {key: params[key][:200] for key in ("after", "before", "from") if params.get(key)}
    back = "&".join(part for part in (query, urlencode(cursor)) if part)
    name, label = ("console:cases", "All cases") if is_cases else ("console:queue", "Queue")
    address = f"{reverse(name)}?{back}".rstrip("?")
    return ListPage(address, label, back, CASES if is_cases else "")


@dataclass(frozen=True)
class BulkOutcome:
    """The outcome for one case: done, or the refusal."""

    case: Case
    refusal: str

    @property
    def is_done(self) -> bool:
        return not self.refusal


def previewed(
    action: BulkAction, cases: list[Case], by: User, data: dict[str, Any]
) -> list[BulkOutcome]:
    """The outcome for each case. Every action runs and is rolled back, and nobody is notified."""
    with transaction.atomic():
        outcomes = done(action, cases, by, data)
        transaction.set_rollback(True)
    return outcomes


def done(
    action: BulkAction, cases: list[Case], by: User, data: dict[str, Any]
) -> list[BulkOutcome]:
    """Run the action on each case. A refusal stops no other case."""
    inputs = plain(data)
    return [BulkOutcome(case, refusal_of(action, case, by, inputs)) for case in cases]


def _chosen(request: HttpRequest) -> list[Case]:
    codes = list(
        dict.fromkeys(code.upper().removeprefix("CT-") for code in request.POST.getlist("case"))
    )[: MOST + 1]
    if len(codes) > MOST:
        raise Refused(f"At most {MOST} cases at once: please choose fewer.")
    numbers = [int(code) for code in codes if code.isascii() and code.isdigit() and len(code) <= 15]
    cases = Case.objects.visible_to(signed_in(request)).select_related(
        "organisation", "contact", "assignee"
    )
    return list(
        cases.filter(number__in=numbers).order_by("pk")
    )  # always the same order of locks, which avoids deadlocks


@care_only
@post_only
def bulk(request: HttpRequest) -> HttpResponse:
    """Choose an action, fill in its form, preview, run, and read the refusals."""
    action, cases, user = (
        BY_NOUN.get(request.POST.get("noun", "")),
        _chosen(request),
        signed_in(request),
    )
    if action is None or not cases:
        raise Refused(
            "Choose at least one case, and what to do with them: the box is below the list."
        )
    step = request.POST.get("step", "")
    form_class = FORMS[action.noun]
    form = form_class(request.POST if step or form_class is EmptyForm else None, auto_id="bulk_%s")
    list_page = list_page_of(request.POST)
    context: dict[str, Any] = {
        "bulk_action": action,
        "cases": cases,
        "form": form,
        "back": list_page.back,
        "list_page": list_page,
    }
    if not form.is_bound:
        return render(request, "console/bulk.html", context)
    if not form.is_valid():
        return render(request, "console/bulk.html", context, status=422)
    if step == "do":
        context["outcomes"] = done(action, cases, user, form.cleaned_data)
        return leads_to(render(request, "console/bulk_done.html", context), list_page.address)
    context["outcomes"] = previewed(action, cases, user, form.cleaned_data)
    context["doable"] = sum(outcome.is_done for outcome in context["outcomes"])
    if receiver := form.cleaned_data.get("assignee"):
        had = QueueEntry.objects.filter(assignee=receiver, is_historical=False).count()
        context |= {"receiver": receiver, "had": had, "will_have": had + context["doable"]}
    return render(request, "console/bulk.html", context)
