"""A meeting as a calendar file (RFC 5545); calendars add, move and remove it by its number and
sequence.

The library is imported where a file is made: it is large, and most processes make none.
"""

from collections.abc import Iterable
from email.utils import parseaddr
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from cases.models import Case
from contacts.models import User
from core import current_time
from rca.models import Meeting

if TYPE_CHECKING:
    from icalendar import vCalAddress


def file(
    case: Case,
    meeting: Meeting,
    attendees: Iterable[User],
    *,
    is_over: bool = False,
    is_invitation: bool = True,
    reason: str = "",
) -> str:
    """The calendar file, in the active language: an invitation, a change, or a cancellation with
    its reason. One that is no invitation is an entry to add, which asks for no answer.
    """
    from icalendar import Calendar, Event, vText

    calendar = Calendar()
    calendar.add("prodid", "-//CareTrack//CareTrack//EN")
    calendar.add("version", "2.0")
    if is_over or is_invitation:
        calendar.add("method", "CANCEL" if is_over else "REQUEST")
    else:
        calendar.add("method", "PUBLISH")
    event, zone = Event(), ZoneInfo(meeting.zone)
    event.add("uid", f"meeting-{meeting.pk}@{_host()}")
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", current_time.now())
    event.add("dtstart", meeting.starts_at.astimezone(zone))
    event.add("dtend", meeting.ends_at.astimezone(zone))
    event.add("status", "CANCELLED" if is_over else "CONFIRMED")
    event.add("summary", _("Meeting about {code}").format(code=case.code))
    event.add("description", case.title)
    event.add("location", meeting.place)
    if reason:
        event.add("comment", reason)
    event["organizer"] = _address(parseaddr(settings.DEFAULT_FROM_EMAIL)[1], "CareTrack")
    for person in attendees:
        one = _address(person.email, person.name)
        one.params["ROLE"] = vText("REQ-PARTICIPANT")
        one.params["RSVP"] = vText("TRUE" if is_invitation and not is_over else "FALSE")
        event.add("attendee", one, encode=False)
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return str(calendar.to_ical().decode())


def _address(email: str, name: str) -> "vCalAddress":
    from icalendar import vCalAddress, vText

    one = vCalAddress(f"mailto:{email}")
    one.params["CN"] = vText(name)
    return one


def _host() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "caretrack"
