"""The people log of an organisation: who joined, was approved, suspended or revoked, by whom and
why (§1).
"""

from datetime import UTC, datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext

from contacts.models.designations import PeopleEventType
from contacts.models.organisations import Organisation
from contacts.models.people import User
from core import hash_chain
from core.formatting import honorific
from core.redaction import never_changed


def link(
    previous: str,
    *,
    organisation_id: int,
    seq: int,
    verb: str,
    about_id: int | None,
    by_id: int,
    at: datetime,
    particulars: dict[str, Any],
) -> str:
    """The hash of an event that follows the hash `previous`."""
    values = [
        organisation_id,
        seq,
        verb,
        about_id,
        by_id,
        at.astimezone(UTC).isoformat(),
        particulars,
    ]
    return hash_chain.link(previous, values)


class PeopleEvent(models.Model):
    """One fact about a person of an organisation. Rows are immutable and chained.

    Erasure may redact texts. `hash`, on which the next row depends, then belongs to the original
    text. A later event of the same log holds the *seal*, which is the hash of the redacted row.

    `about` is empty while an invitation is open; `particulars` then hold the address.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="people_events"
    )
    seq = models.PositiveIntegerField()
    verb = models.CharField(max_length=30)
    about = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="people_events",
        db_constraint=False,
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    particulars = models.JSONField(default=dict)
    hash = models.CharField(max_length=64)
    is_erased = models.BooleanField(default=False, db_default=False)

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "seq"], name="people_events_in_order")
        ]
        indexes = [
            models.Index(fields=["organisation", "about", "seq"], name="people_events_about_one")
        ]
        triggers = never_changed("particulars", is_marked=True)

    def __str__(self) -> str:
        return f"{self.seq} {self.verb} {self.at:%Y-%m-%d %H:%M:%S}"

    @property
    def description(self) -> str:
        """What was done, and to whom: “suspended Ana”, or “changed the roster” of one's own."""
        words = str(PeopleEventType(self.verb).label)
        if self.about_id == self.by_id:
            return words.removesuffix(" of")
        whom = self.about.name if self.about is not None else self.particulars.get("email", "")
        return f"{words} {whom}".strip()

    @property
    def successor_id(self) -> int | None:
        """Who becomes the contact of the open cases of a person who leaves, where it was said."""
        successor: int | None = self.particulars.get("successor")
        return successor

    @property
    def answer(self) -> str:
        """The answer of an applicant to a question of Care; empty for other events."""
        return str(self.particulars.get("answer", ""))

    @property
    def sentence(self) -> str:
        """Who did what to whom, in the reader's language: “Kim suspended Ana”."""
        words = str(PeopleEventType(self.verb).label)
        is_own = self.about_id == self.by_id
        whom = (
            ""
            if is_own
            else self.about.name
            if self.about is not None
            else self.particulars.get("email", "")
        )
        template = gettext("{by} {did} {whom}") if whom else gettext("{by} {did}")
        # “… of” in English and “の…” or “を…” in Japanese introduce another person.
        did = words if whom else words.removesuffix(" of").lstrip("のをに")
        by = self.by.name if self.by.is_system else f"{self.by.name}{honorific()}"
        if self.about is not None:
            whom = f"{whom}{honorific()}"
        return template.format(by=by, did=did, whom=whom)

    def expected_hash(self, previous: str) -> str:
        """The hash that this row must have if nothing was changed."""
        return link(
            previous,
            organisation_id=self.organisation_id,
            seq=self.seq,
            verb=self.verb,
            about_id=self.about_id,
            by_id=self.by_id,
            at=self.at,
            particulars=self.particulars,
        )
