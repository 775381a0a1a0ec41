"""Assignment of a case by another person: a colleague, a manager, or the rule of a team (§8)."""

from django.db import transaction

from cases import event_log, events
from cases.actions.context import ActionContext, Refusal, require
from cases.models import Case, CaseEvent
from contacts.models import Team, User
from core.errors import Refused


def refusal_to_assign(context: ActionContext) -> Refusal | None:
    return context.not_care() or context.closed()


@transaction.atomic
def assign(
    case: Case, *, by: User, to: User | None = None, team: Team | None = None, reason: str = ""
) -> CaseEvent:
    """Assign a case to a colleague, to a team, or to both. It is no reply: the first response clock
    continues (§9).

    A case of a team alone waits in that team's queue. A new case remains new, because its analyst
    has not begun. The event is internal, and the new analyst is notified.
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_assign(ActionContext(case, by)))
    if to is None and team is None:
        raise Refused("Say to whom the case goes: a colleague, a team, or both.")
    if to is not None and not (to.is_care and to.is_active):
        raise Refused(f"{to.name} is not one of Care's people who can be given a case.")
    after, team_after = to.pk if to else None, team.pk if team else case.team_id
    if (after, team_after) == (case.assignee_id, case.team_id):
        raise Refused(f"The case is {to.name if to else team}'s already.")
    before, team_before = case.assignee_id, case.team_id
    case.assignee, case.team = to, team or case.team
    return event_log.record(
        case,
        events.Assigned(
            before=before,
            after=after,
            to=to.name if to else "",
            team=team_after,
            team_before=team_before,
            team_name=case.team.name if case.team else "",
            why=reason.strip()[:200],
        ),
        by=by,
    )
