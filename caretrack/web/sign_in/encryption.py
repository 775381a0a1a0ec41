"""Encryption of second factors in the database: TOTP keys and seeds of recovery codes (ASVS 11).

`CARETRACK_ENCRYPTION_KEYS` has the keys: the first encrypts, all decrypt. A value begins with
`MARK` and is a Fernet token (AES-128-CBC with HMAC-SHA-256). A value without the mark is
unencrypted and is read as it is, until `reencrypt_second_factors` runs.
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
    """No key decrypts the secret: a key is missing from the settings."""


def _fernets() -> list[Fernet]:
    """Keys of any length become Fernet keys by a hash. Random keys need no slow hash."""
    digests = [
        hashlib.sha256(f"caretrack.second-step|{key}".encode()).digest()
        for key in settings.ENCRYPTION_KEYS
    ]
    return [Fernet(base64.urlsafe_b64encode(digest)) for digest in digests]


def encrypt(text: str) -> str:
    """Encrypt the text with the first key."""
    return MARK + _fernets()[0].encrypt(text.encode()).decode()


def decrypt(stored: str) -> str:
    """Decrypt a value with any of the keys.

    Raises Unreadable for another key, which pages report.
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
    """The secret under the first key. A current value is returned unchanged."""
    return stored if is_current(stored) else encrypt(decrypt(stored))
