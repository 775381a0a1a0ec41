"""`add_administrator EMAIL NAME --zone …`: create the first person of Care."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from contacts.models import Role, User
from core.tenancy import care_scope


class Command(BaseCommand):
    help = (
        "Add an administrator and print a password, once; it is to be changed at the first sign-in."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("name")
        parser.add_argument(
            "--zone", default="UTC", help="an IANA time zone, such as Europe/Berlin"
        )

    def handle(self, *, email: str, name: str, zone: str, **options: Any) -> None:
        password = secrets.token_urlsafe(12)
        try:
            with care_scope():
                User.objects.create_user(
                    email, password, name=name, role=Role.ADMINISTRATOR, zone=zone
                )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages), returncode=2) from None
        self.stdout.write(f"{email} may sign in with the password {password}")
