"""Swaps of on-call nights that two people arrange between themselves (§10)."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from contacts.models.people import User
from routing.models.on_call import OnCallRota


class SwapState(models.TextChoices):
    """What has become of a request for a swap."""

    OPEN = "open", "Waiting for an answer"
    ACCEPTED = "accepted", "Accepted, waiting for a manager"
    ARRANGED = "arranged", "Arranged"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"


class SwapRequest(models.Model):
    """Somebody on call asks a colleague of the rota to take a night, and may take one in return.

    The night is `starts_at` to `ends_at`; that in return is `return_starts_at` to `return_ends_at`.
    """

    rota = models.ForeignKey(OnCallRota, on_delete=models.CASCADE, related_name="swap_requests")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    colleague = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    return_starts_at = models.DateTimeField(null=True, blank=True)
    return_ends_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=SwapState.choices, default=SwapState.OPEN)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rota", "asked_by", "colleague", "starts_at"],
                condition=Q(state__in=["open", "accepted"]),
                name="one_request_a_night_and_colleague",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="a_requested_night_ends"
            ),
            models.CheckConstraint(
                condition=Q(return_starts_at=None, return_ends_at=None)
                | Q(return_ends_at__gt=F("return_starts_at")),
                name="a_night_in_return_ends",
            ),
        ]
        indexes = [models.Index(fields=["ends_at"], name="swap_requests_by_end")]

    def __str__(self) -> str:
        return f"{self.asked_by_id} asks {self.colleague_id} ({self.state})"

    @property
    def is_waiting(self) -> bool:
        return self.state in (SwapState.OPEN, SwapState.ACCEPTED)

    @property
    def first_start(self) -> datetime:
        """When the earlier of its nights begins."""
        starts = [self.starts_at, self.return_starts_at]
        return min(start for start in starts if start is not None)
