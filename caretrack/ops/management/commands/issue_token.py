"""`issue_token EMAIL --name … --scope … --days …`: create an API token. It is shown once."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from contacts.models import ApiToken, User
from contacts.models.tokens import SCOPES
from core.tenancy import care_scope

MOST_DAYS = 3 * 365


class Command(BaseCommand):
    help = "Create an API token for a person. Only a digest is stored: copy the token now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", required=True)
        parser.add_argument("--scope", action="append", choices=SCOPES, dest="scopes")
        parser.add_argument("--days", type=int, default=90)

    def handle(
        self, *, email: str, name: str, scopes: list[str] | None, days: int, **options: Any
    ) -> None:
        if not 1 <= days <= MOST_DAYS:
            raise CommandError(f"--days must be 1 to {MOST_DAYS} (three years).", returncode=2)
        with care_scope():
            user = User.objects.filter(email=email.lower(), is_active=True).first()
            if user is None or user.is_system:
                raise CommandError(
                    f"There is no active person with the address {email}.", returncode=2
                )
            _, text = ApiToken.issue(
                user,
                name=name,
                scopes=scopes or ["cases:read"],
                expires_at=timezone.now() + timedelta(days=days),
            )
        self.stdout.write(text)
