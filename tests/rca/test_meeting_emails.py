"""What people read about a meeting: one email each, with when, where and why (§12)."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from icalendar import Calendar

from cases.models import Notification
from cases.notifications import outgoing
from rca import actions as rca
from rca.models import DocumentationRequest, Meeting
from tests import cast
from tests.cast import utc

AT = utc("2026-03-12 14:00")


@pytest.fixture
def documentation(outage, ana, cole, kim):
    cole.zone = "Asia/Tokyo"
    cole.save()
    event = rca.request_documentation(
        outage, by=ana, wants="The network plan.", recipients=[ana, cole], talk="Why us?"
    )
    request = DocumentationRequest.objects.get(case=event.case)
    rca.deliver_documents(request, by=kim, text="Here.")
    outgoing.send()
    mail.outbox.clear()
    return request


def arrange(documentation, kim, people, **more):
    form_data = {
        "starts_at": AT,
        "zone": "Europe/Berlin",
        "minutes": 45,
        "place": "https://meet.example/1",
        "attendees": people,
    } | more
    rca.arrange_meeting(documentation, by=kim, **form_data)
    outgoing.send()


def to(person):
    return [message for message in mail.outbox if person.email in message.to]


def test_each_person_gets_one_email_with_the_time_in_their_own_zone(documentation, ana, cole, kim):
    arrange(documentation, kim, [ana, cole, kim])
    for person in (ana, cole, kim):
        assert len(to(person)) == 1
    assert "It takes place on Thursday 12 March 2026 15:00 (Europe/Berlin)." in to(ana)[0].body
    assert "It takes place on Thursday 12 March 2026 23:00 (Asia/Tokyo)." in to(cole)[0].body
    assert "Length: 45 minutes." in to(ana)[0].body
    assert "https://meet.example/1" in to(ana)[0].body


def test_a_moved_meeting_says_so_with_the_old_and_the_new_time(documentation, ana, kim):
    arrange(documentation, kim, [ana, kim])
    mail.outbox.clear()
    arrange(documentation, kim, [ana, kim], starts_at=AT + timedelta(hours=1))
    (message,) = to(ana)
    assert message.subject.endswith(f"The meeting about {documentation.case.code} is moved")
    assert (
        "It takes place on Thursday 12 March 2026 16:00 (Europe/Berlin), "
        "before: Thursday 12 March 2026 15:00 (Europe/Berlin)." in message.body
    )
    assert documentation.case.events.latest("seq").verb == "meeting_moved"


def test_a_cancelled_meeting_says_which_one_and_why_to_everybody_invited(
    documentation, ana, cole, kim
):
    arrange(documentation, kim, [ana, cole])
    mail.outbox.clear()
    rca.cancel_meeting(Meeting.objects.get(), by=kim, text="Kim is ill.")
    outgoing.send()
    for person, when in ((ana, "15:00 (Europe/Berlin)"), (cole, "23:00 (Asia/Tokyo)")):
        (message,) = to(person)
        assert f"It was planned for Thursday 12 March 2026 {when}." in message.body
        assert "Kim is ill." in message.body
        (part,) = message.attachments
        calendar = Calendar.from_ical(part[1])
        assert str(calendar.walk("VEVENT")[0]["comment"]) == "Kim is ill."


def test_who_is_no_longer_invited_reads_which_meeting_it_was(documentation, ana, cole, kim):
    arrange(documentation, kim, [ana, cole])
    mail.outbox.clear()
    arrange(documentation, kim, [ana], starts_at=AT + timedelta(days=1))
    assert "is cancelled" in to(cole)[0].subject
    assert "It was planned for Thursday 12 March 2026 23:00 (Asia/Tokyo)." in to(cole)[0].body


def test_the_contact_who_is_not_invited_still_hears_of_it(documentation, ana, cole, kim):
    arrange(documentation, kim, [cole])
    notice = Notification.objects.get(recipient=ana, event__verb="meeting_arranged")
    assert "It takes place on Thursday 12 March 2026 15:00 (Europe/Berlin)." in notice.text
    assert notice.invitation == ""


def test_the_contact_sees_who_comes_and_adds_the_meeting_to_a_calendar(
    documentation, ana, cole, kim, globex
):
    arrange(documentation, kim, [ana, kim])
    code = documentation.case.code
    portal, stranger = Client(), Client()
    portal.force_login(ana)
    stranger.force_login(cast.contact(globex, "Ivo Ilic", "ivo@globex.example"))
    page = portal.get(f"/portal/cases/{code}/").content.decode()
    assert "with Ana Albers, Kim Kato" in " ".join(page.split())
    assert "propose another one" in page
    answer = portal.get(f"/portal/cases/{code}/meeting/")
    assert answer["Content-Disposition"] == f'attachment; filename="{code}-meeting.ics"'
    calendar = Calendar.from_ical(answer.content.decode())
    assert calendar["METHOD"] == "PUBLISH"
    assert calendar.walk("VEVENT")[0].decoded("dtstart") == AT
    assert stranger.get(f"/portal/cases/{code}/meeting/").status_code == 404
    rca.cancel_meeting(Meeting.objects.get(), by=kim, text="Kim is ill.")
    assert portal.get(f"/portal/cases/{code}/meeting/").status_code == 404
