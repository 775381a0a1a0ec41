"""`evidence_pack CT-… [--out FILE] [--contact-facing]`: the evidence of one case, as a ZIP
(§14).
"""

import hashlib
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import evidence_pack
from audit.management.commands.audit import named
from contacts.models import User
from core.tenancy import care_snapshot


class Command(BaseCommand):
    help = (
        "Write the evidence pack of a case and print its SHA-256. The check.py in it "
        "proves it offline."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("case", metavar="CT-…")
        parser.add_argument(
            "--out", type=Path, help="the file to write; CT-…-evidence.zip here, unless said"
        )
        parser.add_argument(
            "--contact-facing",
            action="store_true",
            help="what the case's contact may see, nothing internal",
        )

    def handle(self, *, case: str, out: Path | None, contact_facing: bool, **options: Any) -> None:
        with care_snapshot():
            matching_case = named(case)
            packed = evidence_pack.build(
                matching_case, by=matching_case.contact if contact_facing else User.objects.system()
            )
        target = out or Path(f"{matching_case.code}-evidence.zip")
        try:
            target.write_bytes(packed)
        except OSError as error:
            raise CommandError(
                f"{target} cannot be written: {error.strerror}.", returncode=2
            ) from None
        self.stdout.write(f"{target}  SHA-256 {hashlib.sha256(packed).hexdigest()}")
