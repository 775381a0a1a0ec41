"""`load_demo`: create the demo's customers, people and cases. Does nothing when they exist."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from caretrack.ops.demo import customers
from insight import aggregation


class Command(BaseCommand):
    help = "Load the demo. Refused in production: its passwords are public."

    def handle(self, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError(
                "The demo's passwords are public: it is not loaded in production.", returncode=2
            )
        if customers.is_loaded():
            self.stdout.write("The demo is in place already.")
            return
        customers.load()
        aggregation.run(timezone.now())
        self.stdout.write(
            f"The demo is loaded: {len(customers.CUSTOMERS)} organisations, "
            f"{len(customers.CARE)} people of Care."
        )
