"""Opening cases, including follow-ups of another case."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_noop

from cases import event_log, events
from cases.actions.base import require_text
from cases.case_details import CASE_DETAILS, DETAIL_NAMES
from cases.choices import CaseKind, Priority, Severity
from cases.known_areas import known_area
from cases.models import Case, CaseEvent, CaseLink, LinkKind
from contacts import entitlements, roster
from contacts.actions.base import require_length
from contacts.models import Channel, Site, User
from contacts.permissions import is_designated_contact
from contacts.regions import region_of
from core import current_time
from core.errors import Refused


@transaction.atomic
def file_case(
    *,
    by: User,
    contact: User,
    site: Site,
    title: str,
    description: str,
    severity: int,
    priority: int = Priority.NORMAL,
    channel: str = Channel.PORTAL,
    details: Mapping[str, str] | None = None,
    area: str = "",
    conversation_ids: list[UUID] | None = None,
    call_back_number: str = "",
    on_duty_name: str = "",
    incident_started_at: datetime | None = None,
    external_ref: str = "",
    number: int | None = None,
    kind: str = CaseKind.PROBLEM,
) -> CaseEvent:
    """Open a case for the contact's organisation; every service target begins now (§3, §4, §9).

    `details` are those of `cases.case_details`, by name. `severity` is the proposed one (§7).

    The organisation must be entitled to `channel`, and `contact` must be its active Designated
    Contact. A Critical case names who is on duty and where to call back; missing values come from
    the roster (§6). Only a replayed history may set its own `number`.
    """
    organisation = contact.organisation
    if organisation is None or site.organisation_id != organisation.pk:
        raise Refused("Choose a site of the contact's own organisation.")
    if by.pk != contact.pk and not (by.is_care or by.is_system):
        raise Refused("Only Care can open a case on somebody's behalf.")
    way_in = None
    if not current_time.is_replaying():
        if not is_designated_contact(contact):
            raise Refused("Only an active Designated Contact can open a case (§1).")
        way_in = entitlements.require(
            organisation, channel, severity, current_time.now(), region_of(site.hours.zone)
        )
        if number is not None:
            raise Refused("Only a replayed history brings its own case numbers.")
        if severity == Severity.CRITICAL and not (on_duty_name and call_back_number):
            name, phone = roster.named_for(contact, current_time.now())
            on_duty_name, call_back_number = on_duty_name or name, call_back_number or phone
    details = _checked(details or {})
    title = require_text(title, "a title", Case._meta.get_field("title").max_length)
    _require_lengths(
        area=area,
        call_back_number=call_back_number,
        on_duty_name=on_duty_name,
        external_ref=external_ref,
        conversation_ids=conversation_ids or [],
    )
    area = area.strip() if current_time.is_replaying() else known_area(area)
    case = new_case(
        organisation_id=organisation.pk,
        number=number or next_number(),
        severity=severity,
        proposed_severity=severity,
        priority=priority,
        title=title,
        description=require_text(description, "what is wrong"),
        **details,
        area=area,
        conversation_ids=conversation_ids or [],
        channel=channel,
        call_back_number=call_back_number,
        on_duty_name=on_duty_name,
        site=site,
        contact=contact,
        incident_started_at=incident_started_at,
        external_ref=external_ref,
        kind=kind,
    )
    case.organisation = organisation
    return event_log.record(
        case,
        events.Filed(
            severity=severity,
            priority=priority,
            channel=str(channel),
            site=site.pk,
            kind=case.kind,
            incident_started_at=incident_started_at.isoformat() if incident_started_at else None,
            on_duty=on_duty_name or None,
            call_back=call_back_number if on_duty_name else None,
            offering=way_in.key if way_in is not None else None,
        ),
        by=by,
    )


@transaction.atomic
def file_follow_up(
    original: Case, *, by: User, kind: CaseKind, title: str, description: str
) -> CaseEvent:
    """Open a case at Severity and Priority 3 that follows up another, such as the RCA of an outage
    (§12).
    """
    case = new_case(
        organisation_id=original.organisation_id,
        number=next_number(),
        kind=kind,
        severity=Severity.MEDIUM,
        proposed_severity=Severity.MEDIUM,
        priority=Priority.NORMAL,
        title=title[:200],
        description=description,
        area=original.area,
        channel=original.channel,
        site_id=original.site_id,
        contact_id=original.contact_id,
    )
    CaseLink.objects.create(
        organisation_id=case.organisation_id, case=case, other=original, kind=LinkKind.FOLLOWS_UP
    )
    return event_log.record(
        case,
        events.Filed(
            severity=case.severity,
            priority=case.priority,
            channel=case.channel,
            site=case.site_id,
            kind=kind,
            follows_up=original.code,
            incident_started_at=None,
        ),
        by=by,
    )


# The name of each field in a refusal, and its limit: that of the column, or of a reason.
CALLED = {
    **{detail.name: detail.called for detail in CASE_DETAILS},
    "area": gettext_noop("the area"),
    "call_back_number": gettext_noop("the call-back number"),
    "on_duty_name": gettext_noop("the name of who is on duty"),
    "external_ref": gettext_noop("the reference"),
}


def _checked(details: Mapping[str, str]) -> dict[str, str]:
    """The details of a new case. Refused where one is too long, ValueError where there is none of
    that name.
    """
    unknown = set(details) - set(DETAIL_NAMES)
    if unknown:
        raise ValueError(f"A case has no details called {', '.join(sorted(unknown))}.")
    _require_lengths(conversation_ids=[], **details)
    return dict(details)


def _require_lengths(*, conversation_ids: list[UUID], **texts: str) -> None:
    """Refuse a field of a new case that is too long."""
    for name, text in texts.items():
        at_most = getattr(Case._meta.get_field(name), "max_length", None)
        require_length(text, CALLED[name], at_most or settings.REASON_MAX_CHARACTERS)
    if len(conversation_ids) > settings.CONVERSATION_IDS_MAX:
        raise Refused(
            "A case may name {count} conversations, and this one names {length}. "
            "Please attach the rest as a file.",
            count=settings.CONVERSATION_IDS_MAX,
            length=len(conversation_ids),
        )


def new_case(**fields: Any) -> Case:
    """The row of a case; opened now, unless its targets began earlier."""
    at = current_time.now()
    return Case.objects.create(**{"opened_at": at, "last_message_at": at, **fields})


def next_number() -> int:
    """The next unused case number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('case_numbers')")
        return int(cursor.fetchone()[0])
