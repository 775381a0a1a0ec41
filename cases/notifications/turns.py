"""Whose turn it is, or until when a case is on hold, as emails say it in the active language."""

from cases.facts import hold_of
from cases.models import Case
from cases.notifications import texts
from contacts.models import User


def turn_of(case: Case, reader: User, *, watches: bool = False) -> str:
    """The sentence for a recipient. During a hold nobody has a turn (§13)."""
    hold = hold_of(case)
    if hold is not None:
        return texts.on_hold(hold.until, hold.after, reader)
    return texts.turn(case.state, reader.is_care, watches=watches)
