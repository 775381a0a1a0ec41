"""The terms of a case, pinned at its filing."""

from django.db import models

from cases.models import Case
from contacts.models import CalendarVersion, Organisation
from sla.models.policy import PolicyVersion


class CaseTerms(models.Model):
    """Policy version and calendar version of a case (§14): later versions do not change it."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    case = models.OneToOneField(
        Case, on_delete=models.PROTECT, related_name="terms", db_constraint=False
    )
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    calendar_version = models.ForeignKey(
        CalendarVersion, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["organisation", "case"], name="terms_of_a_case")]

    def __str__(self) -> str:
        return f"terms of case {self.case_id}"
