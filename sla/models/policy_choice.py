"""The policy of new cases (§14): an organisation's own, an offering's, or the default."""

import pgtrigger
from django.db import models

from contacts.models import Offering, Organisation, User
from sla.models.policy import Policy

NEVER_CHANGED = pgtrigger.Protect(
    name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete
)


class Choice(models.Model):
    """From an instant on a policy applies, or none of its own.

    Rows are added; the newest that has taken effect counts.
    """

    policy = models.ForeignKey(
        Policy,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: none of its own.",
    )
    effective_at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.policy or 'none of its own'} from {self.effective_at:%Y-%m-%d %H:%M}"


class OrganisationPolicy(Choice):
    """An organisation's own policy: it takes precedence over an offering's and the default."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="policy_choices", db_index=False
    )

    class Meta:
        ordering = ["-effective_at", "-id"]
        indexes = [
            models.Index(
                fields=["organisation", "-effective_at", "-id"], name="policy_of_an_organisation"
            )
        ]
        triggers = [NEVER_CHANGED]


class OfferingPolicy(Choice):
    """An offering's policy: it applies where the organisation has none of its own."""

    offering = models.ForeignKey(
        Offering, on_delete=models.PROTECT, related_name="policy_choices", db_index=False
    )

    class Meta:
        ordering = ["-effective_at", "-id"]
        indexes = [
            models.Index(fields=["offering", "-effective_at", "-id"], name="policy_of_an_offering")
        ]
        triggers = [NEVER_CHANGED]
