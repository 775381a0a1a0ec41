"""Secrets of second steps, encrypted in the database: TOTP keys and the seeds of recovery codes
(ASVS 11).

The keys are `CARETRACK_ENCRYPTION_KEYS`: the first encrypts, all decrypt. A value begins with
`MARK` and is a Fernet token (AES-128-CBC with HMAC-SHA-256). A value without the mark is from
before and is read as it is, until `reencrypt_second_factors` has run.
"""

import base64
import hashlib
import logging

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.translation import gettext_noop

from core.errors import Refused

logger = logging.getLogger(__name__)
MARK = "fernet:"
CONTACT_CARE = gettext_noop("Your second step cannot be checked now. Please contact Care.")


class Unreadable(Refused):
    """A secret that none of the keys decrypts: a key is missing from the settings."""


def _fernets() -> list[Fernet]:
    """Keys of any length become Fernet keys by a hash; they are random, so nothing slower is
    needed.
    """
    digests = [
        hashlib.sha256(f"caretrack.second-step|{key}".encode()).digest()
        for key in settings.ENCRYPTION_KEYS
    ]
    return [Fernet(base64.urlsafe_b64encode(digest)) for digest in digests]


def encrypt(text: str) -> str:
    """The text under the first key."""
    return MARK + _fernets()[0].encrypt(text.encode()).decode()


def decrypt(stored: str) -> str:
    """What was encrypted with any of the keys.

    Raises Unreadable, which pages answer in words, for another key.
    """
    if not stored.startswith(MARK):
        return stored
    try:
        return MultiFernet(_fernets()).decrypt(stored.removeprefix(MARK)).decode()
    except InvalidToken:
        logger.error(
            "A second step cannot be decrypted: a key is missing from CARETRACK_ENCRYPTION_KEYS."
        )
        raise Unreadable(CONTACT_CARE) from None


def is_current(stored: str) -> bool:
    """Whether the value is encrypted with the first key."""
    if not stored.startswith(MARK):
        return False
    try:
        _fernets()[0].decrypt(stored.removeprefix(MARK))
    except InvalidToken:
        return False
    return True


def reencrypted(stored: str) -> str:
    """The same secret under the first key; the very same value where it is so already."""
    return stored if is_current(stored) else encrypt(decrypt(stored))
