"""Corrective actions after publication: owner, date, state, late ones first (§12)."""

from contextlib import suppress
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from caretrack.web.console.forms import select, words
from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.numbers import is_key
from core.errors import Refused
from core.pagination import RowCompare
from rca import actions
from rca.models import ActionState, CorrectiveAction

SIZE = 50
UNFINISHED = Q(state__in=["open", "in_progress"])
VIEWS: dict[str, tuple[str, Q, str]] = {
    "standing": (
        "To do",
        UNFINISHED,
        "No open corrective actions. They appear here once an analysis is published.",
    ),
    "mine": ("Mine", UNFINISHED, "None is assigned to you."),
    "over": ("Done or dropped", ~UNFINISHED, "None is done or dropped yet."),
}


class ProgressForm(forms.Form):
    """The state of a corrective action."""

    state = forms.ChoiceField(choices=ActionState.choices, widget=select())
    text = words(
        "What is new",
        rows=3,
        required=False,
        help_text="The customer reads it. Needed where it is dropped.",
    )


@care_only
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Corrective actions, the nearest date first, so late ones are on top."""
    user, today = signed_in(request), timezone.localdate()
    view = request.GET.get("view", "standing")
    view = view if view in VIEWS else "standing"
    every = CorrectiveAction.objects.visible_to(user)
    mine = Q(owner=user)
    counts = every.aggregate(
        standing=Count("pk", filter=UNFINISHED),
        mine=Count("pk", filter=UNFINISHED & mine),
        over=Count("pk", filter=~UNFINISHED),
        late=Count("pk", filter=UNFINISHED & Q(due_on__lt=today)),
    )
    queryset = every.filter(VIEWS[view][1], mine if view == "mine" else Q())
    rows, after = _page(queryset, request.GET.get("after", ""), is_over=view == "over")
    context = {
        "rows": [(row, row.is_late(today)) for row in rows],
        "after": after,
        "view": view,
        "empty": VIEWS[view][2],
        "tabs": [(name, VIEWS[name][0], counts[name]) for name in VIEWS],
        "late": counts["late"],
        "is_first": not request.GET.get("after"),
    }
    return render(request, "console/actions.html", context)


def _page(queryset: Any, cursor: str, *, is_over: bool) -> tuple[list[CorrectiveAction], str]:
    key = [F("due_on"), F("id")]
    day, _dot, pk = cursor.partition(".")
    if cursor and is_key(pk):
        with suppress(ValueError):
            at = [date.fromisoformat(day), int(pk)]
            queryset = queryset.filter(RowCompare(key, "<" if is_over else ">", at))
    rows = list(
        queryset.select_related("owner", "analysis__case__organisation").order_by(
            *(part.desc() if is_over else part.asc() for part in key)
        )[: SIZE + 1]
    )
    last = rows[SIZE - 1] if len(rows) > SIZE else None
    return rows[:SIZE], f"{last.due_on.isoformat()}.{last.pk}" if last else ""


@care_only
@require_http_methods(["GET", "HEAD", "POST"])
def progress(request: HttpRequest, action: int) -> HttpResponse:
    """One action, and the form to change its state."""
    queryset = CorrectiveAction.objects.visible_to(signed_in(request))
    one = get_object_or_404(
        queryset.select_related("owner", "analysis__case__organisation"), pk=action
    )
    form = ProgressForm(
        request.POST if request.method == "POST" else None, initial={"state": one.state}
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.move_action(
                one,
                by=signed_in(request),
                state=form.cleaned_data["state"],
                words=form.cleaned_data["text"],
            )
        except Refused as refused:
            form.add_error(None, refused.reason)
        else:
            messages.success(request, "Saved. The customer sees it.")
            return redirect("console:actions")
    context = {
        "action": one,
        "case": one.analysis.case,
        "form": form,
        "is_late": one.is_late(timezone.localdate()),
    }
    return render(request, "console/action.html", context, status=422 if form.errors else 200)
