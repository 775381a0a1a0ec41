"""Applications of future Designated Contacts, with their credential clocks (§1)."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery

from contacts.models import ContactState, DesignatedContact
from sla.models import Clock


def applications(*states: ContactState) -> QuerySet[DesignatedContact]:
    """Applications in these states, the earliest due time first; without a clock by the time of
    their last change.
    """
    due = (
        Clock.objects.to_applicants()
        .filter(designation=OuterRef("pk"))
        .order_by("-ordinal")
        .values("due_at")[:1]
    )
    rows = DesignatedContact.objects.filter(
        state__in=states, organisation__is_historical=False, user__is_active=True
    )
    return (
        rows.annotate(due_at=Subquery(due))
        .select_related("user", "organisation")
        .order_by(F("due_at").asc(nulls_last=True), "changed_at", "pk")
    )


def near(now: datetime) -> QuerySet[Any]:
    """Applications whose answer is due within a day, or overdue."""
    waiting: QuerySet[Any] = applications(ContactState.SUBMITTED)
    return waiting.filter(due_at__lt=now + timedelta(days=1))


def to_decide() -> int:
    """The number of applications that wait for Care, at most 99: the number beside the link."""
    return applications(ContactState.SUBMITTED).order_by()[:99].count()
