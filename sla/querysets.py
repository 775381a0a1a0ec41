"""Named sets of clocks."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import OuterRef, Subquery


class ClockQuerySet(models.QuerySet[Any]):
    def running(self) -> Self:
        """Not stopped, including paused ones; the database equivalent of `Clock.is_running`."""
        return self.filter(stopped_at__isnull=True)

    def with_missed_due(self) -> Self:
        """Each clock with `missed_due_at`: the due time that it missed first, or None.

        A later severity or policy version may give it another target; the miss remains (§14).
        """
        from sla.models import ClockFact, FactKind

        misses = ClockFact.objects.filter(
            organisation=OuterRef("organisation"), clock=OuterRef("pk"), kind=FactKind.BREACHED
        )
        return self.annotate(
            missed_due_at=Subquery(misses.order_by("at", "pk").values("due_at")[:1])
        )

    def on_cases(self) -> Self:
        """Clocks of cases; the others belong to applications (§1)."""
        return self.filter(case__isnull=False)

    def to_applicants(self) -> Self:
        """Credential clocks: of people who applied to become a Designated Contact (§1)."""
        return self.filter(designation__isnull=False)

    def to_check(self, now: datetime) -> Self:
        """Clocks with a step that is due by `now`."""
        return self.filter(check_at__lte=now)
