"""Events of on-call alerts on a Critical case: who was called, who came, and that nobody did (§6,
§10).

The package `routing` records them in the transaction of its own rows. All are internal.
"""

from datetime import datetime

from django.db import transaction

from cases import event_log, events, permissions
from cases.actions.base import check_allowed
from cases.actions.context import ActionContext
from cases.actions.taking import refusal_to_take, take
from cases.choices import EventType
from cases.models import Case, CaseEvent
from contacts.models import User
from core.errors import Refused


@transaction.atomic
def page_on_call(
    case: Case, *, by: User, to: User, step: int, until: datetime, why: str
) -> CaseEvent:
    """Record that a person was alerted, and until when they have to acknowledge."""
    case = _held(case, by)
    return event_log.record(
        case,
        events.Paged(to=to.pk, to_name=to.name, step=step, until=until.isoformat(), why=why),
        by=by,
    )


@transaction.atomic
def acknowledge_page(case: Case, *, by: User) -> CaseEvent:
    """Acknowledge an alert: nobody else is alerted, and who acknowledges takes a case that nobody
    has. It is no reply to the contact (§9).
    """
    case = Case.objects.locked(case.pk)
    permissions.require_worker(by, case)
    if by.is_system:
        raise Refused("Only a person acknowledges a page.")
    check_allowed(case, EventType.PAGE_ACKNOWLEDGED, by)
    event = event_log.record(case, events.PageAcknowledged(), by=by)
    if case.assignee_id is None and refusal_to_take(ActionContext(case, by)) is None:
        take(case, by=by)
    return event


@transaction.atomic
def pages_ran_out(case: Case, *, by: User, recipients: list[str]) -> CaseEvent:
    """Record that everybody was alerted and nobody came, and which managers were notified."""
    case = _held(case, by)
    return event_log.record(case, events.PagesRanOut(told=recipients), by=by)


def _held(case: Case, by: User) -> Case:
    case = Case.objects.locked(case.pk)
    if not by.is_system:
        raise Refused("CareTrack pages by itself, as the rota says.")
    return case
