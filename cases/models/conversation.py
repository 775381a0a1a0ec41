"""The conversation of a case: its messages, its files, and its links to other cases."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.choices import Facing
from cases.models.case import Case
from cases.models.event import CaseEvent
from contacts.models import Organisation, User
from core.rendered_html import RenderedField, never_changed_but_html


class CaseUpdate(models.Model):
    """A message of a person on a case, in Markdown: to the contact, to Care, or among Care's
    people.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="updates", db_constraint=False
    )
    event = models.OneToOneField(
        CaseEvent, on_delete=models.PROTECT, related_name="update", db_constraint=False
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    facing = models.CharField(max_length=10, choices=Facing)
    text = models.TextField()
    text_html = RenderedField("text")

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["organisation", "case", "at"], name="updates_of_a_case"),
            models.Index(
                fields=["id"],
                condition=models.Q(text_html__isnull=True),
                name="updates_not_rendered",
            ),
        ]
        triggers = never_changed_but_html("text_html")

    def __str__(self) -> str:
        return self.text[:60]


def storage_path(attachment: "Attachment", filename: str) -> str:
    """By organisation and digest: a person's file name never becomes a path."""
    return f"attachments/{attachment.organisation_id}/{attachment.sha256[:2]}/{attachment.sha256}"


THUMBNAILS = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/avif"}
LARGEST_THUMBNAIL = 5 * 2**20  # bytes


class ScanState(models.TextChoices):
    """The result of the malware scan of a file (§5)."""

    NOT_NEEDED = "not_needed", "not checked"
    WAITING = "waiting", "being checked"
    CLEAN = "clean", "clean"
    INFECTED = "infected", "blocked"


class Attachment(models.Model):
    """Evidence (§5). Its first bytes decide its type, not its name; only a checked route serves
    it.

    With a scanner, a file waits in quarantine until it is clean; an infected one is never served.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="attachments", db_constraint=False
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    facing = models.CharField(max_length=10, choices=Facing, default=Facing.CONTACT)
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    content_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to=storage_path, max_length=200)
    scan_state = models.CharField(max_length=12, choices=ScanState, default=ScanState.NOT_NEEDED)
    finding = models.CharField(max_length=200, blank=True, help_text="What the scanner calls it.")
    scanned_at = models.DateTimeField(null=True, blank=True)
    next_scan_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["organisation", "case"], name="attachments_of_a_case"),
            models.Index(fields=["organisation"], include=["size"], name="attachment_sizes"),
            models.Index(
                fields=["next_scan_at"],
                condition=models.Q(scan_state="waiting"),
                name="attachments_to_scan",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_thumbnail(self) -> bool:
        """Whether a page shows the picture itself, small: larger ones would make it slow."""
        return self.content_type in THUMBNAILS and self.size <= LARGEST_THUMBNAIL

    @property
    def is_served(self) -> bool:
        """Whether the file may be downloaded."""
        return self.scan_state in (ScanState.NOT_NEEDED, ScanState.CLEAN)


class LinkKind(models.TextChoices):
    """How one case is about another."""

    FOLLOWS_UP = "follows_up", _("follows up")
    DUPLICATES = "duplicates", _("duplicates")
    CONTINUES = "continues", _("continues")
    RELATES_TO = "relates_to", _("relates to")
    CHILD_OF = "child_of", _("is a child of")
    SPLIT_FROM = "split_from", _("was split from")


class CaseLink(models.Model):
    """`case` follows up, duplicates, continues or relates to `other`, is its child or was split
    from it.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="links", db_constraint=False
    )
    other = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="linked_from", db_constraint=False
    )
    kind = models.CharField(max_length=20, choices=LinkKind)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "case", "other", "kind"], name="one_link_a_kind"
            ),
            models.CheckConstraint(
                condition=~models.Q(case=models.F("other")), name="a_case_is_not_about_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.other_id}"
