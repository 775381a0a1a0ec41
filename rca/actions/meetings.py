"""The meeting about delivered documentation: arranged, moved, cancelled, held (§12)."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import available_timezones

from django.db import transaction

from cases import events
from cases.actions.base import record_message, require_reason, require_text
from cases.choices import EventType
from cases.event_log import record
from cases.events import EventData
from cases.models import Case, CaseEvent
from cases.notifications.texts import TO_CONTACT
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
    invited_before = _invited(meeting) if meeting is not None else []
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
    event = _recorded(
        case,
        events.MeetingArranged(
            meeting=meeting.pk,
            starts_at=starts_at.isoformat(),
            zone=zone,
            minutes=minutes,
            place=meeting.place,
            attendees=[person.name for person in people],
        ),
        by,
        text,
    )
    _invite(case, meeting, people, people, EventType.MEETING_ARRANGED, event)
    left_out = [one for one in invited_before if one.pk not in {person.pk for person in people}]
    _invite(case, meeting, left_out, left_out, EventType.MEETING_CANCELLED, event, is_over=True)
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
    event = record_message(case, events.MeetingCancelled(meeting=meeting.pk), by=by, text=text)
    people = _invited(meeting)
    _invite(case, meeting, people, people, EventType.MEETING_CANCELLED, event, is_over=True)
    return event


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
        raise Refused("The customer has not asked for a discussion.")
    if request.delivered_at is None:
        raise Refused("A meeting is arranged once the documents are delivered (§12).")
    if zone not in available_timezones():
        raise Refused(f"«{zone}» is no time zone.")
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


def _invited(meeting: Meeting) -> list[User]:
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
    named: list[User],
    verb: EventType,
    event: CaseEvent,
    *,
    is_over: bool = False,
) -> None:
    """Send the calendar file.

    Its notification has its own key, so that a recipient of the event gets both.
    """
    notify_people(
        [reader for reader in readers if reader.is_active],
        case,
        key=f"meeting:{meeting.pk}:{meeting.sequence}:{'off' if is_over else 'on'}",
        event=event,
        subject=TO_CONTACT[verb][1],
        text="" if is_over else lambda: calendar_files.summary(meeting),
        invitation=lambda reader: calendar_files.file(case, meeting, named, is_over=is_over),
    )
