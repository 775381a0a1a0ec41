"""The board of root cause analyses: owed, late, in review, published and not yet acknowledged, with
their counts.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, DateTimeField, Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from caretrack import clockviews
from caretrack.people import care_only, signed_in
from cases.choices import State
from contacts.models import User
from core.pagination import EPOCH, MICROSECOND, RowCompare
from rca.models import (
    Acknowledgement,
    Analysis,
    AnalysisState,
    CorrectiveAction,
    DocumentationRequest,
    RcaVersion,
)
from sla.models import Clock
from sla.models.clock import Kind

SIZE = 50
NEVER = datetime(2095, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Tab:
    """A view of the board: which analyses, in which order, and what is said where there are
    none.
    """

    label: str
    where: Q
    order: str
    empty: str
    is_newest_first: bool = False


TABS = {
    "owed": Tab(
        "Owed",
        ~Q(state=AnalysisState.PUBLISHED),
        "due",
        "None is owed. One appears here when a resolution is proposed on a Critical or High case.",
    ),
    "late": Tab(
        "Late", ~Q(state=AnalysisState.PUBLISHED) & Q(due__lt=Value(NEVER)), "due", "None is late."
    ),
    "review": Tab(
        "In review", Q(state=AnalysisState.IN_REVIEW), "due", "None waits for a second person."
    ),
    "unread": Tab(
        "Not acknowledged",
        Q(newest__isnull=False, is_acknowledged=False),
        "published_at",
        "Every published analysis was acknowledged.",
        is_newest_first=True,
    ),
    "published": Tab(
        "Published",
        Q(newest__isnull=False),
        "published_at",
        "None was published yet.",
        is_newest_first=True,
    ),
}


@care_only
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """One view with its page of rows; how many are in each; what else of §12 is late."""
    user, now, history = signed_in(request), timezone.now(), request.GET.get("history") == "1"
    view = request.GET.get("view", "late" if request.GET.get("late") == "1" else "owed")
    view = view if view in TABS else "owed"
    every = _every(user, history)
    rows, after = _page(every.filter(_where(view, now)), TABS[view], request.GET.get("after", ""))
    clocks = clockviews.of_cases([row.case for row in rows], now)
    context = {
        "rows": [(row, _clock(clocks[row.case_id])) for row in rows],
        "after": after,
        "view": view,
        "tab": TABS[view],
        "tabs": _counted(every, now),
        "history": history,
        "is_first": not request.GET.get("after"),
        "late_actions": _standing(user).filter(due_on__lt=timezone.localdate()).count(),
        "late_requests": _open_requests(user).late(now).count(),
    }
    return render(request, "console/analyses.html", context)


def _open_requests(user: User) -> Any:
    return DocumentationRequest.objects.visible_to(user).exclude(case__state=State.CLOSED)


def _standing(user: User) -> Any:
    return CorrectiveAction.objects.visible_to(user).standing()


def _where(view: str, now: datetime) -> Q:
    return TABS[view].where & Q(due__lt=now) if view == "late" else TABS[view].where


def _every(user: User, history: bool) -> Any:
    due = (
        Clock.objects.running()
        .filter(case=OuterRef("case"), kind=Kind.RCA)
        .order_by("-ordinal")
        .values("due_at")[:1]
    )
    newest = RcaVersion.objects.filter(analysis=OuterRef("pk")).order_by("-number").values("pk")[:1]
    found = (
        Analysis.objects.visible_to(user)
        .select_related(
            "case__organisation", "case__contact", "case__terms__calendar_version", "author"
        )
        .annotate(
            due=Coalesce(Subquery(due), Value(NEVER), output_field=DateTimeField()),
            newest=Subquery(newest),
            is_acknowledged=Exists(Acknowledgement.objects.filter(version=OuterRef("newest"))),
        )
    )
    return found if history else found.filter(organisation__is_historical=False)


def owed_and_late(user: User, now: datetime) -> tuple[int, int]:
    """How many analyses are owed, and how many of them are late: the lengths of the two views.

    One statement.
    """
    counts = _every(user, history=False).aggregate(
        owed=Count("pk", filter=_where("owed", now)), late=Count("pk", filter=_where("late", now))
    )
    return counts["owed"], counts["late"]


def _counted(every: Any, now: datetime) -> list[tuple[str, str, int]]:
    """(view, label, how many) in one statement."""
    counts = every.aggregate(**{name: Count("pk", filter=_where(name, now)) for name in TABS})
    return [(name, tab.label, counts[name]) for name, tab in TABS.items()]


def _clock(clocks: list[Any]) -> Any:
    return next((clock for clock in reversed(clocks) if clock.kind == Kind.RCA), None)


def _page(found: Any, tab: Tab, place: str) -> tuple[list[Analysis], str]:
    """The rows after a place, and the place after them; empty at the end."""
    key = [F(tab.order), F("id")]
    at = _read(place)
    if at is not None:
        found = found.filter(RowCompare(key, "<" if tab.is_newest_first else ">", at))
    ordered = found.order_by(*(part.desc() if tab.is_newest_first else part.asc() for part in key))
    rows = list(ordered[: SIZE + 1])
    if len(rows) <= SIZE:
        return rows, ""
    last = rows[SIZE - 1]
    return rows[:SIZE], f"{(getattr(last, tab.order) - EPOCH) // MICROSECOND}.{last.pk}"


def _read(place: str) -> list[Any] | None:
    at, _dot, pk = place.partition(".")
    if not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in (at, pk)):
        return None
    return [EPOCH + timedelta(microseconds=min(int(at), 4_000_000_000_000_000)), int(pk)]
