"""How a case ends, and how it comes back (§13)."""

from django.db import transaction

from cases import event_log, events, permissions
from cases.actions.base import record_said, require_reason, require_text
from cases.actions.context import ActionContext, Refusal, require
from cases.actions.linking import left_open
from cases.choices import CaseState, ClosingReason, EventType
from cases.models import Case, CaseEvent
from contacts.models import User
from core import current_time
from core.errors import Refused

# Reasons an analyst may give; the others belong to the contact and to the sweeps.
BY_CARE = frozenset({ClosingReason.WITHDRAWN, ClosingReason.DUPLICATE, ClosingReason.OUT_OF_SCOPE})
BY_SWEEP = frozenset({ClosingReason.UNOPPOSED, ClosingReason.UNANSWERED})
STANDS_IN = {
    ClosingReason.UNOPPOSED: CaseState.RESOLUTION_PROPOSED,
    ClosingReason.UNANSWERED: CaseState.WAITING_ON_CONTACT,
}


def refusal_to_close(
    context: ActionContext, reason: ClosingReason = ClosingReason.OUT_OF_SCOPE
) -> Refusal | None:
    if refusal := context.not_care() or context.wrong_state(context.case.close):
        return refusal
    if reason in STANDS_IN and context.case.state != STANDS_IN[reason]:
        state = STANDS_IN[reason].label
        return Refused(f"«{reason.label}» needs a case in the state «{state}».")
    return context.objection(EventType.CLOSED, reason)


@transaction.atomic
def close(case: Case, *, by: User, reason: ClosingReason | str, text: str = "") -> CaseEvent:
    """Close a case for a reason.

    An analyst closes duplicates, what is out of scope and what the contact withdrew, and says so in
    words. CareTrack closes what nobody opposed or answered, only when it is due and its notice was
    sent (§13: `sla` objects otherwise). A case whose root cause analysis is owed does not close
    (§12: `rca` objects). Children of a parent stay open, and the journal names them.
    """
    case = Case.objects.locked(case.pk)
    permissions.require_worker(by, case)
    reason = ClosingReason(reason)
    if reason not in (BY_SWEEP if by.is_system else BY_CARE) and not current_time.is_replaying():
        raise Refused(
            f"«{reason.label}» is not a reason that "
            f"{'CareTrack' if by.is_system else 'an analyst'} can give."
        )
    require(refusal_to_close(ActionContext(case, by), reason))
    if not by.is_system:
        text = require_reason(text, "why the case is closed: the customer reads it")
    case.close(at=current_time.now(), reason=reason)
    data = events.Closed(reason=reason, open_children=left_open(case))
    if text:
        return record_said(case, data, by=by, text=text)
    return event_log.record(case, data, by=by)


def refusal_to_withdraw(context: ActionContext) -> Refusal | None:
    return (
        context.not_contact()
        or context.wrong_state(context.case.close)
        or context.objection(EventType.CLOSED, ClosingReason.WITHDRAWN)
    )


@transaction.atomic
def withdraw(case: Case, *, by: User, text: str) -> CaseEvent:
    """The customer no longer needs it."""
    case = Case.objects.locked(case.pk)
    require(refusal_to_withdraw(ActionContext(case, by)))
    text = require_reason(text, "why the case is withdrawn")
    case.close(at=current_time.now(), reason=ClosingReason.WITHDRAWN)
    return record_said(
        case,
        events.Closed(reason=ClosingReason.WITHDRAWN, open_children=left_open(case)),
        by=by,
        text=text,
    )


@transaction.atomic
def announce_closure(case: Case, *, by: User, text: str, closes_at: str) -> CaseEvent:
    """Give the advance notice that names the instant of closure (§13).

    Only CareTrack does, when a wait has run out.
    """
    case = Case.objects.locked(case.pk)
    if not by.is_system:
        raise Refused("The advance notice goes out by itself when the wait has run out.")
    if case.state not in (CaseState.WAITING_ON_CONTACT, CaseState.RESOLUTION_PROPOSED):
        raise Refused("The case does not wait for the contact.")
    return record_said(case, events.ClosureAnnounced(closes_at=closes_at), by=by, text=text)


@transaction.atomic
def hold_closure(case: Case, *, by: User, why: str) -> CaseEvent:
    """Write down that a closure is due and waits, and for what; the sweep does so once for each
    clock (§12, §13).
    """
    case = Case.objects.locked(case.pk)
    permissions.require_worker(by, case)
    return event_log.record(case, events.ClosureHeld(why=why), by=by)


def refusal_to_remark(context: ActionContext) -> Refusal | None:
    if refusal := context.not_contact():
        return refusal
    return Refused("The case is open: please answer it.") if context.case.is_open else None


@transaction.atomic
def remark(case: Case, *, by: User, text: str) -> CaseEvent:
    """Say something on a closed case, such as thanks: whoever worked it hears of it, and it stays
    closed (§13).
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_remark(ActionContext(case, by)))
    return record_said(
        case, events.Remarked(), by=by, text=require_text(text, "what you want to say")
    )


def refusal_to_reopen(context: ActionContext) -> Refusal | None:
    return (
        context.neither()
        or context.wrong_state(context.case.reopen)
        or context.objection(EventType.REOPENED)
    )


@transaction.atomic
def reopen(case: Case, *, by: User, text: str) -> CaseEvent:
    """Within the policy's window a closed case goes back to work (§13); `sla` objects once the
    window is over.
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_reopen(ActionContext(case, by)))
    text = require_text(text, "what is still wrong")
    case.reopen()
    return record_said(case, events.Reopened(), by=by, text=text)
