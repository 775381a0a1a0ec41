"""Somebody leaves Care: what they were working on goes to a colleague, or waits in its team's queue
(§8).
"""

from django.db import transaction

from cases import event_log, events
from cases.actions.assigning import assign
from cases.models import Case
from contacts import actions as people
from contacts.models import User
from core.errors import Refused


def open_cases_of(person: User) -> list[Case]:
    """What somebody of Care is working on, the most severe first."""
    found = (
        Case.objects.being_worked().filter(assignee=person).select_related("organisation", "team")
    )
    return list(found.order_by("severity", "opened_at", "pk"))


@transaction.atomic
def leave_care(
    person: User, *, by: User, reason: str, to: User | None = None, unassigned: bool = False
) -> list[Case]:
    """Deactivate one of Care's people and give their open cases to `to`, or to nobody, if that is
    said: `unassigned`.

    Refused while they have open cases and neither is said. Returns the cases that were given away.
    One transaction: either the account is closed and every case is somebody else's to take, or
    nothing was done.
    """
    people.deactivate(person, by=by, reason=reason)
    if to is not None and to.pk == person.pk:
        raise Refused(f"{person.name} is leaving: give the cases to somebody else.")
    held = open_cases_of(person)
    if held and to is None and not unassigned:
        said = f"{person.name} has {len(held)} open case{'s' if len(held) > 1 else ''}"
        raise Refused(f"{said}: say who takes them, or that they wait for whoever takes them.")
    for case in held:
        if to is not None:
            assign(case, by=by, to=to, reason=f"{person.name} left Care.")
        else:
            _release(case, by, person)
    return held


def _release(case: Case, by: User, person: User) -> None:
    case = Case.objects.locked(case.pk)
    case.assignee = None
    event_log.record(
        case,
        events.Assigned(
            before=person.pk,
            after=None,
            to="",
            team=case.team_id,
            team_before=case.team_id,
            team_name=case.team.name if case.team else "",
            why=f"{person.name} left Care.",
        ),
        by=by,
    )
