"""`verify_journal`: prove that no event of any case was changed, removed or added behind the journal's back."""

from typing import Any

from django.core.management.base import BaseCommand

from cases import journal
from cases.models import Case
from contacts.tenancy import care_scope


class Command(BaseCommand):
    help = "Walk every case's journal and name each place where its chain of hashes does not hold. Exit 1 on any."

    def handle(self, **options: Any) -> None:
        with care_scope():
            findings = 0
            for finding in journal.breaks():
                findings += 1
                self.stdout.write(finding)
            count = Case.objects.count()
        if findings:
            raise SystemExit(1)
        self.stdout.write(f"The journals of {count} cases are unbroken.")
