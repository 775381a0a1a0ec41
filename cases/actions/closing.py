"""Closing and reopening a case (§13)."""

from django.db import transaction

from cases import event_log, events, permissions
from cases.actions.base import record_message, require_reason, require_text
from cases.actions.context import ActionContext, Refusal, require
from cases.actions.linking import left_open
from cases.actions.mentioning import record_reply
from cases.choices import CaseState, ClosingReason, EventType
from cases.models import Case, CaseEvent, LinkKind
from contacts.models import User
from core import current_time
from core.errors import Refused

# Reasons that an analyst may give; the others belong to contacts and sweeps.
BY_CARE = frozenset({ClosingReason.WITHDRAWN, ClosingReason.DUPLICATE, ClosingReason.OUT_OF_SCOPE})
BY_SWEEP = frozenset({ClosingReason.UNOPPOSED, ClosingReason.UNANSWERED})
REQUIRED_STATES = {
    ClosingReason.UNOPPOSED: CaseState.RESOLUTION_PROPOSED,
    ClosingReason.UNANSWERED: CaseState.WAITING_ON_CONTACT,
}


def refusal_to_close(
    context: ActionContext, reason: ClosingReason = ClosingReason.OUT_OF_SCOPE
) -> Refusal | None:
    if refusal := context.not_care() or context.wrong_state(context.case.close):
        return refusal
    if reason in REQUIRED_STATES and context.case.state != REQUIRED_STATES[reason]:
        state = REQUIRED_STATES[reason].label
        return Refused(f"“{reason.label}” needs a case in the state “{state}”.")
    return context.objection(EventType.CLOSED, reason)


@transaction.atomic
def close(case: Case, *, by: User, reason: ClosingReason | str, text: str = "") -> CaseEvent:
    """Close a case for a reason.

    An analyst closes duplicates, what is out of scope and what the contact withdrew, with an
    explanation. CareTrack closes a case without a reply or objection, only when it is due and its
    closing notice was sent (§13: `sla` objects otherwise). A case that lacks its root cause
    analysis does not close (§12: `rca` objects). Children of a parent remain open, and the event
    names them.
    """
    case = Case.objects.locked(case.pk)
    permissions.require_worker(by, case)
    reason = ClosingReason(reason)
    if reason not in (BY_SWEEP if by.is_system else BY_CARE) and not current_time.is_replaying():
        raise Refused(
            f"“{reason.label}” is not a reason that "
            f"{'CareTrack' if by.is_system else 'an analyst'} can give."
        )
    require(refusal_to_close(ActionContext(case, by), reason))
    if not by.is_system:
        text = require_reason(text, "why the case is closed: the customer reads it")
    case.close(at=current_time.now(), reason=reason)
    data = events.Closed(reason=reason, open_children=left_open(case))
    if text:
        return record_message(case, data, by=by, text=text)
    return event_log.record(case, data, by=by)


def refusal_to_withdraw(context: ActionContext) -> Refusal | None:
    return (
        context.not_contact()
        or context.wrong_state(context.case.close)
        or context.objection(EventType.CLOSED, ClosingReason.WITHDRAWN)
    )


@transaction.atomic
def withdraw(case: Case, *, by: User, text: str) -> CaseEvent:
    """Close the case because the customer no longer needs it."""
    case = Case.objects.locked(case.pk)
    require(refusal_to_withdraw(ActionContext(case, by)))
    text = require_reason(text, "why the case is withdrawn")
    case.close(at=current_time.now(), reason=ClosingReason.WITHDRAWN)
    return record_message(
        case,
        events.Closed(reason=ClosingReason.WITHDRAWN, open_children=left_open(case)),
        by=by,
        text=text,
    )


@transaction.atomic
def announce_closure(case: Case, *, by: User, text: str, closes_at: str) -> CaseEvent:
    """Send the closing notice, which names the time of the auto-closure (§13).

    Only CareTrack does, when a wait has ended.
    """
    case = Case.objects.locked(case.pk)
    if not by.is_system:
        raise Refused("The closing notice is sent automatically when the waiting time ends.")
    if case.state not in (CaseState.WAITING_ON_CONTACT, CaseState.RESOLUTION_PROPOSED):
        raise Refused("The case does not wait for the contact.")
    return record_message(case, events.ClosureAnnounced(closes_at=closes_at), by=by, text=text)


@transaction.atomic
def defer_closure(case: Case, *, by: User, closes_at: str) -> CaseEvent:
    """Record that the notice of a closure was sent late, and when its period ends (§13).

    Only CareTrack does, when the notice has really been sent.
    """
    case = _waiting_for_contact(case, by)
    return event_log.record(case, events.ClosureDeferred(closes_at=closes_at), by=by)


@transaction.atomic
def hold_closure(case: Case, *, by: User, why: str) -> CaseEvent:
    """Record that a due closure waits, and for what; the sweep does so once per clock (§12,
    §13).
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
    """Add a message to a closed case, such as thanks: its analyst is notified, and it remains
    closed (§13).
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_remark(ActionContext(case, by)))
    return record_reply(
        case, events.Remarked(), by=by, text=require_text(text, "what you want to say")
    )


@transaction.atomic
def suspend_wait(case: Case, *, by: User) -> CaseEvent:
    """Record that no contact may answer: the time of the organisation does not run (§13).

    Only CareTrack does.
    """
    case = _waiting_for_contact(case, by)
    return event_log.record(case, events.WaitSuspended(), by=by)


@transaction.atomic
def resume_wait(case: Case, *, by: User) -> CaseEvent:
    """Record that a contact may answer again: the time of the organisation goes on (§13)."""
    case = _waiting_for_contact(case, by)
    return event_log.record(case, events.WaitResumed(), by=by)


def _waiting_for_contact(case: Case, by: User) -> Case:
    case = Case.objects.locked(case.pk)
    if not by.is_system or not case.is_contacts_turn:
        raise Refused("Only a wait for the contact is suspended, by CareTrack itself.")
    return case


def refusal_to_reopen(context: ActionContext) -> Refusal | None:
    return (
        context.neither()
        or context.wrong_state(context.case.reopen)
        or goes_on_elsewhere(context)
        or context.objection(EventType.REOPENED)
    )


def survivor_of(case: Case) -> Case | None:
    """The case as which a duplicate goes on; None for any other case.

    One query for a duplicate, and one more for each survivor that was merged in turn. A duplicate
    that Care reopened and merged again goes on as the later survivor.
    """
    survivor = None
    while case.closing_reason == ClosingReason.DUPLICATE:
        links = case.links.filter(kind=LinkKind.DUPLICATES).select_related("other")
        link = links.order_by("-pk").first()
        if link is None:
            break
        case = survivor = link.other
    return survivor


def goes_on_elsewhere(context: ActionContext) -> Refusal | None:
    """A contact writes to the case that goes on; only Care reopens a duplicate."""
    survivor = None if context.by.is_care else survivor_of(context.case)
    if survivor is None:
        return None
    return Refused("This case goes on as {code}: please write there.", code=survivor.code)


@transaction.atomic
def reopen(case: Case, *, by: User, text: str) -> CaseEvent:
    """Reopen a closed case within the policy's period (§13); `sla` objects afterwards."""
    case = Case.objects.locked(case.pk)
    require(refusal_to_reopen(ActionContext(case, by)))
    text = require_text(text, "what is still wrong")
    case.reopen()
    return record_reply(case, events.Reopened(), by=by, text=text)
