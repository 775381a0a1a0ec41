"""Published versions, and their acknowledgements by the customer."""

from typing import ClassVar

import pgtrigger
from django.db import models

from contacts.models import Organisation, User
from core.rendered_html import RenderedField, never_changed_but_html
from rca.models.analysis import Analysis


class VersionQuerySet(models.QuerySet["RcaVersion"]):
    def visible_to(self, user: User) -> "VersionQuerySet":
        """The published versions of the analyses that this person may read."""
        return self.filter(analysis__in=Analysis.objects.visible_to(user))


class RcaVersion(models.Model):
    """A root cause analysis as it was published to the customer. Immutable."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    analysis = models.ForeignKey(
        Analysis, on_delete=models.PROTECT, related_name="versions", db_constraint=False
    )
    number = models.PositiveSmallIntegerField()
    sections = models.JSONField()
    sections_html = RenderedField("sections")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField()

    objects: ClassVar = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "analysis", "number"], name="one_rca_version_a_number"
            ),
            models.CheckConstraint(
                condition=~models.Q(author=models.F("reviewer")), name="reviewed_by_a_second_person"
            ),
        ]
        triggers = never_changed_but_html("sections_html")

    def __str__(self) -> str:
        return f"version {self.number} of {self.analysis}"


class Acknowledgement(models.Model):
    """A Designated Contact confirms that they have read a version.

    Once per version, and final.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    version = models.ForeignKey(
        RcaVersion, on_delete=models.PROTECT, related_name="acknowledgements", db_constraint=False
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "version"], name="acknowledged_once")
        ]
        triggers = [
            pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.version_id} by {self.by_id}"
