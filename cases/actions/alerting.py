"""What the journal says of pages: who was called to a Critical case, who came, and that nobody did
(§6, §10).

The floor that knows who is on call writes these in the transaction of its own rows. All are
internal.
"""

from datetime import datetime

from django.db import transaction

from cases import event_log, events, permissions
from cases.actions.base import ask
from cases.choices import EventType
from cases.models import Case, CaseEvent
from contacts.models import User
from core.errors import Refused


@transaction.atomic
def page_on_call(
    case: Case, *, by: User, to: User, step: int, until: datetime, why: str
) -> CaseEvent:
    """Write down that somebody was paged, and until when they have to acknowledge before the next
    one is.
    """
    case = _held(case, by)
    return event_log.record(
        case,
        events.Paged(to=to.pk, to_name=to.name, step=step, until=until.isoformat(), why=why),
        by=by,
    )


@transaction.atomic
def acknowledge_page(case: Case, *, by: User) -> CaseEvent:
    """Say that one is there: nobody else is paged. It is no answer to the contact (§9)."""
    case = Case.objects.locked(case.pk)
    permissions.require_worker(by, case)
    if by.is_system:
        raise Refused("Only a person acknowledges a page.")
    ask(case, EventType.PAGE_ACKNOWLEDGED, by)
    return event_log.record(case, events.PageAcknowledged(), by=by)


@transaction.atomic
def pages_ran_out(case: Case, *, by: User, recipients: list[str]) -> CaseEvent:
    """Write down that everybody was paged and nobody came, and which managers were told."""
    case = _held(case, by)
    return event_log.record(case, events.PagesRanOut(told=recipients), by=by)


def _held(case: Case, by: User) -> Case:
    case = Case.objects.locked(case.pk)
    if not by.is_system:
        raise Refused("CareTrack pages by itself, as the rota says.")
    return case
