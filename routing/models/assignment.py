"""Cases that wait to be given to a team, to somebody at work, or to whoever is on call (§8,
§10).
"""

from django.db import models
from django.db.models import Q

from cases.models import Case
from contacts.models import Organisation


class AssignmentJob(models.Model):
    """A case to be placed: written with its filing, or when it becomes Critical, and done once
    `look_at` is empty.

    A row before it is a message: what a crash left is found by the sweep. `raised` says that the
    case became Critical later, so that being in somebody's hands is not enough: they must be at
    work.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    case = models.OneToOneField(
        Case, on_delete=models.PROTECT, related_name="placement", db_constraint=False
    )
    look_at = models.DateTimeField(null=True, blank=True)
    raised = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["look_at", "id"], condition=Q(look_at__isnull=False), name="cases_to_place"
            ),
            models.Index(fields=["organisation", "case"], name="placement_of_a_case"),
        ]

    def __str__(self) -> str:
        return f"placement of case {self.case_id}"
