"""Handover when a person leaves Care: their open cases go to a colleague, or wait in the team's
queue (§8).
"""

from django.db import transaction

from cases import event_log, events
from cases.actions.assigning import assign
from cases.models import Case
from contacts import actions as people
from contacts.models import User
from core.errors import Refused


def open_cases_of(person: User) -> list[Case]:
    """The open cases of a person of Care, the most severe first."""
    open_cases = (
        Case.objects.being_worked().filter(assignee=person).select_related("organisation", "team")
    )
    return list(open_cases.order_by("severity", "opened_at", "pk"))


@transaction.atomic
def leave_care(
    person: User, *, by: User, reason: str, to: User | None = None, unassigned: bool = False
) -> list[Case]:
    """Deactivate a person of Care and assign their open cases to `to`, or to nobody with
    `unassigned`.

    Refused while they have open cases and neither is given. Returns the reassigned cases. One
    transaction: the account closes and every case moves, or nothing changes.
    """
    people.deactivate(person, by=by, reason=reason)
    if to is not None and to.pk == person.pk:
        raise Refused(f"{person.name} is leaving: give the cases to somebody else.")
    held = open_cases_of(person)
    if held and to is None and not unassigned:
        summary = f"{person.name} has {len(held)} open case{'s' if len(held) > 1 else ''}"
        raise Refused(f"{summary}: say who takes them, or that they wait for whoever takes them.")
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
