"""The contact's rating of a closed case: one question, without effect on anything else."""

from django.db import transaction

from cases import event_log, events
from cases.actions.base import record_message
from cases.actions.context import ActionContext, Refusal, require
from cases.models import Case, CaseEvent
from contacts.models import User
from core.errors import Refused

SCORES = range(1, 6)
LONGEST = 1000


def refusal_to_rate(context: ActionContext) -> Refusal | None:
    if refusal := context.not_contact():
        return refusal
    if context.case.is_open:
        return Refused("The case is open: it can be rated once it is closed.")
    if not context.case.can_be_rated:
        return Refused(
            "This case is not rated: it is a duplicate, was withdrawn, or belongs to "
            "a case that is rated itself."
        )
    if context.facts.score is not None:
        return Refused("The case has been rated since it was closed.")
    return None


@transaction.atomic
def rate(case: Case, *, by: User, score: int, text: str = "") -> CaseEvent:
    """Rate a closed case from 1 (badly) to 5 (very well), with an optional comment.

    Once per closing, by any contact: a case that was reopened and closed again may be rated again.
    The case remains closed, no clock changes, and it is no reply.
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_rate(ActionContext(case, by)))
    if score not in SCORES:
        raise Refused("Please choose a number from 1 (badly) to 5 (very well).")
    text = text.strip()
    if len(text) > LONGEST:
        raise Refused("Please keep it to {most} characters.", most=LONGEST)
    if text:
        return record_message(case, events.Rated(score=score), by=by, text=text)
    return event_log.record(case, events.Rated(score=score), by=by)
