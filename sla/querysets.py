"""Named sets of clocks."""

from datetime import datetime
from typing import Any, Self

from django.db import models


class ClockQuerySet(models.QuerySet[Any]):
    def running(self) -> Self:
        """Not stopped, including paused ones; the database equivalent of `Clock.is_running`."""
        return self.filter(stopped_at__isnull=True)

    def on_cases(self) -> Self:
        """Clocks of cases; the others belong to applications (§1)."""
        return self.filter(case__isnull=False)

    def to_applicants(self) -> Self:
        """Credential clocks: of people who applied to become a Designated Contact (§1)."""
        return self.filter(designation__isnull=False)

    def to_check(self, now: datetime) -> Self:
        """Clocks with a step that is due by `now`."""
        return self.filter(check_at__lte=now)
