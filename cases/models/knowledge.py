"""What people read before they file a case: areas of responsibility (§4), and articles with their
votes (§3).
"""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contacts.models import Organisation, User
from core.rendered_html import HasRendered, RenderedField, never_changed_but_html
from core.translations import HasTranslations


class Responsibility(models.TextChoices):
    """Who is responsible for an area, as the customer reads it."""

    YOURS = "yours", _("Yours")
    OURS = "ours", _("Ours")
    SHARED = "shared", _("Shared")


class Article(models.Model):
    """A self-support article.

    Readers see its current version; authors write its draft.
    """

    slug = models.SlugField(max_length=80, unique=True)
    area = models.ForeignKey(
        "cases.Area", null=True, blank=True, on_delete=models.SET_NULL, related_name="articles"
    )
    current = models.OneToOneField(
        "cases.ArticleVersion",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="current_of",
    )
    is_published = models.BooleanField(default=False)
    draft = models.JSONField(
        default=dict,
        blank=True,
        help_text="Title, summary and body as they are being written, with translations.",
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug

    @property
    def title(self) -> str:
        """The title that readers see, or else that of the draft."""
        return self.current.title if self.current else str(self.draft.get("title") or self.slug)


class ArticleVersion(HasTranslations):
    """A published version of an article. Immutable."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=150)
    summary = models.CharField(max_length=300)
    body = models.TextField()
    body_html = RenderedField("body", is_document=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    document = models.GeneratedField(
        expression=SearchVector("title", weight="A", config="english")
        + SearchVector("summary", weight="B", config="english")
        + SearchVector("body", weight="C", config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["article", "number"], name="one_article_version_a_number"
            )
        ]
        indexes = [GinIndex(fields=["document"], name="article_versions_by_words")]
        triggers = never_changed_but_html(
            "body_html", "document"
        )  # the generated column has no value yet

    def __str__(self) -> str:
        return f"{self.title} (version {self.number})"


class Area(HasRendered, HasTranslations):
    """A part of the service or of the customer's environment, and who is responsible for it and why
    (§4).
    """

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80, unique=True)
    responsibility = models.CharField(max_length=10, choices=Responsibility)
    why = models.TextField(
        help_text="In Markdown: why it is yours, ours or shared, and what to look at first."
    )
    why_html = RenderedField("why", is_document=True)
    helps = models.ForeignKey(
        Article,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name="article that helps",
    )
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class ArticleVote(models.Model):
    """Whether an article helped: at most one vote per person, or per visitor who is not signed
    in.
    """

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="votes")
    version = models.PositiveIntegerField()
    organisation = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
    )
    person = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    visitor = models.CharField(
        max_length=32, blank=True, help_text="A random value in the visitor's session."
    )
    is_helpful = models.BooleanField()
    comment = models.CharField(max_length=1000, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["article", "person"],
                condition=Q(person__isnull=False),
                name="one_vote_a_person",
            ),
            models.UniqueConstraint(
                fields=["article", "visitor"], condition=~Q(visitor=""), name="one_vote_a_visitor"
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=False, visitor="")
                | Q(person__isnull=True) & ~Q(visitor=""),
                name="a_vote_is_a_persons_or_a_visitors",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.article_id}: {'helpful' if self.is_helpful else 'not helpful'}"


class Deflection(models.Model):
    """A deflected case: a visitor left the page for new cases because an article helped (§3)."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    person = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="deflections")
    on = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "person", "article", "on"],
                name="one_deflection_a_person_article_and_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.article_id} on {self.on}"
