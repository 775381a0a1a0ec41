"""`drill_on_call ROTA --by EMAIL`: run a drill of a rota, as the console's button does (§10)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contacts.models import User
from core.errors import Refused
from core.tenancy import care_scope
from routing import alerts
from routing.models import OnCallRota


class Command(BaseCommand):
    help = "Begin a drill of an on-call rota. Its outcome stands on the rota's page in the console."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("rota", help="the name of the rota")
        parser.add_argument("--by", required=True, help="the address of the manager who begins it")

    def handle(self, *, rota: str, by: str, **options: Any) -> None:
        with care_scope():
            row = OnCallRota.objects.filter(name=rota).first()
            manager = User.objects.filter(email=by.lower(), is_active=True).first()
            if row is None or manager is None:
                missing = (
                    f"rota {rota!r}" if row is None else f"active person with the address {by}"
                )
                raise CommandError(f"There is no {missing}.", returncode=2)
            try:
                page = alerts.drill(row, by=manager)
            except Refused as refused:
                raise CommandError(refused.reason, returncode=2) from None
            names = [
                step.recipient.name
                for step in page.steps.select_related("recipient")
                if step.recipient
            ]
        self.stdout.write(
            f"Paged {', '.join(names) or 'nobody: the rota has a gap and there is no manager'}."
        )
