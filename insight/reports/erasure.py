"""What reports keep of a customer's person (§14)."""

from contacts.erasure import Fate, Holding, keeps
from insight.reports.models import ReportRecipient


def register() -> None:
    """Tell the floor below what is kept here."""
    keeps(
        Holding(
            "service reports that they get",
            Fate.GOES,
            lambda e: ReportRecipient.objects.filter(recipient=e.person),
            lambda rows, e: rows.delete(),
        ),
    )
