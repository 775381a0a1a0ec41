"""`verify_notices`: verify that every auto-closure had a notice that was really sent in time
(§13).
"""

from typing import Any

from django.core.management.base import BaseCommand

from audit import promises
from core.tenancy import care_snapshot


class Command(BaseCommand):
    help = (
        "Name each closure for silence that no sent notice bears out. Changes nothing; "
        "exit 1 on any."
    )

    def handle(self, **options: Any) -> None:
        findings = 0
        with care_snapshot():
            for _, finding in promises.closures_without_notice():
                findings += 1
                self.stdout.write(finding)
        if findings:
            raise SystemExit(1)
        self.stdout.write("Every closure for silence had its notice, sent in time.")
