"""`verify_clocks`: fold the events of every case again and name each stored clock that differs."""

from typing import Any

from django.core.management.base import BaseCommand

from core.tenancy import care_snapshot
from sla import clocks, credentials
from sla.models import Clock


class Command(BaseCommand):
    help = (
        "Fold every journal and compare with the stored clocks. Changes nothing; exit 1 "
        "on any difference."
    )

    def handle(self, **options: Any) -> None:
        findings = 0
        with care_snapshot():
            for finding in [*clocks.verify(), *credentials.verify()]:
                findings += 1
                self.stdout.write(finding)
            count = Clock.objects.count()
        if findings:
            raise SystemExit(1)
        self.stdout.write(f"All {count} clocks are what the journal says.")
