"""The terms a case is worked under, pinned when it is filed, and where it stands in the queue because of them."""

from django.db import models

from cases.models import Case
from contacts.models import CalendarVersion, Organisation
from sla.models.policy import PolicyVersion


class CaseTerms(models.Model):
    """Policy and calendar version of a case (§14), and its nearest running clock (§8).

    `nearest_mark` is the running total of counted time of the clock's calendar at the due instant: less the calendar's
    total at another instant, it is the business time left, so that the queue can be ordered inside the database.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="terms", db_constraint=False)
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    calendar_version = models.ForeignKey(CalendarVersion, on_delete=models.PROTECT, related_name="+")
    nearest_kind = models.CharField(max_length=20, blank=True)
    nearest_due_at = models.DateTimeField(null=True, blank=True)
    nearest_mark = models.BigIntegerField(null=True, blank=True)
    nearest_is_around_the_clock = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["organisation", "case"], name="terms_of_a_case")]

    def __str__(self) -> str:
        return f"terms of case {self.case_id}"
