"""New cases that are linked to another one: a reply after its reopening period (§13), and a similar
case.
"""

from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from cases import event_log, events
from cases.actions.base import require_text
from cases.actions.closing import goes_on_elsewhere, refusal_to_reopen
from cases.actions.context import ActionContext, Refusal, require
from cases.actions.filing import file_case
from cases.case_details import details_of
from cases.choices import CaseKind, ClosingReason, Severity
from cases.models import Case, CaseEvent, CaseLink, LinkKind
from contacts import entitlements
from contacts.models import Channel, User
from contacts.regions import region_of
from core import current_time
from core.errors import Refused


@transaction.atomic
def end_follow_up(case: Case, *, by: User) -> CaseEvent | None:
    """Close the follow-up case of a root cause analysis with its publication (§12).

    None where it is closed already. Only CareTrack does.
    """
    case = Case.objects.locked(case.pk)
    if not by.is_system or case.kind != CaseKind.RCA_FOLLOW_UP:
        raise Refused("Only a follow-up case ends with its root cause analysis.")
    if not case.is_open:
        return None
    case.close(at=current_time.now(), reason=ClosingReason.DELIVERED)
    return event_log.record(case, events.Closed(reason=ClosingReason.DELIVERED), by=by)


def refusal_to_continue(context: ActionContext, channel: str = Channel.PORTAL) -> Refusal | None:
    case = context.case
    if refusal := context.not_contact():
        return refusal
    if case.is_open:
        return Refused("The case is open: please answer it.")
    if elsewhere := goes_on_elsewhere(context):
        return elsewhere
    if refusal_to_reopen(context) is None:
        return Refused("The case can still be reopened: please reopen it.")
    if case.severity == Severity.CRITICAL:
        return Refused(
            "That was a Critical case. Please open a new one: we need the number on "
            "which we reach you now."
        )
    entitlement = entitlements.ask(
        case.organisation,
        channel,
        case.severity,
        current_time.now(),
        region_of(case.site.hours.zone),
    )
    return None if entitlement.allowed else Refused(entitlement.refusal)


@transaction.atomic
def file_similar(other: Case, *, by: User, **values: Any) -> CaseEvent:
    """Open a case that is like another one of the organisation, and link the two as related."""
    event = file_case(by=by, **values)
    if other.organisation_id != event.case.organisation_id:
        raise Refused("Cases of two organisations cannot be linked.")
    kind = LinkKind.RELATES_TO
    CaseLink.objects.create(
        organisation_id=other.organisation_id, case=event.case, other=other, kind=kind
    )
    event_log.record(event.case, events.Linked(other=other.code, kind=kind), by=by)
    return event


@transaction.atomic
def continue_case(case: Case, *, by: User, text: str, channel: str = Channel.PORTAL) -> CaseEvent:
    """Reply to a case that cannot be reopened: a new case opens with this message, at the old
    severity.

    Its targets begin now; those of the old case are unchanged. Refused while the old case is open
    or can be reopened. Refused for a Critical case, which needs a call-back number from the page
    for new cases.
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_continue(ActionContext(case, by), channel))
    text = require_text(text, "what is wrong again")
    with translation.override(by.language):
        pattern = gettext("Again: {title}")
    is_repeated = case.title.startswith(pattern.partition("{")[0])
    again = case.title if is_repeated else pattern.format(title=case.title)
    event = file_case(
        by=by,
        contact=by,
        site=case.site,
        title=again[:200],
        description=text,
        severity=case.severity,
        priority=case.priority,
        channel=channel,
        area=case.area,
        details=details_of(case),
    )
    CaseLink.objects.create(
        organisation_id=case.organisation_id, case=event.case, other=case, kind=LinkKind.CONTINUES
    )
    event_log.record(case, events.Linked(other=event.case.code, kind=LinkKind.CONTINUES), by=by)
    return event
