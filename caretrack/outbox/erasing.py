"""What the trial's outbox keeps of a customer's person (§14)."""

from caretrack.outbox.models import OutboxMessage
from contacts.erasing import Fate, Holding, keeps, naming, rename


def register() -> None:
    """Tell the floor below what is kept here."""
    keeps(
        Holding("mails in the trial's outbox", Fate.GOES,
                lambda e: OutboxMessage.objects.filter(to__icontains=e.person.email), lambda rows, e: rows.delete()),
        Holding("mails in the trial's outbox to others", Fate.LOSES_THE_NAME,
                lambda e: naming(OutboxMessage.objects.exclude(to__icontains=e.person.email), e, "subject", "text"),
                lambda rows, e: rename(rows, e, "subject", "text")),
    )  # fmt: skip
