"""The personal data that the trial's outbox stores (§14)."""

from django.db.models import QuerySet
from django.db.models.functions import Lower

from caretrack.ops.outbox.models import OutboxMessage
from contacts.erasure import DataHolding, Erasure, Treatment, naming, register_holdings, rename


def _to_them(erasure: Erasure) -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.alias(reader=Lower("to")).filter(reader__in=erasure.addresses)


def register() -> None:
    """Register the data with the package below."""
    register_holdings(
        DataHolding(
            "mails in the trial's outbox", Treatment.GOES, _to_them, lambda rows, e: rows.delete()
        ),
        DataHolding(
            "mails in the trial's outbox to others",
            Treatment.LOSES_THE_NAME,
            lambda e: naming(
                OutboxMessage.objects.exclude(pk__in=_to_them(e)), e, "subject", "text"
            ),
            lambda rows, e: rename(rows, e, "subject", "text"),
        ),
    )
