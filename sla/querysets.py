"""Sets of clocks have names."""

from datetime import datetime
from typing import Any, Self

from django.db import models


class ClockQuerySet(models.QuerySet[Any]):
    def running(self) -> Self:
        """Not stopped, paused ones included; the twin of `Clock.is_running`."""
        return self.filter(stopped_at__isnull=True)

    def on_cases(self) -> Self:
        """Promises made on cases; those to applicants are the others (§1)."""
        return self.filter(case__isnull=False)

    def to_applicants(self) -> Self:
        """Credential clocks: promises to people who applied to become a Designated Contact (§1)."""
        return self.filter(designation__isnull=False)

    def to_check(self, now: datetime) -> Self:
        """Something must be done about them by `now`."""
        return self.filter(check_at__lte=now)
