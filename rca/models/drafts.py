"""What Care's people write on a draft: numbered saves, and comments.

No customer reads either.
"""

from django.db import models

from contacts.models import Organisation, User
from core.rendered_html import HasRendered, RenderedField
from rca import document
from rca.models.analysis import Analysis

# Comments refer to a part of the document, or to all of it.
COMMENTED = [("", "The whole document"), *((key, label) for key, label in document.PARTS.items())]


class Saving(models.Model):
    """A draft after one save, from which concurrent saves are merged.

    `window` is what the writer's own page still shows where the save took over parts of others;
    otherwise empty.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    analysis = models.ForeignKey(
        Analysis, on_delete=models.PROTECT, related_name="savings", db_constraint=False
    )
    revision = models.PositiveIntegerField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    document = models.JSONField()
    window = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["-revision"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "analysis", "revision"], name="savings_of_a_draft_counted"
            )
        ]

    def __str__(self) -> str:
        return f"saving {self.revision} of {self.analysis_id}"


class Comment(HasRendered):
    """A comment of Care's on a part of a draft; it remains open until it is resolved."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    analysis = models.ForeignKey(
        Analysis, on_delete=models.PROTECT, related_name="comments", db_constraint=False
    )
    part = models.CharField(max_length=20, blank=True, choices=COMMENTED)
    text = models.TextField()
    text_html = RenderedField("text")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    resolved_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["organisation", "analysis"], name="comments_on_a_draft")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(resolved_by__isnull=True, resolved_at__isnull=True)
                | models.Q(resolved_by__isnull=False, resolved_at__isnull=False),
                name="resolved_by_somebody_at_an_instant",
            )
        ]

    def __str__(self) -> str:
        return self.text[:60]
