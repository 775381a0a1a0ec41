"""Holds: the contact's time is paused until a day that both sides read (§13)."""

from collections.abc import Callable
from datetime import date, datetime

from django.db import connection, transaction

from cases import event_log, events, signals
from cases.actions.base import record_message, require_reason
from cases.actions.context import ActionContext, Refusal, require
from cases.actions.replies import require_no_mention
from cases.choices import CaseState, EventType, Severity
from cases.facts import facts_of
from cases.models import Case, CaseEvent
from cases.models.case import number_of
from contacts.models import User
from core import current_time
from core.errors import Refused

# When the business of a case's customer begins on a day.
_begin_of_day: list[Callable[[Case, date], datetime]] = []


def begin_of_day_from(source: Callable[[Case, date], datetime]) -> None:
    """Register who knows when a customer's business begins on a day (`caretrack.wiring`)."""
    _begin_of_day[:] = [source]


def refusal_to_put_on_hold(context: ActionContext) -> Refusal | None:
    if refusal := context.not_care() or context.closed():
        return refusal
    case = context.case
    if case.severity == Severity.CRITICAL:
        return Refused("A Critical case is never put on hold.")
    if not case.is_contacts_turn:
        return Refused(
            "Only the contact's time can be paused: ask them something or propose a resolution "
            "first."
        )
    if (
        case.state == CaseState.RESOLUTION_PROPOSED
        and context.facts.has_contact_written_since_proposal
    ):
        return Refused(
            "The contact has written since the resolution was proposed: answer them first."
        )
    return context.objection(EventType.ON_HOLD)


@transaction.atomic
def put_on_hold(
    case: Case, *, by: User, until: datetime | date, text: str, after: Case | None = None
) -> CaseEvent:
    """Stop the contact's time until an instant, or until a day of the customer's business begins,
    for a reason that both sides read, such as a leave
    or a maintenance window. A closing notice is withdrawn. Care's service targets do not change.

    The hold ends automatically at `until`, when the contact answers, or when the case `after` of
    the same organisation is resolved. On a case that is on hold it sets another end. Refused for a
    Critical case, and beyond the longest hold of the policy (§13).
    """
    keys = sorted({case.pk, after.pk} if after else {case.pk})
    held = {pk: Case.objects.locked(pk) for pk in keys}  # the older row first, against deadlocks
    case, after = held[case.pk], held[after.pk] if after else None
    require(refusal_to_put_on_hold(ActionContext(case, by)))
    text = require_reason(text, "why the case is on hold")
    require_no_mention(text)
    if not isinstance(until, datetime):
        until = _begin_of_day[0](case, until)
    until = until.replace(microsecond=0)
    if until <= current_time.now():
        raise Refused("The hold must end in the future.")
    if after is not None:
        _one_hold_at_a_time(case.organisation_id)
        _require_to_be_awaited(after, case)
    signals.before_event.send(
        sender=Case, case=case, verb=EventType.ON_HOLD, by=by, hold_until=until
    )
    data = events.PutOnHold(until=until.isoformat(), after=after.code if after else None)
    return record_message(case, data, by=by, text=text)


def _require_to_be_awaited(other: Case, case: Case) -> None:
    """Refuse a case that this one cannot wait for."""
    if other.organisation_id != case.organisation_id or other.pk == case.pk:
        raise Refused("The hold can end with another case of the same customer only.")
    if not other.is_open or other.state == CaseState.RESOLUTION_PROPOSED:
        raise Refused("{code} is resolved already.", code=other.code)
    _require_no_circle(other, case)


def _require_no_circle(other: Case, case: Case) -> None:
    """Refuse to wait for a case that waits for this one, itself or by the cases that it waits
    for.
    """
    awaited, waiting = other, [other.code]
    while (hold := facts_of(awaited).hold) is not None and hold.after:
        if hold.after == case.code:
            raise _circle(waiting)
        if hold.after in waiting:
            return  # a circle that existed before this rule, and that this hold does not close
        waiting.append(hold.after)
        awaited = Case.objects.get(
            organisation_id=case.organisation_id, number=number_of(hold.after)
        )


def _circle(waiting: list[str]) -> Refused:
    """Why a case cannot wait for the first of these cases, of which the last waits for it."""
    first, *between = waiting
    if not between:
        return Refused(
            "{code} is on hold until this case is resolved. Neither hold would end.", code=first
        )
    return Refused(
        "{code} is on hold until this case is resolved, by way of {codes}. None of these holds "
        "would end.",
        code=first,
        codes=", ".join(between),
    )


def _one_hold_at_a_time(organisation_id: int) -> None:
    """Wait for other holds of this customer that end with a case, until the transaction ends.

    Two holds can close a circle without a case in common, so the locks of their cases are not
    enough. This lock comes after those, and none is taken after it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"holds:{organisation_id}"]
        )


def refusal_to_end_hold(context: ActionContext) -> Refusal | None:
    if refusal := context.not_care() or context.closed():
        return refusal
    if context.facts.hold is None:
        return Refused("The case is not on hold.")
    return None


@transaction.atomic
def end_hold(case: Case, *, by: User) -> CaseEvent:
    """Let the contact's time go on; the contact is notified of when it ends (§13)."""
    case = Case.objects.locked(case.pk)
    require(refusal_to_end_hold(ActionContext(case, by)))
    return event_log.record(case, events.HoldEnded(), by=by)
