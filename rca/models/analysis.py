"""The root cause analysis of a case (§12): owed from the proposal on, drafted, reviewed by a second
person, published.

A published version never changes; a correction is a further version.
"""

from typing import ClassVar

from django.db import models
from django_fsm import FSMField, transition

from cases.choices import Severity
from cases.models import Case
from contacts.models import Organisation, User
from core.rendered_html import HasRendered, RenderedField


class AnalysisState(models.TextChoices):
    """The status of an analysis."""

    OWED = "owed", "Owed"
    DRAFT = "draft", "Draft"
    IN_REVIEW = "in_review", "In review"
    PUBLISHED = "published", "Published"


A = AnalysisState


class AnalysisQuerySet(models.QuerySet["Analysis"]):
    def visible_to(self, user: User) -> "AnalysisQuerySet":
        """The analyses that this person may read: every one for Care, their organisation's for a
        customer's people who read cases.
        """
        if user.is_care or user.is_system:
            return self
        if not user.reads_cases:
            return self.none()
        return self.filter(organisation_id=user.organisation_id)

    def owed(self) -> "AnalysisQuerySet":
        """Not yet published."""
        return self.exclude(state=A.PUBLISHED)


class Analysis(HasRendered):
    """The analysis that Care owes a customer after a Critical or High case, and its status."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    case = models.OneToOneField(
        Case, on_delete=models.PROTECT, related_name="analysis", db_constraint=False
    )
    follow_up = models.OneToOneField(
        Case,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="analysis_of",
        db_constraint=False,
    )
    severity = models.PositiveSmallIntegerField(choices=Severity)
    state = FSMField(default=A.OWED, choices=A.choices, protected=True)
    initial_text = models.TextField(blank=True)
    initial_text_html = RenderedField("initial_text")
    initial_sent_at = models.DateTimeField(null=True, blank=True)
    draft = models.JSONField(
        default=dict, blank=True, help_text="A document as `rca.document` says."
    )
    draft_html = RenderedField("draft")
    revision = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Counts the savings of the draft."
    )
    author = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    writers = models.JSONField(
        default=list, blank=True, help_text="Who wrote on it since it was last published."
    )
    review_note = models.TextField(blank=True)
    review_note_html = RenderedField("review_note")
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = AnalysisQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "analyses"
        indexes = [models.Index(fields=["organisation", "state"], name="analyses_by_state")]

    def __str__(self) -> str:
        return f"RCA of {self.case}"

    @property
    def is_critical(self) -> bool:
        return self.severity == Severity.CRITICAL

    @transition(field=state, source=[A.OWED, A.DRAFT, A.PUBLISHED], target=A.DRAFT)
    def write(self) -> None:
        """A person writes on it; a published one gets a further version."""

    @transition(field=state, source=A.DRAFT, target=A.IN_REVIEW)
    def submit(self) -> None:
        """A second person reviews it."""

    @transition(field=state, source=A.IN_REVIEW, target=A.DRAFT)
    def return_to_author(self) -> None:
        """The reviewer requests changes."""

    @transition(field=state, source=A.IN_REVIEW, target=A.PUBLISHED)
    def publish(self) -> None:
        """The customer can read it."""
