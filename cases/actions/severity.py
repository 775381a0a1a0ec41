"""Assigning the severity, and the customer's objection (§7)."""

from django.db import transaction

from cases import events
from cases.actions.base import check_allowed, record_message, require_reason
from cases.actions.context import ActionContext, Refusal, require
from cases.choices import EventType, Severity
from cases.models import Case, CaseEvent
from contacts.models import User
from core.errors import Refused

CLOSED_CASE = "The severity of a closed case stands."


def refusal_to_set_severity(context: ActionContext) -> Refusal | None:
    return context.not_care() or context.closed(CLOSED_CASE)


@transaction.atomic
def set_severity(case: Case, *, by: User, severity: int, text: str) -> CaseEvent:
    """Assign the severity. All clocks are retargeted from their original start and retain their
    pauses (§7).
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_set_severity(ActionContext(case, by)))
    if severity not in Severity.values:
        raise Refused("Severity is 1 (Critical), 2 (High), 3 (Medium) or 4 (Low).")
    if severity == case.severity:
        raise Refused(f"The severity is {Severity(severity).label} already.")
    text = require_reason(text, "the reason for the severity: the customer reads it")
    check_allowed(case, EventType.SEVERITY_SET, by)
    before, case.severity = case.severity, severity
    return record_message(case, events.SeveritySet(before=before, after=severity), by=by, text=text)


def refusal_to_contest_severity(context: ActionContext) -> Refusal | None:
    if refusal := context.not_contact() or context.closed(CLOSED_CASE):
        return refusal
    if context.facts.was_severity_contested:
        return Refused("This severity was contested already. Care has the final say.")
    return None


@transaction.atomic
def contest_severity(case: Case, *, by: User, text: str, severity: int | None = None) -> CaseEvent:
    """Object to the severity as the customer, once per assignment, with a reason and the severity
    that it should be (§7).
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_contest_severity(ActionContext(case, by)))
    if severity is not None and severity not in Severity.values:
        raise Refused("Severity is 1 (Critical), 2 (High), 3 (Medium) or 4 (Low).")
    if severity == case.severity:
        raise Refused(
            "The severity is {severity} already. Please choose the one that it should be.",
            severity=Severity(case.severity).label,
        )
    data = events.SeverityContested(wanted=severity)
    return record_message(case, data, by=by, text=require_reason(text, "why you disagree"))


def refusal_to_uphold_severity(context: ActionContext) -> Refusal | None:
    if refusal := context.not_care() or context.closed(CLOSED_CASE):
        return refusal
    if context.facts.is_severity_contested:
        return None
    return Refused("The severity is not contested.")


@transaction.atomic
def uphold_severity(case: Case, *, by: User, text: str) -> CaseEvent:
    """Answer an objection: the severity remains, for a reason that the customer reads (§7).

    To accept the objection, assign another severity.
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_uphold_severity(ActionContext(case, by)))
    return record_message(
        case, events.SeverityUpheld(), by=by, text=require_reason(text, "why the severity stands")
    )
