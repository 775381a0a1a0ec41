"""The customer acknowledges the root cause analysis (§12)."""

from django.db import transaction

from cases import events
from cases.choices import EventType
from cases.event_log import record
from cases.models import CaseEvent
from cases.notifications import texts
from cases.permissions import require_contact
from contacts.models import User
from core import current_time
from core.errors import Refused
from rca.actions.base import locked, notify_people
from rca.models import Acknowledgement, RcaVersion


@transaction.atomic
def acknowledge(version: RcaVersion, *, by: User) -> CaseEvent:
    """Record that a Designated Contact of the organisation has read the newest version; its author
    is notified.

    Once per version.
    """
    case, analysis = locked(version.analysis)
    require_contact(by, case)
    newest = analysis.versions.first()
    if newest is None or newest.pk != version.pk:
        raise Refused("There is a newer version of this root cause analysis. Please read that one.")
    if version.acknowledgements.exists():
        raise Refused("This version was acknowledged already.")
    Acknowledgement.objects.create(
        organisation_id=version.organisation_id, version=version, by=by, at=current_time.now()
    )
    event = record(case, events.RcaAcknowledged(version=version.number), by=by)
    if version.author.is_active:
        notify_people(
            [version.author],
            case,
            key=f"event:{event.seq}",
            event=event,
            subject=texts.TO_CARE[EventType.RCA_ACKNOWLEDGED][1],
            by=by.name,
        )
    return event
