"""The personal data that reports store (§14)."""

from contacts.erasure import DataHolding, Treatment, register_holdings
from insight.reports.models import ReportRecipient


def register() -> None:
    """Register the data with the package below."""
    register_holdings(
        DataHolding(
            "service reports that they get",
            Treatment.GOES,
            lambda e: ReportRecipient.objects.filter(recipient=e.person),
            lambda rows, e: rows.delete(),
        ),
    )
