"""Bulk actions: preview, then each case by its own action, then a report of the refusals."""

from collections.abc import Callable
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
from django_fsm import TransitionNotAllowed

from caretrack.web.console.case_forms import MergeForm, TagForm
from caretrack.web.console.forms import ResolutionForm, words
from caretrack.web.console.forms import select as select_widget
from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.form_keys import leads_to
from caretrack.web.shared.forms import EmptyForm
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.people_fields import PersonField
from caretrack.web.shared.queue.filters import QueueFilters, pairs
from caretrack.web.shared.readers import wrong_state
from caretrack.web.shared.selects import select
from cases import actions
from cases.models import Case
from cases.models.case import case_code
from contacts.models import Team, User
from contacts.models.people import CARE_ROLES
from core.errors import Refused
from sla import holding
from sla.models import QueueEntry

MOST = 100
WORKLOAD = "workload"


@dataclass(frozen=True)
class BulkAction:
    """An action on many cases: its label, its form, and its function."""

    noun: str
    action: str  # its name in the catalogue of actions
    label: str
    form: type[forms.Form]
    act: Callable[[Case, User, dict[str, Any]], object]


def _tag(case: Case, by: User, data: dict[str, Any]) -> object:
    return actions.tag(case, by=by, add=data["add"].split(","), remove=data["remove"].split(","))


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


def _put_on_hold(case: Case, by: User, data: dict[str, Any]) -> object:
    until = holding.end_on(case, data["day"])
    return actions.put_on_hold(case, by=by, until=until, text=data["text"])


def _merge(case: Case, by: User, data: dict[str, Any]) -> object:
    survivor = Case.objects.visible_to(by).filter(number=data["other"]).first()
    if survivor is None:
        raise Refused(f"There is no case {case_code(data['other'])}.")
    return actions.merge(case, by=by, survivor=survivor, text=data["text"])


BULK_ACTIONS = (
    BulkAction(
        "assignment",
        "take",
        "Take them",
        EmptyForm,
        lambda case, by, data: actions.take(case, by=by),
    ),
    BulkAction(
        "handover",
        "assign",
        "Give them to",
        BulkAssignForm,
        lambda case, by, data: actions.assign(case, by=by, to=data["assignee"], team=data["team"]),
    ),
    BulkAction("tags", "tag", "Tag", TagForm, _tag),
    BulkAction(
        "information",
        "request_information",
        "Ask the contacts",
        AskForm,
        lambda case, by, data: actions.request_information(case, by=by, text=data["text"]),
    ),
    BulkAction("hold", "put_on_hold", "Put on hold", BulkHoldForm, _put_on_hold),
    BulkAction("merge", "merge", "Merge into one", MergeForm, _merge),
    BulkAction(
        "resolution",
        "propose_resolution",
        "Propose a resolution",
        ResolutionForm,
        lambda case, by, data: actions.propose_resolution(case, by=by, text=data["text"]),
    ),
)
BY_NOUN = {action.noun: action for action in BULK_ACTIONS}


def choices() -> SafeString:
    """The bulk actions at the foot of the queue."""
    return select("noun", [(action.noun, action.label) for action in BULK_ACTIONS], "", "Choose…")


def _way_back(given: str) -> str:
    """The query string of the list and the page that the cases were chosen on."""
    params = dict(pairs(given))
    cursor = {key: params[key][:200] for key in ("after", "before", "from") if params.get(key)}
    query = QueueFilters.from_query(pairs(given)).query()
    return "&".join(part for part in (query, urlencode(cursor)) if part)


@dataclass(frozen=True)
class ListPage:
    """The page with the list that the cases were chosen on: the queue, or workload."""

    address: str
    label: str
    origin: str = ""


def _list_page(request: HttpRequest, back: str) -> ListPage:
    if request.POST.get("origin") == WORKLOAD:
        return ListPage(reverse("insight:workload"), "Workload", WORKLOAD)
    return ListPage(f"{reverse('console:queue')}?{back}".rstrip("?"), "Queue")


@dataclass(frozen=True)
class BulkOutcome:
    """The outcome for one case: done, or the refusal."""

    case: Case
    refusal: str

    @property
    def is_done(self) -> bool:
        return not self.refusal


def _tried(action: BulkAction, case: Case, by: User, data: dict[str, Any]) -> BulkOutcome:
    try:
        with transaction.atomic():
            action.act(case, by, data)
    except Refused as refusal:
        return BulkOutcome(case, refusal.reason)
    except TransitionNotAllowed as error:
        return BulkOutcome(case, wrong_state(error))
    return BulkOutcome(case, "")


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
    return [_tried(action, case, by, data) for case in cases]


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
    back = _way_back(request.POST.get("back", ""))
    if action is None or not cases:
        raise Refused(
            "Choose at least one case, and what to do with them: the box is below the list."
        )
    step = request.POST.get("step", "")
    form = action.form(
        request.POST if step or action.form is EmptyForm else None, auto_id="bulk_%s"
    )
    list_page = _list_page(request, back)
    context: dict[str, Any] = {
        "bulk_action": action,
        "cases": cases,
        "form": form,
        "back": back,
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
