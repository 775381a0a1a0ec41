"""The board of RCAs: owed, late, in review, published and not acknowledged, with their counts."""

from datetime import datetime
from typing import Any

from django.db.models import Count, F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from caretrack.web.shared import clock_view
from caretrack.web.shared.access import care_only, signed_in
from cases.choices import CaseState
from contacts.models import User
from core.pagination import RowCompare, read_time_cursor, time_cursor
from rca.board import TABS, Tab, analyses, where
from rca.models import (
    Analysis,
    CorrectiveAction,
    DocumentationRequest,
)
from sla.models.clock import ClockKindChoices

SIZE = 50


@care_only
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """One view with its page of rows, the counts of all views, and what else of §12 is late."""
    user, now, history = signed_in(request), timezone.now(), request.GET.get("history") == "1"
    view = request.GET.get("view", "late" if request.GET.get("late") == "1" else "owed")
    view = view if view in TABS else "owed"
    every = analyses(user, history)
    rows, after = _page(every.filter(where(view, now)), TABS[view], request.GET.get("after", ""))
    clocks = clock_view.of_cases([row.case for row in rows], now, user)
    context = {
        "rows": [(row, _clock(clocks[row.case_id])) for row in rows],
        "after": after,
        "view": view,
        "tab": TABS[view],
        "tabs": _counted(every, now),
        "history": history,
        "is_first": not request.GET.get("after"),
        "late_actions": _unfinished(user).filter(due_on__lt=timezone.localdate()).count(),
        "late_requests": _open_requests(user).late(now).count(),
    }
    return render(request, "console/analyses.html", context)


def _open_requests(user: User) -> Any:
    return DocumentationRequest.objects.visible_to(user).exclude(case__state=CaseState.CLOSED)


def _unfinished(user: User) -> Any:
    return CorrectiveAction.objects.visible_to(user).unfinished()


def _counted(every: Any, now: datetime) -> list[tuple[str, str, int]]:
    """(view, label, number) in one statement."""
    counts = every.aggregate(**{name: Count("pk", filter=where(name, now)) for name in TABS})
    return [(name, tab.label, counts[name]) for name, tab in TABS.items()]


def _clock(clocks: list[Any]) -> Any:
    return next((clock for clock in reversed(clocks) if clock.kind == ClockKindChoices.RCA), None)


def _page(queryset: Any, tab: Tab, cursor: str) -> tuple[list[Analysis], str]:
    """The rows after a cursor, and the next cursor, empty at the end."""
    key = [F(tab.order), F("id")]
    at = read_time_cursor(cursor)
    if at is not None:
        queryset = queryset.filter(RowCompare(key, "<" if tab.is_newest_first else ">", at))
    ordered = queryset.order_by(
        *(part.desc() if tab.is_newest_first else part.asc() for part in key)
    )
    rows = list(ordered[: SIZE + 1])
    if len(rows) <= SIZE:
        return rows, ""
    last = rows[SIZE - 1]
    return rows[:SIZE], time_cursor(getattr(last, tab.order), last.pk)
