"""Unsent work: drafts of cases and of a contact's replies, staged files, and which forms were sent
(§4, §5).
"""

from typing import Any

from django.db import models
from django.db.models import Q

from cases.models.case import Case
from contacts.models import Organisation, User


class FilingDraft(models.Model):
    """A draft of a case, visible to its author only, on every device, until it is filed or deleted.

    `revision` counts the saves, so that two windows of one draft detect each other instead of
    losing text.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="filing_drafts", db_constraint=False
    )
    fields = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=1)
    form_key = models.CharField(max_length=36, blank=True, help_text="Of the form that saved it.")
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-updated_at", "-id"]
        indexes = [
            models.Index(fields=["organisation", "user", "-updated_at"], name="drafts_of_a_person")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The title of the draft in a list."""
        return str(self.fields.get("title") or "").strip() or "A case without a title yet"


class FilingTemplate(models.Model):
    """A saved form for a recurring request: the Designated Contacts of an organisation start a case
    from it. It has no numbers of conversations, no files and nobody on duty.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    name = models.CharField(max_length=60)
    fields = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(
        null=True, blank=True, help_text="Emptied, until the sweep removes the row."
    )

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"],
                condition=Q(deleted_at=None),
                name="one_template_a_name",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="a_template_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class ContactDraft(models.Model):
    """A draft of what a contact writes on a case, or of a documentation request, which has no case
    yet. Visible to its author only, on every device, until it is sent or deleted.

    `revision` counts the saves, as in a draft of a case.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="contact_drafts", db_constraint=False
    )
    case = models.ForeignKey(
        Case,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="contact_drafts",
        db_constraint=False,
    )
    noun = models.CharField(max_length=20, help_text="The action that it is for.")
    fields = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=1)
    form_key = models.CharField(max_length=36, blank=True, help_text="Of the form that saved it.")
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-updated_at", "-id"]
        indexes = [
            models.Index(fields=["organisation", "case", "user"], name="contacts_replies_begun")
        ]

    def __str__(self) -> str:
        return f"{self.noun} of {self.user_id} on {self.case_id}"


class SentForm(models.Model):
    """A form that was sent and did its work: the same form sent again only leads to the result.

    `key` is the key of the form as the page showed it, `digest` of what was filled in: somebody who
    goes back and writes something else does send something new.
    """

    organisation = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
    )
    person = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    key = models.CharField(max_length=36)
    digest = models.CharField(max_length=64)
    result = models.TextField(help_text="The address to which the form led.")
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "key", "digest"], name="a_form_is_sent_once")
        ]
        indexes = [models.Index(fields=["sent_at"], name="sent_forms_by_age")]

    def __str__(self) -> str:
        return f"{self.key} of {self.person_id}"


def staged_path(staged: "StagedFile", filename: str) -> str:
    """The path of a file; a staged file becomes an attachment without moving."""
    return f"attachments/{staged.organisation_id}/{staged.sha256[:2]}/{staged.sha256}"


class StagedFile(models.Model):
    """A file uploaded before its case or reply. Sending makes it an attachment; otherwise a sweep
    deletes it.

    `user`, a person of the organisation, uploaded it; or `by`, a person of Care, who belongs to
    none.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    by = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="Somebody of Care's.",
    )
    draft = models.ForeignKey(
        FilingDraft,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="staged",
        db_constraint=False,
    )
    case = models.ForeignKey(
        Case,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="staged",
        db_constraint=False,
    )
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    content_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to=staged_path, max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["organisation", "user", "case"], name="staged_of_a_person"),
            models.Index(fields=["created_at"], name="staged_by_age"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, by__isnull=True)
                | Q(user__isnull=True, by__isnull=False),
                name="a_file_was_sent_ahead_by_one_person",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def becomes(self) -> dict[str, Any]:
        """The fields that an attachment takes over."""
        return {
            "name": self.name,
            "size": self.size,
            "content_type": self.content_type,
            "sha256": self.sha256,
            "file": self.file.name,
        }
