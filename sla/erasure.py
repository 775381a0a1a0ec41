"""What the sla package stores of a customer's person (§14): on-call alerts with the title of a
Critical case.
"""

from contacts.erasure import DataHolding, Treatment, naming, register_holdings, rename
from routing.models import AlertMessage


def register() -> None:
    """Register these holdings with `contacts.erasure`."""
    register_holdings(
        DataHolding(
            "pages to Care that name them",
            Treatment.LOSES_THE_NAME,
            lambda e: naming(
                AlertMessage.objects.filter(organisation_id=e.organisation_id), e, "subject", "text"
            ),
            lambda rows, e: rename(rows, e, "subject", "text"),
        ),
    )
