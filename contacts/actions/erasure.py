"""Erasing who a customer's person was, when they ask for it or the contract says so (§14)."""

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

# States from which a person can come back by themselves, or in which Care owes them something.
UNDER_WAY = {
    ContactState.ACTIVE: "revoke the designation first",
    ContactState.SUSPENDED: "revoke the designation first",
    ContactState.LAPSED: "revoke the designation first",
    ContactState.SUBMITTED: "decide on the application first",
    ContactState.ASKED_BACK: "decide on the application first",
}


@transaction.atomic
def erase_person(person: User, *, by: User, reason: str, address: str) -> PeopleEvent:
    """Erase who somebody was, for good: name, address, phone, ways to log in, and what names them
    in journals and mail.

    What was promised, kept and missed stays as it is, to the second, and so do the words they wrote
    on cases, which are the organisation's. `address` is theirs, said once more by whoever erases,
    for nothing brings it back. The journal of people tells that it was done; the journal of a case
    of which a word was erased holds the seals of what is left. Refused while they have access, can
    get it back by themselves, or wait for a decision.
    """
    require_manager(by)
    # Held weakly: verbs on cases, which name people, go on, and none of them waits for us while we
    # wait for its case.
    held = User.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
    if held.organisation_id is None:
        raise Refused(
            "Only customers' people are erased: who acted for Care stays in the journals."
        )
    if held.is_erased:
        raise Refused(f"{held.name} has been erased already.")
    # Whoever invites, or withdraws, waits here, so that nothing about them is written while it is
    # erased.
    Organisation.objects.select_for_update(no_key=True).get(pk=held.organisation_id)
    why_not = what_stands_against(held)
    if why_not:
        raise Refused(f"{held.name} cannot be erased yet: {why_not}.")
    if address.strip().lower() != held.email:
        raise Refused(
            "Please write their e-mail address exactly: nothing brings back what is erased."
        )
    erasure = Erasure(held, by)
    reason = require_text(reason, "why", 300)
    if erasure.own.stand_in(reason):
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


def what_stands_against(person: User) -> str:
    """What has to be done before somebody can be erased; empty when nothing has."""
    state = DesignatedContact.objects.filter(user=person).values_list("state", flat=True).first()
    if state in UNDER_WAY:
        return UNDER_WAY[ContactState(state)]
    return "end the access first" if person.is_active else ""
