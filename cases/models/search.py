"""The search index of cases. Triggers write it (`cases/sql/search_of_*.sql`), functions of the
owner read it (`search_cases`, `search_all_cases`); no organisation's scope reaches it.
"""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from cases.models.case import Case
from contacts.models import Organisation


class CaseSearch(models.Model):
    """The search vectors of one case: what a contact may find it by, and Care's internal texts.

    Under row-level security `@@` may not use its index (it is not leakproof), so the vectors are
    in a table of their own.
    """

    case = models.OneToOneField(
        Case,
        on_delete=models.DO_NOTHING,
        primary_key=True,
        related_name="+",
        db_constraint=False,
    )
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    updated_at = models.DateTimeField(help_text="When the last update was written to the contact.")
    words = SearchVectorField()
    care_words = SearchVectorField(help_text="With internal notes.")

    class Meta:
        indexes = [
            GinIndex(fields=["organisation", "words"], name="search_for_tenants"),
            GinIndex(fields=["organisation", "care_words"], name="search_for_care"),
            models.Index(fields=["organisation", "-case"], name="search_newest_first"),
        ]

    def __str__(self) -> str:
        return f"words of case {self.case_id}"
