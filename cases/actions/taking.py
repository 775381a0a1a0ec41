"""Taking a case (§8)."""

from django.db import transaction

from cases import event_log, events
from cases.actions.context import ActionContext, Refusal, require
from cases.choices import CaseState
from cases.models import Case, CaseEvent
from contacts.models import Team, User
from core.errors import Refused


def refusal_to_take(context: ActionContext, team: Team | None = None) -> Refusal | None:
    case, by = context.case, context.by
    if refusal := context.not_care() or context.closed():
        return refusal
    is_begun = case.assignee_id == by.pk and case.state != CaseState.NEW
    if is_begun and (team is None or case.team_id == team.pk):
        return Refused("The case is already yours.")
    return None


@transaction.atomic
def take(case: Case, *, by: User, team: Team | None = None) -> CaseEvent:
    """Assign the case to `by`, or begin a case already assigned to them. It is no reply: the first
    response clock continues (§9).
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_take(ActionContext(case, by), team))
    before = case.assignee_id
    case.assignee = by
    if team is not None:
        case.team = team
    if case.state == CaseState.NEW:
        case.start()
    return event_log.record(
        case, events.Taken(before=before, after=by.pk, team=case.team_id), by=by
    )


@transaction.atomic
def take_free(case: Case, *, by: User) -> CaseEvent | None:
    """Take the case if it is unassigned; None where a colleague was quicker.

    Two concurrent calls never get the same case.
    """
    case = Case.objects.locked(case.pk)
    if case.assignee_id is not None:
        return None
    return take(case, by=by)
