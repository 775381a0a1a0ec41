"""Erasure of a customer's person, at their request or under the contract (§14)."""

from django.db import transaction

from contacts import people_log
from contacts.actions.base import require_text
from contacts.erasure import Erasure, carry_out
from contacts.models import (
    ContactState,
    DesignatedContact,
    Organisation,
    PeopleEvent,
    PeopleEventType,
    User,
)
from contacts.permissions import require_manager
from core.errors import Refused

# States from which a person can regain access without Care, or in which Care owes them a decision.
UNDER_WAY = {
    ContactState.ACTIVE: "revoke the designation first",
    ContactState.SUSPENDED: "revoke the designation first",
    ContactState.LAPSED: "revoke the designation first",
    ContactState.SUBMITTED: "decide on the application first",
    ContactState.ASKED_BACK: "decide on the application first",
}


@transaction.atomic
def erase_person(person: User, *, by: User, reason: str, address: str) -> PeopleEvent:
    """Erase who a person was, permanently: name, address, phone, sign-in data, and mentions in
    event logs and emails.

    Events, clocks and outcomes remain to the second. So does what they wrote on cases, which
    belongs to the organisation.

    `address` is their email address, typed again as a confirmation, because erasure cannot be
    reversed. The people log records the erasure. The event log of each changed case holds the seals
    of the redacted events. Refused while they have access, can regain it without Care, or wait for
    a decision.
    """
    require_manager(by)
    # Locked weakly: actions on cases that name people continue, and none of them waits for this
    # transaction while it waits for their case.
    held = User.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
    if held.organisation_id is None:
        raise Refused(
            "Only customers' people are erased: who acted for Care stays in the journals."
        )
    if held.is_erased:
        raise Refused(f"{held.name} has been erased already.")
    # Invitations and withdrawals wait here, so that nothing about the person is written during the
    # erasure.
    Organisation.objects.select_for_update(no_key=True).get(pk=held.organisation_id)
    why_not = reason_not_erasable(held)
    if why_not:
        raise Refused(f"{held.name} cannot be erased yet: {why_not}.")
    if address.strip().lower() != held.email:
        raise Refused(
            "Please write their email address exactly: nothing brings back what is erased."
        )
    erasure = Erasure(held, by)
    reason = require_text(reason, "why", 300)
    if erasure.own.appear_in(reason):
        raise Refused("Please leave out who it was: the reason is kept.")
    carry_out(erasure)
    held.refresh_from_db()
    return people_log.record(
        held.organisation_id,
        PeopleEventType.ERASED,
        by=by,
        about=held,
        reason=reason,
        seals=erasure.seals,
    )


def reason_not_erasable(person: User) -> str:
    """What must be done before a person can be erased; empty when nothing must."""
    state = DesignatedContact.objects.filter(user=person).values_list("state", flat=True).first()
    if state in UNDER_WAY:
        return UNDER_WAY[ContactState(state)]
    return "end the access first" if person.is_active else ""
