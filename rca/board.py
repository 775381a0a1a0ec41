"""The views of the board of root cause analyses: owed, late, in review, not acknowledged (§12)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, DateTimeField, Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from contacts.models import User
from rca.models import Acknowledgement, Analysis, AnalysisState, RcaVersion
from sla.models import Clock
from sla.models.clock import ClockKindChoices

NEVER = datetime(2095, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Tab:
    """A view of the board: its analyses, their order, and the text for an empty list."""

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


def where(view: str, now: datetime) -> Q:
    return TABS[view].where & Q(due__lt=now) if view == "late" else TABS[view].where


def analyses(user: User, history: bool) -> Any:
    due = (
        Clock.objects.running()
        .filter(case=OuterRef("case"), kind=ClockKindChoices.RCA)
        .order_by("-ordinal")
        .values("due_at")[:1]
    )
    newest = RcaVersion.objects.filter(analysis=OuterRef("pk")).order_by("-number").values("pk")[:1]
    rows = (
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
    return rows if history else rows.filter(organisation__is_historical=False)


def owed_and_late(user: User, now: datetime) -> tuple[int, int]:
    """The number of analyses that are owed, and of those that are late.

    One query.
    """
    counts = analyses(user, history=False).aggregate(
        owed=Count("pk", filter=where("owed", now)), late=Count("pk", filter=where("late", now))
    )
    return counts["owed"], counts["late"]
