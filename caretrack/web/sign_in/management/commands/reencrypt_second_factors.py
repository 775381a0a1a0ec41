"""`reencrypt_second_factors`: encrypt every second factor with the first key of the settings."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from caretrack.web.sign_in import encryption
from core.tenancy import auth_scope

SECRETS = ("secret", "seed", "migrated_codes")  # the keys of allauth's data that hold secrets


class Command(BaseCommand):
    help = (
        "Encrypt TOTP keys and recovery codes with the first of "
        "CARETRACK_ENCRYPTION_KEYS. Idempotent."
    )

    def handle(self, **options: Any) -> None:
        with auth_scope():
            keys = list(Authenticator.objects.order_by("pk").values_list("pk", flat=True))
        changed, unreadable = 0, []
        for key in keys:
            try:
                changed += _reencrypt(key)
            except encryption.Unreadable:
                unreadable.append(key)
        self.stdout.write(f"{changed} second steps were encrypted anew, {len(keys)} looked at.")
        if unreadable:
            numbers = ", ".join(map(str, unreadable))
            raise CommandError(
                f"No key of CARETRACK_ENCRYPTION_KEYS decrypts these: {numbers}. Add "
                "the key they need."
            )


def _reencrypt(key: int) -> bool:
    """Each row in a transaction of its own, so that the running product never waits."""
    with auth_scope(), transaction.atomic():
        row = Authenticator.objects.select_for_update().filter(pk=key).first()
        if row is None:
            return False
        data = {
            name: _encrypted_again(value) if name in SECRETS else value
            for name, value in row.data.items()
        }
        if data == row.data:
            return False
        row.data = data
        row.save(update_fields=["data"])
        return True


def _encrypted_again(value: Any) -> Any:
    return (
        [encryption.reencrypted(one) for one in value]
        if isinstance(value, list)
        else encryption.reencrypted(value)
    )
