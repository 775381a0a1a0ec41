"""`verify_journal`: verify that no event of a case or a person was changed, removed or added
later.
"""

from typing import Any

from django.core.management.base import BaseCommand

from cases import event_log
from cases.models import Case
from contacts import people_log as people
from core.tenancy import care_snapshot


class Command(BaseCommand):
    help = (
        "Walk every journal of cases and people; name each place where its chain does "
        "not hold. Exit 1 on any."
    )

    def handle(self, **options: Any) -> None:
        with care_snapshot():
            findings = 0
            for finding in [*event_log.breaks(), *people.breaks()]:
                findings += 1
                self.stdout.write(finding)
            count = Case.objects.count()
        if findings:
            raise SystemExit(1)
        self.stdout.write(f"The journals of {count} cases, and those of people, are unbroken.")
