"""Whose turn it is, or why the contact's time is paused, as emails say it in one language."""

from cases.facts import pause_of
from cases.models import Case
from cases.notifications import texts
from contacts.models import User


def turn_of(case: Case, reader: User, *, watches: bool = False) -> str:
    """The sentence for a recipient. During a hold, or while no contact may
    reply, nobody has a turn (§13)."""
    pause = pause_of(case)
    if pause.hold is not None:
        return texts.on_hold(pause.hold.until, pause.hold.after, reader)
    if pause.is_wait_suspended:
        return texts.suspended(reader)
    return texts.turn(case.state, reader.is_care, watches=watches)
