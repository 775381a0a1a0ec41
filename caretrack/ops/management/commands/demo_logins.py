"""`demo_logins`: list the demo's accounts by role."""

from typing import Any

from django.core.management.base import BaseCommand

from caretrack.ops.demo import customers, people
from contacts.models import Role


class Command(BaseCommand):
    help = "Print who can sign in to the demo."

    def handle(self, **options: Any) -> None:
        rows = [("Role", "Email", "Who")]
        for name, email, role, zone in customers.CARE:
            rows.append((str(Role(role).label), email, f"{name}, Care, {zone}"))
        for customer in customers.CUSTOMERS:
            rows.extend(
                (str(Role(role).label), email, f"{name}, {customer.name}, {customer.zone}")
                for name, email, role in customer.people
            )
        rows.extend(
            (role, email, f"{name}, {place}") for name, email, role, place in people.APPLICANTS
        )
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        for row in rows:
            self.stdout.write(
                "  ".join(
                    cell.ljust(width) for cell, width in zip(row, widths, strict=True)
                ).rstrip()
            )
        self.stdout.write(f"Everybody's password: {customers.PASSWORD}")
