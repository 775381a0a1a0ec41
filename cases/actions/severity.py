"""Who sets the severity, and how the other side objects (§7)."""

from django.db import transaction
from django_fsm import TransitionNotAllowed

from cases import permissions
from cases.actions.base import ask, record_said, require_reason
from cases.models import Case, CaseEvent
from cases.verbs import Severity, Verb
from contacts.errors import Refused
from contacts.models import User


@transaction.atomic
def set_severity(case: Case, *, by: User, severity: int, reason: str) -> CaseEvent:
    """Assign the severity. All promises are re-targeted from their original start, pauses kept
    (§7).
    """
    case = Case.objects.locked(case.pk)
    permissions.require_worker(by, case)
    if not case.is_open:
        raise TransitionNotAllowed("The severity of a closed case stands.")
    if severity not in Severity.values:
        raise Refused("Severity is 1 (Critical), 2 (High), 3 (Medium) or 4 (Low).")
    if severity == case.severity:
        raise Refused(f"The severity is {Severity(severity).label} already.")
    reason = require_reason(reason, "the reason for the severity: the customer reads it")
    ask(case, Verb.SEVERITY_SET, by, severity=severity)
    before, case.severity = case.severity, severity
    return record_said(case, Verb.SEVERITY_SET, by=by, text=reason, before=before, after=severity)


@transaction.atomic
def contest_severity(case: Case, *, by: User, reason: str) -> CaseEvent:
    """The customer objects to the severity, once per assignment, with a reason (§7)."""
    case = Case.objects.locked(case.pk)
    permissions.require_contact(by, case)
    if not case.is_open:
        raise TransitionNotAllowed("The severity of a closed case stands.")
    verbs = [Verb.FILED, Verb.SEVERITY_SET, Verb.SEVERITY_UPHELD, Verb.SEVERITY_CONTESTED]
    last = (
        case.events.filter(verb__in=verbs).order_by("-seq").values_list("verb", flat=True).first()
    )
    if last in (Verb.SEVERITY_CONTESTED, Verb.SEVERITY_UPHELD):
        raise Refused("This severity was contested already. Care has the final say.")
    return record_said(
        case, Verb.SEVERITY_CONTESTED, by=by, text=require_reason(reason, "why you disagree")
    )


@transaction.atomic
def uphold_severity(case: Case, *, by: User, reason: str) -> CaseEvent:
    """Answer a contest: the severity stands, for a reason the customer reads (§7).

    To give way, set another.
    """
    case = Case.objects.locked(case.pk)
    permissions.require_worker(by, case)
    if not case.is_open:
        raise TransitionNotAllowed("The severity of a closed case stands.")
    verbs = [Verb.SEVERITY_SET, Verb.SEVERITY_UPHELD, Verb.SEVERITY_CONTESTED]
    last = (
        case.events.filter(verb__in=verbs).order_by("-seq").values_list("verb", flat=True).first()
    )
    if last != Verb.SEVERITY_CONTESTED:
        raise Refused("The severity is not contested.")
    return record_said(
        case, Verb.SEVERITY_UPHELD, by=by, text=require_reason(reason, "why the severity stands")
    )
