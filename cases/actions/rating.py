"""How well a closed case was handled, in the contact's own view: one question, and an answer
changes nothing else.
"""

from django.db import transaction

from cases import journal, permissions
from cases.actions.base import record_said
from cases.models import Case, CaseEvent
from cases.verbs import Verb
from contacts.errors import Refused
from contacts.models import User

SCORES = range(1, 6)
LONGEST = 1000


@transaction.atomic
def rate(case: Case, *, by: User, score: int, text: str = "") -> CaseEvent:
    """Say how well a closed case was handled, from 1 (badly) to 5 (very well), in a few words if
    one likes.

    Once for each closing, whoever of the contacts does: a case that was reopened and closed again
    may be rated again. The case stays closed, no clock hears of it, and it answers nothing.
    """
    case = Case.objects.locked(case.pk)
    permissions.require_contact(by, case)
    if case.is_open:
        raise Refused("The case is open: it can be rated once it is closed.")
    if not case.can_be_rated:
        raise Refused(
            "This case is not rated: it is a duplicate, was withdrawn, or belongs to "
            "a case that is rated itself."
        )
    if _is_rated(case):
        raise Refused("The case has been rated since it was closed.")
    if score not in SCORES:
        raise Refused("Please choose a number from 1 (badly) to 5 (very well).")
    text = text.strip()
    if len(text) > LONGEST:
        raise Refused("Please keep it to {most} characters.", most=LONGEST)
    if text:
        return record_said(case, Verb.RATED, by=by, text=text, score=score)
    return journal.record(case, Verb.RATED, by=by, score=score)


def _is_rated(case: Case) -> bool:
    """Whether somebody rated it after it was closed the last time."""
    last = (
        case.events.filter(verb__in=(Verb.CLOSED, Verb.RATED))
        .order_by("-seq")
        .values_list("verb", flat=True)
    )
    return last.first() == Verb.RATED
