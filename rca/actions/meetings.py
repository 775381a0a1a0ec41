"""The meeting about delivered documentation: arranged, moved, cancelled, held (§12)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases import events
from cases.actions.base import record_message, require_reason, require_text
from cases.choices import EventType
from cases.event_log import record
from cases.events import EventData
from cases.models import Case, CaseEvent
from cases.notifications.outgoing import Details
from cases.notifications.texts import TO_CONTACT, NoticeLine
from cases.permissions import require_worker
from contacts.models import User
from core import current_time
from core.errors import Refused
from rca import calendar_files
from rca.actions.base import notify_people
from rca.actions.requests import locked
from rca.models import Attendee, DocumentationRequest, Meeting, MeetingState

SHORTEST, LONGEST = 5, 480  # minutes
MOST_ATTENDEES = 50


@transaction.atomic
def arrange_meeting(
    request: DocumentationRequest,
    *,
    by: User,
    starts_at: datetime,
    zone: str,
    minutes: int,
    place: str,
    attendees: Iterable[User],
    text: str = "",
) -> CaseEvent:
    """Arrange a meeting, or move the current one; everybody invited gets a calendar file by email.

    `starts_at` is an instant, `zone` the time zone of the appointment. Refused before the documents
    are delivered, and where no discussion was requested.
    """
    case, request = locked(request)
    require_worker(by, case)
    people = list({person.pk: person for person in attendees}.values())
    _require_sound(case, request, people, starts_at, zone, minutes)
    place = require_text(place, "where it takes place: a link, a number, or a room")
    meeting = request.meetings.filter(state=MeetingState.ARRANGED).first()
    invited_before = invited(meeting) if meeting is not None else []
    starts_before = meeting.starts_at if meeting is not None else None
    if meeting is None:
        meeting = Meeting(
            organisation_id=case.organisation_id,
            request=request,
            arranged_by=by,
            created_at=current_time.now(),
        )
    else:
        meeting.sequence += 1
    meeting.starts_at, meeting.zone, meeting.minutes, meeting.place = (
        starts_at,
        zone,
        minutes,
        place[:300],
    )
    meeting.save()
    Attendee.objects.filter(organisation_id=case.organisation_id, meeting=meeting).delete()
    Attendee.objects.bulk_create(
        Attendee(organisation_id=case.organisation_id, meeting=meeting, invitee=person)
        for person in people
    )
    case.answered_at = case.answered_at or current_time.now()
    fields: dict[str, Any] = {
        "meeting": meeting.pk,
        "starts_at": starts_at.isoformat(),
        "zone": zone,
        "minutes": minutes,
        "place": meeting.place,
        "attendees": [person.name for person in people],
    }
    data = (
        events.MeetingArranged(**fields)
        if starts_before is None
        else events.MeetingMoved(starts_before=starts_before.isoformat(), **fields)
    )
    event = _recorded(case, data, by, text)
    _invite(case, meeting, people, event, text, meeting_lines(data))
    left_out = [one for one in invited_before if one.pk not in {person.pk for person in people}]
    over = events.MeetingCancelled(meeting.pk, (starts_before or starts_at).isoformat())
    _invite(case, meeting, left_out, event, text, meeting_lines(over), is_over=True)
    return event


@transaction.atomic
def cancel_meeting(meeting: Meeting, *, by: User, text: str) -> CaseEvent:
    """Cancel the meeting, with a reason; calendars remove it, and another meeting is owed."""
    case, _request = locked(meeting.request)
    require_worker(by, case)
    meeting = _locked_arranged(meeting)
    text = require_reason(text, "why it is cancelled")
    meeting.state, meeting.sequence = MeetingState.CANCELLED, meeting.sequence + 1
    meeting.save(update_fields=["state", "sequence"])
    data = events.MeetingCancelled(meeting=meeting.pk, starts_at=meeting.starts_at.isoformat())
    event = record_message(case, data, by=by, text=text)
    _invite(case, meeting, invited(meeting), event, text, meeting_lines(data), is_over=True)
    return event


def meeting_details(event: CaseEvent) -> Details:
    """What the case's own people read of a meeting. Those invited get the calendar file instead,
    with the same lines (§12).
    """
    if not isinstance(event.data, OF_A_MEETING):
        return Details()
    attendees = Attendee.objects.filter(
        organisation_id=event.organisation_id, meeting=event.data.meeting, invitee__is_active=True
    )
    return Details(
        meeting_lines(event.data),
        left_out=frozenset(attendees.values_list("invitee_id", flat=True)),
    )


MeetingEvent = events.MeetingArranged | events.MeetingMoved | events.MeetingCancelled
OF_A_MEETING = (events.MeetingArranged, events.MeetingMoved, events.MeetingCancelled)


def meeting_lines(data: MeetingEvent) -> list[NoticeLine]:
    """When and where it takes place, with the old time of a moved one, or when it was to."""
    if isinstance(data, events.MeetingCancelled):
        if data.starts_at is None:
            return []
        starts_at = datetime.fromisoformat(data.starts_at)
        return [NoticeLine(_("It was planned for {at}."), values={"at": starts_at})]
    before = datetime.fromisoformat(data.starts_before) if isinstance(data, MOVED) else None
    starts_at = datetime.fromisoformat(data.starts_at)
    length = NoticeLine(_("Length: {minutes} minutes."), values={"minutes": data.minutes})
    place = NoticeLine(_("Place: {place}"), values={"place": data.place})
    return [NoticeLine(_("It takes place on"), starts_at, before), length, place]


MOVED = events.MeetingMoved


@transaction.atomic
def meeting_held(meeting: Meeting, *, by: User, text: str = "") -> CaseEvent:
    """Record that the meeting took place, with its outcome if there is one."""
    case, request = locked(meeting.request)
    require_worker(by, case)
    meeting = _locked_arranged(meeting)
    if meeting.starts_at > current_time.now():
        raise Refused("The meeting has not begun yet.")
    meeting.state = MeetingState.HELD
    meeting.save(update_fields=["state"])
    request.meeting_due_at = None
    request.save(update_fields=["meeting_due_at"])
    return _recorded(case, events.MeetingHeld(meeting=meeting.pk), by, text)


def _require_sound(
    case: Case,
    request: DocumentationRequest,
    people: list[User],
    starts_at: datetime,
    zone: str,
    minutes: int,
) -> None:
    if not case.is_open:
        raise Refused("The request is closed. It has to be reopened before a meeting is arranged.")
    if request.discussion_requested_at is None:
        raise Refused("The customer has not requested a discussion.")
    if request.delivered_at is None:
        raise Refused("A meeting is arranged once the documents are delivered (§12).")
    if zone not in available_timezones():
        raise Refused(f"“{zone}” is no time zone.")
    if starts_at <= current_time.now():
        raise Refused("Choose an instant that is still to come.")
    if not SHORTEST <= minutes <= LONGEST:
        raise Refused(f"A meeting takes {SHORTEST} to {LONGEST} minutes.")
    ours = [
        person
        for person in people
        if person.is_active and (person.is_care or _is_customers(person, case))
    ]
    if not ours or len(ours) != len(people) or len(people) > MOST_ATTENDEES:
        raise Refused("Invite people of Care, and of the organisation who may read its cases.")
    if not any(_is_customers(person, case) for person in people):
        raise Refused("Invite somebody of the customer's.")


def _is_customers(person: User, case: Case) -> bool:
    return person.organisation_id == case.organisation_id and person.reads_cases


def _locked_arranged(meeting: Meeting) -> Meeting:
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    if meeting.state != MeetingState.ARRANGED:
        raise Refused("That meeting does not stand any more.")
    return meeting


def invited(meeting: Meeting) -> list[User]:
    """The people invited to a meeting. One query."""
    return [
        attendee.invitee for attendee in meeting.attendees.select_related("invitee__designation")
    ]


def _recorded(case: Case, data: EventData, by: User, text: str) -> CaseEvent:
    if text.strip():
        return record_message(case, data, by=by, text=text.strip())
    return record(case, data, by=by)


def _invite(
    case: Case,
    meeting: Meeting,
    readers: list[User],
    event: CaseEvent,
    text: str,
    lines: list[NoticeLine],
    *,
    is_over: bool = False,
) -> None:
    """Send the calendar file with what is written about it, in one email to each invited person."""
    verb = EventType.MEETING_CANCELLED if is_over else EventType(event.verb)
    reason = text if is_over else ""
    notify_people(
        [reader for reader in readers if reader.is_active],
        case,
        key=f"meeting:{meeting.pk}:{meeting.sequence}:{'off' if is_over else 'on'}",
        event=event,
        subject=TO_CONTACT[verb][1],
        text=text.strip(),
        lines=lines,
        invitation=lambda reader: calendar_files.file(
            case, meeting, readers, is_over=is_over, reason=reason
        ),
    )
