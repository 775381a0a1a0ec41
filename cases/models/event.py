"""The event log: what happened to a case, by whom, and when.

Rows are immutable and chained.
"""

from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db import models

from cases import events
from cases.choices import EventType, Facing
from cases.events import EventData
from cases.models.case import Case
from contacts.models import Organisation, User
from core import hash_chain
from core.redaction import never_changed


def link(
    previous: str,
    *,
    number: int,
    seq: int,
    verb: str,
    by_id: int,
    at: datetime,
    facing: str,
    particulars: dict[str, Any],
) -> str:
    """The hash of an event after the one whose hash is `previous`."""
    return hash_chain.link(
        previous, [number, seq, verb, by_id, at.astimezone(UTC).isoformat(), facing, particulars]
    )


E = TypeVar("E", bound=EventData)


class CaseEvent(models.Model):
    """One fact of a case's past. Clocks are folded from these rows and from nothing else.

    For a redacted event, a later `PERSON_ERASED` holds the seal (`core.hash_chain.ChainVerifier`).
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="events", db_constraint=False
    )
    seq = models.PositiveIntegerField()
    verb = models.CharField(max_length=30)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    facing = models.CharField(max_length=10, choices=Facing)
    particulars = models.JSONField(default=dict)
    recorded_at = models.DateTimeField(auto_now_add=True)
    hash = models.CharField(max_length=64)
    is_erased = models.BooleanField(default=False, db_default=False)

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "case", "seq"], name="events_of_a_case_in_order"
            )
        ]
        indexes = [models.Index(fields=["at"], name="events_by_instant")]
        triggers = never_changed("particulars", is_marked=True)

    def __str__(self) -> str:
        return f"{self.seq} {self.verb} {self.at:%Y-%m-%d %H:%M:%S}"

    @property
    def label(self) -> str:
        """The event as a past tense that follows a name: *answered*."""
        return str(EventType(self.verb).label)

    @property
    def data(self) -> EventData:
        """The fields of the event, as an instance of its class."""
        return events.read(self.verb, self.particulars)

    def read_as(self, kind: type[E]) -> E:
        """The same for a known event type. Raises TypeError where it is another one."""
        data = self.data
        if not isinstance(data, kind):
            raise TypeError(f"Event {self.seq} is {self.verb}, not {kind.type}.")
        return data

    def expected_hash(self, previous: str, number: int) -> str:
        """The hash that this row must have if nothing was changed."""
        return link(
            previous,
            number=number,
            seq=self.seq,
            verb=self.verb,
            by_id=self.by_id,
            at=self.at,
            facing=self.facing,
            particulars=self.particulars,
        )
