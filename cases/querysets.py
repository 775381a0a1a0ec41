"""Named sets of cases and notifications; `visible_to` is the only way in."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models

from cases.choices import CaseState, EventType
from contacts.models import User

if TYPE_CHECKING:
    from cases.models import Case


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: User) -> Self:
        """The cases that this person may read: every case for Care, their organisation's for a
        customer's people.

        Former contacts and applicants read none (§1).
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_care or user.is_system:
            return self
        if not user.reads_cases:
            return self.none()
        return self.filter(organisation_id=user.organisation_id)

    def ever_of_contact(self, person: User) -> Self:
        """The cases whose contact this person is, or was until the contact was changed."""
        return self.filter(
            models.Q(contact=person)
            | models.Q(
                events__verb=EventType.CONTACT_CHANGED, events__particulars__before=person.pk
            )
        ).distinct()

    def locked(self, pk: int) -> "Case":
        """The row as it is now, not as a page showed it, locked until the transaction ends."""
        return self.select_for_update(of=("self",)).select_related("organisation").get(pk=pk)

    def being_worked(self) -> Self:
        """Not closed; the database equivalent of `Case.is_open`."""
        return self.exclude(state=CaseState.CLOSED)

    def contacts_turn(self) -> Self:
        """Care waits for the organisation; the database equivalent of `Case.is_contacts_turn`."""
        return self.filter(state__in=[CaseState.WAITING_ON_CONTACT, CaseState.RESOLUTION_PROPOSED])

    def with_cares_side(self) -> Self:
        """Open, and it is Care's turn."""
        return self.filter(
            state__in=[CaseState.NEW, CaseState.IN_PROGRESS, CaseState.INVESTIGATING]
        )

    def newest_first(self) -> Self:
        return self.order_by("-opened_at", "-id")


class NotificationQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        """A person's own notifications; for a customer's people only those of their current
        organisation.
        """
        if not user.is_authenticated or not user.reads_cases:
            return self.none()
        own = self.filter(recipient=user)
        return own if user.is_care else own.filter(organisation_id=user.organisation_id)

    def to_send(self, now: datetime) -> Self:
        """Queued for an email of their own, and due."""
        return self.filter(state="queued", channel="email", next_attempt_at__lte=now)

    def to_gather(self, now: datetime) -> Self:
        """Queued for a digest whose hour has come."""
        return self.filter(state="queued", channel="digest", next_attempt_at__lte=now)
