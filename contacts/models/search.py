"""The search index of everything but cases. Triggers of each kind write it, functions of the owner
read it (`search_documents`, `search_all_documents`); no organisation's scope reaches it.
"""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F

from contacts.models.organisations import Organisation


class SearchDocumentKind(models.TextChoices):
    ORGANISATION = "organisation"
    PERSON = "person"
    ANALYSIS = "analysis"


class SearchDocument(models.Model):
    """The words of one object: what a customer may find it by, and what Care may.

    Under row-level security `@@` may not use its index (it is not leakproof), so the vectors are
    in a table of their own.
    """

    kind = models.CharField(max_length=20, choices=SearchDocumentKind)
    object_id = models.BigIntegerField()
    organisation = models.ForeignKey(
        Organisation,
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
        help_text="None for people of Care.",
    )
    name = models.TextField(help_text="Folded: for beginnings and misspellings.")
    words = SearchVectorField()
    care_words = SearchVectorField(help_text="With what only Care reads.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_id"], name="one_document_an_object")
        ]
        indexes = [
            GinIndex(fields=["organisation", "words"], name="documents_for_tenants"),
            GinIndex(fields=["care_words"], name="documents_for_care"),
            GinIndex(OpClass(F("name"), name="gin_trgm_ops"), name="documents_by_name"),
        ]

    def __str__(self) -> str:
        return f"words of {self.kind} {self.object_id}"
