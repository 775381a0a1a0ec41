"""Cases that wait for assignment to a team, to an analyst at work, or to the person on call (§8,
§10).
"""

from django.db import models
from django.db.models import Q

from cases.models import Case
from contacts.models import Organisation


class AssignmentJob(models.Model):
    """A case to be assigned: saved at filing, or when it becomes Critical, and done once `look_at`
    is empty.

    The row exists before the task, so the sweep finds what a crash left. `raised` means that the
    case became Critical later: then its analyst must also be at work. `rerouted` means that its
    area was corrected: then the team of the new area gets it.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    case = models.OneToOneField(
        Case, on_delete=models.PROTECT, related_name="placement", db_constraint=False
    )
    look_at = models.DateTimeField(null=True, blank=True)
    raised = models.BooleanField(default=False)
    rerouted = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["look_at", "id"], condition=Q(look_at__isnull=False), name="cases_to_place"
            ),
            models.Index(fields=["organisation", "case"], name="placement_of_a_case"),
        ]

    def __str__(self) -> str:
        return f"placement of case {self.case_id}"
