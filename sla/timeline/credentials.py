"""The credential clock of an applicant (§1): business time from the submitted form to Care's
decision.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from sla.businesstime import Calendar
from sla.businesstime.instants import epoch_seconds

from .clocks import ClockState
from .events import ClockKind, EndedBy, OutOfOrder
from .records import Record
from .terms import Target

ASKED_BACK = "asked_back"


class CredentialEvent(StrEnum):
    """The events of an application that affect its clock."""

    SUBMITTED = "submitted"
    ASKED_BACK = "asked_back"
    ANSWERED_BACK = "answered_back"
    DECIDED = "decided"
    DROPPED = "dropped"


def fold_credentials(
    steps: Iterable[tuple[datetime, CredentialEvent]], seconds: int, calendar: Calendar
) -> tuple[ClockState, ...]:
    """A clock for each submitted form, in order, after these steps.

    `seconds` of the calendar's business time run from the form to any decision of Care.
    They pause while Care waits for the applicant's answer. Raises OutOfOrder for steps that are not
    in order of time.
    """
    last_at, records = None, list[Record]()
    for instant, step in steps:
        at = epoch_seconds(instant)
        if last_at is not None and at < last_at:
            raise OutOfOrder(
                f"{step} at {instant} lies before what was told ahead of it: sort the steps."
            )
        last_at = at
        if step is CredentialEvent.SUBMITTED:
            records.append(
                Record(calendar, ClockKind.CREDENTIAL, len(records) + 1, None, at, Target(seconds))
            )
        elif records:
            _apply(records[-1], step, at)
    return tuple(record.state() for record in records)


def _apply(clock: Record, step: CredentialEvent, at: int) -> None:
    if step is CredentialEvent.ASKED_BACK:
        clock.pause(at, ASKED_BACK)
    elif step is CredentialEvent.ANSWERED_BACK:
        clock.resume(at)
    else:
        clock.resume(at)
        clock.stop(at, EndedBy.EVENT if step is CredentialEvent.DECIDED else EndedBy.WITHDRAWN)
