"""API tokens: a token acts as one person, within scopes, until it expires.

Only a digest is stored.
"""

import hashlib
import secrets
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models

from contacts.models.organisations import Organisation
from contacts.models.people import User

PREFIX_LENGTH = 8
SCOPES = ("cases:read", "cases:write")


class ApiToken(models.Model):
    """A hashed API token of a person, with scopes and an expiry."""

    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=PREFIX_LENGTH, unique=True)
    digest = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=30), default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @classmethod
    def issue(
        cls, user: User, *, name: str, scopes: list[str], expires_at: datetime
    ) -> tuple["ApiToken", str]:
        """Create a token for `user`. The text is returned once and cannot be read again."""
        unknown = set(scopes) - set(SCOPES)
        if unknown:
            raise ValueError(
                f"Unknown scopes: {', '.join(sorted(unknown))}. Known: {', '.join(SCOPES)}."
            )
        prefix, rest = secrets.token_hex(PREFIX_LENGTH // 2), secrets.token_urlsafe(32)
        text = f"ct_{prefix}_{rest}"
        token = cls.objects.create(
            organisation=user.organisation,
            user=user,
            name=name,
            prefix=prefix,
            digest=cls.digest_of(text),
            scopes=scopes,
            expires_at=expires_at,
        )
        return token, text

    @staticmethod
    def digest_of(text: str) -> str:
        """SHA-256 suffices: the token holds 256 random bits, so it cannot be guessed."""
        return hashlib.sha256(text.encode()).hexdigest()

    @staticmethod
    def prefix_of(text: str) -> str | None:
        """The part that identifies the row; None where the text is not a token."""
        parts = text.split("_", 2)
        return (
            parts[1]
            if len(parts) == 3 and parts[0] == "ct" and len(parts[1]) == PREFIX_LENGTH
            else None
        )

    def is_usable(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at and self.user.is_active
