"""Invitations and applications (§1), and the emails about them."""

from datetime import datetime

from django.core import signing
from django.db import models
from django.db.models import Q

from contacts.models.organisations import Organisation, Site
from contacts.models.people import CUSTOMER_ROLES, Role, User
from core.fields import AddressField, LineField

SALT = "caretrack.invitation"


class Invitation(models.Model):
    """An invitation of one address, until it is accepted, withdrawn or expired.

    `applied` means that nobody invited the person: they applied by the organisation's short name,
    and the email only proves their address.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="invitations"
    )
    email = AddressField()
    name = LineField(max_length=150)
    role = models.CharField(
        max_length=20, choices=[(r.value, r.label) for r in CUSTOMER_ROLES], default=Role.CONTACT
    )
    site = models.ForeignKey(
        Site,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_constraint=False,
    )
    language = models.CharField(max_length=10, default="en")
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    applied = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    user = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="invitations",
        db_constraint=False,
    )

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "email"],
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="one_open_invitation_an_address",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.organisation_id}"

    def is_open(self, now: datetime) -> bool:
        return self.accepted_at is None and self.withdrawn_at is None and now < self.expires_at

    @property
    def token(self) -> str:
        """The token in the email's link.

        It is signed, not stored: a stolen table grants no access.
        """
        return signing.dumps([self.pk, self.email], salt=SALT)

    @staticmethod
    def key_of(token: str) -> int | None:
        """The id of the invitation that a token names; None where the token is invalid."""
        try:
            key, _ = signing.loads(token, salt=SALT)
        except (signing.BadSignature, ValueError, TypeError):
            return None
        return int(key)


class QueuedEmailState(models.TextChoices):
    QUEUED = "queued", "Queued"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"


class QueuedEmail(models.Model):
    """An email about an account or a designation: saved in the action's transaction, sent after
    commit.

    Emails go to addresses, since some recipients have no account yet. The link of an invitation is
    inserted when the email is sent, so the row holds no usable link. `key` prevents a second email
    about the same subject.
    """

    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    invitation = models.ForeignKey(
        Invitation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="letters",
        db_constraint=False,
    )
    recipient = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    key = models.CharField(max_length=120)
    address = models.EmailField()
    subject = models.CharField(max_length=250)
    text = models.TextField()
    language = models.CharField(max_length=10, default="en")
    state = models.CharField(
        max_length=10, choices=QueuedEmailState, default=QueuedEmailState.QUEUED
    )
    created_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "address", "key"],
                name="a_letter_once",
                nulls_distinct=False,
            )
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=Q(state="queued"),
                name="letters_to_send",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} ({self.state})"
