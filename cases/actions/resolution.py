"""It works again; we believe it is fixed; the contact agrees or does not (§11, §13)."""

from django.db import transaction

from cases import instants, journal, permissions
from cases.actions.base import ask, record_said, require_text
from cases.actions.linking import said_of_children
from cases.models import Case, CaseEvent
from cases.verbs import ClosingReason, State, Verb
from contacts.errors import Refused
from contacts.models import User


@transaction.atomic
def restore(case: Case, *, by: User, text: str) -> CaseEvent:
    """Record that the customer's function is back: the restoration clock stops (§11).

    It is not yet a resolution.
    """
    case = Case.objects.locked(case.pk)
    permissions.require_worker(by, case)
    if case.state in (State.NEW, State.CLOSED, State.RESOLUTION_PROPOSED):
        raise Refused("Only a case that is being worked can be recorded as restored.")
    if case.restored_at is not None:
        raise Refused("The case is recorded as restored already.")
    text = require_text(text, "how it was restored")
    case.restored_at = instants.now()
    case.answered_at = case.answered_at or instants.now()
    return record_said(case, Verb.RESTORED, by=by, text=text)


@transaction.atomic
def propose_resolution(case: Case, *, by: User, summary: str) -> CaseEvent:
    """Tell the customer we believe it is fixed; their three business days to object begin (§13).

    Where the case was not restored before, the proposal counts as the restoration. A Critical case
    opens its RCA follow-up in the same transaction (§12).
    """
    case = Case.objects.locked(case.pk)
    permissions.require_worker(by, case)
    summary = require_text(summary, "what was done")
    ask(case, Verb.RESOLUTION_PROPOSED, by)
    case.propose_resolution(at=instants.now())
    case.answered_at = case.answered_at or instants.now()
    return record_said(case, Verb.RESOLUTION_PROPOSED, by=by, text=summary, severity=case.severity)


@transaction.atomic
def report_issue(case: Case, *, by: User, text: str) -> CaseEvent:
    """The customer says it is not fixed: the proposal is withdrawn and work goes on, all history
    kept (§13).
    """
    case = Case.objects.locked(case.pk)
    permissions.require_contact(by, case)
    text = require_text(text, "what is still wrong")
    case.report_issue()
    return record_said(case, Verb.ISSUE_REPORTED, by=by, text=text)


@transaction.atomic
def accept(case: Case, *, by: User) -> CaseEvent:
    """The customer accepts the resolution: the case closes now (§13), unless a root cause analysis
    is owed (§12).
    """
    case = Case.objects.locked(case.pk)
    permissions.require_contact(by, case)
    if (
        case.state == State.RESOLUTION_PROPOSED
    ):  # the gate speaks of proposals; from elsewhere the transition refuses
        ask(case, Verb.CLOSED, by, reason=ClosingReason.ACCEPTED)
    elif case.is_open:
        raise Refused("There is no proposed resolution to accept.")
    case.close(at=instants.now(), reason=ClosingReason.ACCEPTED)
    return journal.record(
        case, Verb.CLOSED, by=by, reason=ClosingReason.ACCEPTED, **said_of_children(case)
    )
