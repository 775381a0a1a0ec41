"""Sets of clocks have names."""

from datetime import datetime
from typing import Any, Self

from django.db import models


class ClockQuerySet(models.QuerySet[Any]):
    def running(self) -> Self:
        """Not stopped, paused ones included; the twin of `Clock.is_running`."""
        return self.filter(stopped_at__isnull=True)

    def to_check(self, now: datetime) -> Self:
        """Something must be done about them by `now`."""
        return self.filter(check_at__lte=now)
