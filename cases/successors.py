"""A contact who leaves has a successor on every open case (§1, §13).

The successor is the person whom the revocation names, otherwise the primary contact, otherwise the
most senior active contact. Without any, the cases stay, and the waits for a contact stand still
until there is one.
"""

from collections.abc import Iterable
from typing import Any

from django.utils import translation

from cases import actions
from cases.events import ContactChanged
from cases.models import Case, CaseEvent
from cases.notifications import texts
from cases.notifications.outgoing import Details, link_to
from cases.querysets import CaseQuerySet
from contacts import emails
from contacts.email_texts import EmailKind
from contacts.models import ContactState, PeopleEvent, User
from contacts.models.designations import PeopleEventType
from core import current_time

LEAVING = frozenset({PeopleEventType.REVOKED, PeopleEventType.ACCESS_ENDED})
MOST_LISTED = 200


def open_cases_of_contact(person: User) -> CaseQuerySet:
    """The open cases whose contact this person is, the most severe first."""
    cases: CaseQuerySet = Case.objects.being_worked().filter(contact=person)
    return cases.order_by("severity", "opened_at", "pk")


def follow_people(*, event: PeopleEvent, **kwargs: Any) -> None:
    """Give the open cases of a contact who leaves to their successor, and write to them once."""
    if event.verb not in LEAVING or event.about is None or current_time.is_replaying():
        return
    left = event.about
    cases = list(open_cases_of_contact(left).select_related("organisation"))
    successor = _successor(event, left) if cases else None
    if successor is None:
        return
    system = User.objects.system()
    for case in cases:
        actions.change_contact(case, successor, by=system, is_leaving=True)
    emails.write(
        EmailKind.CASES_PASSED_ON,
        organisation_id=event.organisation_id,
        key=f"{EmailKind.CASES_PASSED_ON}:{event.pk}",
        recipient=successor,
        person=left.name,
        cases=_listed(cases, successor),
    )


def _successor(event: PeopleEvent, left: User) -> User | None:
    active = User.objects.filter(
        organisation_id=event.organisation_id,
        is_active=True,
        designation__state=ContactState.ACTIVE,
    ).exclude(pk=left.pk)
    named = active.filter(pk=event.successor_id or 0)
    return named.first() or active.order_by("-designation__is_primary", "pk").first()


def _listed(cases: Iterable[Case], reader: User) -> str:
    with translation.override(reader.language):
        return "\n\n".join(
            f"{case.code}  {case.title}\n{texts.turn(case.state, is_care=False)}\n"
            f"{link_to(case, reader)}"
            for case in list(cases)[:MOST_LISTED]
        )


def details(event: CaseEvent) -> Details:
    """A successor reads of all cases in one email, so each case is in the product only."""
    return Details(is_quiet=isinstance(event.data, ContactChanged) and bool(event.data.is_leaving))
