"""Receivers of the root cause analysis for events of a case."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.actions import end_follow_up as end_follow_up_case
from cases.actions import file_follow_up
from cases.choices import CaseKind, CaseState, EventType, Severity
from cases.models import Case, CaseEvent
from cases.notifications.outgoing import Details
from contacts.models import User
from core.errors import Refused
from rca import gate
from rca.models import Analysis


def object_to_closing(*, case: Case, verb: EventType, **kwargs: Any) -> None:
    """Refuse to close a Critical case without its root cause analysis, also when a closure is
    announced or accepted (§12).
    """
    if verb == EventType.CLOSED and (why := gate.why_held(case)):
        raise Refused(why)


def open_analysis(*, event: CaseEvent, **kwargs: Any) -> None:
    """A proposal on a Critical case opens its RCA and the follow-up case; on a High case only the
    RCA. Never twice.
    """
    case = event.case
    if case.kind != CaseKind.PROBLEM or not _owes_one(event):
        return
    severity = min(case.severity_at_proposal or case.severity, case.severity)
    if severity > Severity.HIGH or (
        event.verb != EventType.RESOLUTION_PROPOSED and severity != Severity.CRITICAL
    ):
        return
    analysis, is_new = Analysis.objects.get_or_create(
        organisation_id=case.organisation_id,
        case=case,
        defaults={"severity": severity, "created_at": event.at},
    )
    if severity < analysis.severity:
        analysis.severity = severity
    if severity == Severity.CRITICAL and analysis.follow_up_id is None:
        title, description = _owed(case)
        analysis.follow_up = file_follow_up(
            case,
            by=User.objects.system(),
            kind=CaseKind.RCA_FOLLOW_UP,
            title=title,
            description=description,
        ).case
    if is_new or analysis.follow_up_id:
        analysis.save(update_fields=["severity", "follow_up"])


def _owed(case: Case) -> tuple[str, str]:
    """Title and description of a follow-up case, in the language of its contact, who reads it."""
    with translation.override(case.contact.language):
        title = gettext("Root cause analysis of {code}: {title}")
        description = gettext("The root cause analysis of {code} is owed to the customer.")
        return title.format(code=case.code, title=case.title), description.format(code=case.code)


def end_follow_up(*, event: CaseEvent, **kwargs: Any) -> None:
    """The published analysis ends the follow-up case that was opened for it (§12)."""
    if event.verb != EventType.RCA_PUBLISHED:
        return
    analysis = Analysis.objects.filter(case=event.case_id).select_related("follow_up").first()
    if analysis is not None and analysis.follow_up is not None:
        end_follow_up_case(analysis.follow_up, by=User.objects.system())


def update_at_closing(event: CaseEvent) -> Details:
    """At closing the customer gets a status update: the brief explanation, and the known cause
    (§12).

    It goes to the contact even where their own acceptance closed the case.
    """
    case = event.case
    if (
        event.verb != EventType.CLOSED
        or case.kind != CaseKind.PROBLEM
        or not (case.was_critical or case.severity <= Severity.HIGH)
    ):
        return Details()
    text = (
        Analysis.objects.filter(case=case)
        .exclude(initial_text="")
        .values_list("initial_text", flat=True)
        .first()
    )
    return Details(update=(_("The initial root cause analysis:"), text)) if text else Details()


def _owes_one(event: CaseEvent) -> bool:
    """Whether an event makes an RCA owed: a proposal, a closing, or a severity that makes the case
    Critical during a proposal.
    """
    raised = (
        event.verb == EventType.SEVERITY_SET and event.case.state == CaseState.RESOLUTION_PROPOSED
    )
    return raised or event.verb in (EventType.RESOLUTION_PROPOSED, EventType.CLOSED)
