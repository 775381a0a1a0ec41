"""Restoration and resolution: the service works again, Care proposes a resolution, the contact
accepts or objects (§11, §13).
"""

from django.db import transaction

from cases import event_log, events
from cases.actions.base import record_message, require_text
from cases.actions.context import ActionContext, Refusal, require
from cases.actions.linking import left_open
from cases.actions.mentioning import record_reply
from cases.choices import CaseKind, CaseState, ClosingReason, EventType
from cases.models import Case, CaseEvent
from cases.models.case import WORKED_STATES
from contacts.models import User
from core import current_time
from core.errors import Refused


def refusal_to_restore(context: ActionContext) -> Refusal | None:
    if refusal := context.not_care():
        return refusal
    if context.case.kind != CaseKind.PROBLEM:
        return Refused("Only a problem can be recorded as restored.")
    if context.case.state not in WORKED_STATES:
        return Refused("Only a case that is being worked can be recorded as restored.")
    if context.case.restored_at is not None:
        return Refused("The case is recorded as restored already.")
    return None


@transaction.atomic
def restore(case: Case, *, by: User, text: str) -> CaseEvent:
    """Record that the service works again: the restoration clock stops (§11).

    It is not yet a resolution.
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_restore(ActionContext(case, by)))
    text = require_text(text, "how it was restored")
    case.restored_at = current_time.now()
    case.answered_at = case.answered_at or current_time.now()
    return record_message(case, events.Restored(), by=by, text=text)


def refusal_to_propose_resolution(context: ActionContext) -> Refusal | None:
    return (
        context.not_care()
        or context.wrong_state(context.case.propose_resolution)
        or context.objection(EventType.RESOLUTION_PROPOSED)
    )


@transaction.atomic
def propose_resolution(case: Case, *, by: User, text: str) -> CaseEvent:
    """Propose a resolution to the customer; their three business days to object begin (§13).

    Without an earlier restoration, the proposal counts as one. A Critical case opens its RCA
    follow-up in the same transaction (§12).
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_propose_resolution(ActionContext(case, by)))
    text = require_text(text, "what was done")
    case.propose_resolution(at=current_time.now())
    case.answered_at = case.answered_at or current_time.now()
    return record_message(case, events.ResolutionProposed(severity=case.severity), by=by, text=text)


def refusal_to_report_issue(context: ActionContext) -> Refusal | None:
    return context.not_contact() or context.wrong_state(context.case.report_issue)


@transaction.atomic
def report_issue(case: Case, *, by: User, text: str) -> CaseEvent:
    """Report that the issue continues: the proposal is withdrawn and work resumes, with all history
    (§13).
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_report_issue(ActionContext(case, by)))
    text = require_text(text, "what is still wrong")
    case.report_issue()
    return record_reply(case, events.IssueReported(), by=by, text=text)


def refusal_to_accept(context: ActionContext) -> Refusal | None:
    case = context.case
    if refusal := context.not_contact() or context.wrong_state(case.close):
        return refusal
    if case.state != CaseState.RESOLUTION_PROPOSED:
        return Refused("There is no proposed resolution to accept.")
    return context.objection(EventType.CLOSED, ClosingReason.ACCEPTED)


@transaction.atomic
def accept(case: Case, *, by: User) -> CaseEvent:
    """Accept the resolution: the case closes now (§13), unless it lacks its root cause analysis
    (§12).
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_accept(ActionContext(case, by)))
    case.close(at=current_time.now(), reason=ClosingReason.ACCEPTED)
    return event_log.record(
        case, events.Closed(reason=ClosingReason.ACCEPTED, open_children=left_open(case)), by=by
    )
