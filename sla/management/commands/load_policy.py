"""`load_policy [NAME|FILE]`: publish a policy file (default: the shipped one) as the newest
version, unless it is already.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.tenancy import care_scope
from sla import policy_files


class Command(BaseCommand):
    help = (
        "Load a policy file. A changed file becomes a new version; running it again "
        "changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file",
            nargs="?",
            default=policy_files.SHIPPED.stem,
            help="a shipped name, or a .toml file",
        )

    def handle(self, *, file: str, **options: Any) -> None:
        try:
            with care_scope():
                version, is_new = policy_files.load(policy_files.find(file))
        except policy_files.BadPolicyFile as error:
            raise CommandError(str(error), returncode=2) from None
        self.stdout.write(f"{version}: {'loaded' if is_new else 'in force already'}.")
