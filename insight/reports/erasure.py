"""What reports keep of a customer's person (§14)."""

from contacts.erasure import DataHolding, Treatment, register_holdings
from insight.reports.models import ReportRecipient


def register() -> None:
    """Tell the floor below what is kept here."""
    register_holdings(
        DataHolding(
            "service reports that they get",
            Treatment.GOES,
            lambda e: ReportRecipient.objects.filter(recipient=e.person),
            lambda rows, e: rows.delete(),
        ),
    )
