"""Nobody is closed for a silence that they could not break (§13).

While no contact of an organisation may answer (all suspended, lapsed, revoked, or gone), the waits
of its cases are suspended. They resume when a contact may answer again.
"""

from typing import Any

from cases import actions
from cases.choices import EventType
from cases.facts import facts_of
from cases.models import Case, CaseEvent
from contacts.models import ContactState, PeopleEvent, PeopleEventType, User
from core import current_time

ASKS = frozenset(
    {EventType.INFORMATION_REQUESTED, EventType.RULED_INADEQUATE, EventType.RESOLUTION_PROPOSED}
)

# What can change whether an organisation has a contact who may answer.
ABILITY = frozenset(
    {
        PeopleEventType.APPROVED,
        PeopleEventType.SUSPENDED,
        PeopleEventType.REINSTATED,
        PeopleEventType.LAPSED,
        PeopleEventType.REVOKED,
        PeopleEventType.ACCESS_ENDED,
        PeopleEventType.ACCESS_RESTORED,
        PeopleEventType.ERASED,
    }
)


def can_answer(organisation_id: int) -> bool:
    """Whether the organisation has a contact who may answer."""
    return User.objects.filter(
        organisation_id=organisation_id, is_active=True, designation__state=ContactState.ACTIVE
    ).exists()


def follow_people(*, event: PeopleEvent, **kwargs: Any) -> None:
    """Suspend or resume the waits of an organisation after a change of its people."""
    if event.verb not in ABILITY or event.organisation_id is None or current_time.is_replaying():
        return
    able = can_answer(event.organisation_id)
    waiting = Case.objects.filter(organisation_id=event.organisation_id).contacts_turn()
    for case in waiting.filter(organisation__is_historical=False).order_by("pk"):
        _sync(case, able=able)


def follow_case(*, event: CaseEvent, **kwargs: Any) -> None:
    """Suspend a wait that begins while nobody may answer."""
    if event.verb in ASKS and not event.case.is_historical and not current_time.is_replaying():
        _sync(event.case, able=can_answer(event.organisation_id))


def _sync(case: Case, *, able: bool) -> None:
    is_suspended = facts_of(case).is_wait_suspended
    if able and is_suspended:
        actions.resume_wait(case, by=User.objects.system())
    elif not able and not is_suspended:
        actions.suspend_wait(case, by=User.objects.system())
