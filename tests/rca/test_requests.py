"""§12: more documentation is a case of its own; the meeting about it is coordinated once the
documents are there.
"""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from icalendar import Calendar

from cases import actions
from cases.models import Case, Notification
from cases.notifications import outgoing
from core.errors import Refused
from rca import actions as rca
from rca.models import DocumentationRequest, Meeting
from tests import cast
from tests.cast import utc

AT = utc("2026-03-12 14:00")


@pytest.fixture
def documentation(outage, ana, cole):
    event = rca.request_documentation(
        outage, by=ana, wants="The network plan.", recipients=[ana, cole], talk="Why us?"
    )
    return DocumentationRequest.objects.get(case=event.case)


def arrange(documentation, kim, ana, **more):
    form_data = {
        "starts_at": AT,
        "zone": "Europe/Berlin",
        "minutes": 45,
        "place": "https://meet.example/1",
        "attendees": [ana, kim],
    } | more
    return rca.arrange_meeting(documentation, by=kim, **form_data)


def test_a_request_is_a_case_that_names_the_original_and_whom_it_is_for(
    documentation, outage, ana, cole
):
    case = documentation.case
    assert (case.kind, case.severity, case.contact, documentation.original) == (
        "documentation",
        4,
        ana,
        outage,
    )
    assert case.links.get().other == outage
    assert {one.person for one in documentation.recipients.all()} == {ana, cole}
    assert not case.clocks.filter(kind__in=["restore", "rca"]).exists()
    assert documentation.due_at == utc(
        "2026-03-09 09:00"
    )  # five business days, as for the analysis of a High case


def test_a_closed_case_can_be_asked_about(ana, kim, monday):
    case = actions.withdraw(cast.file(ana), by=ana, text="Over.").case
    assert rca.request_documentation(case, by=ana, wants="A log.", recipients=[ana]).case.is_open


def test_only_a_designated_contact_of_the_organisation_asks(outage, cole, ben, kim):
    for stranger in (cole, ben, kim):
        with pytest.raises(Refused):
            rca.request_documentation(outage, by=stranger, wants="x", recipients=[stranger])


def test_documentation_goes_to_people_of_the_organisation_alone(outage, ana, ben, kim):
    for stranger in (ben, kim):
        with pytest.raises(Refused, match="people of your organisation"):
            rca.request_documentation(outage, by=ana, wants="x", recipients=[ana, stranger])
    with pytest.raises(Refused, match="who gets"):
        rca.request_documentation(outage, by=ana, wants="x", recipients=[])


def test_a_delivery_answers_the_case_and_is_told_to_everybody_it_is_for(
    documentation, ana, cole, kim
):
    file = SimpleUploadedFile("plan.txt", b"A plan.")
    event = rca.deliver_documents(documentation, by=kim, text="Here it is.", uploads=[file])
    documentation.refresh_from_db()
    assert documentation.delivered_at == event.at
    assert documentation.case.attachments.get().name == "plan.txt"
    for reader in (ana, cole):
        assert (
            Notification.objects.filter(
                recipient=reader, key__endswith=f"{documentation.case.code}:event:{event.seq}"
            ).count()
            == 1
        )
    assert documentation.case.clocks.get(kind="response").outcome == "met"


def test_no_meeting_is_arranged_before_the_documents_are_delivered_or_unasked(
    documentation, outage, ana, kim
):
    with pytest.raises(Refused, match="once the documents are delivered"):
        arrange(documentation, kim, ana)
    event = rca.request_documentation(outage, by=ana, wants="x", recipients=[ana])
    other = DocumentationRequest.objects.get(case=event.case)
    rca.deliver_documents(other, by=kim, text="Here.")
    with pytest.raises(Refused, match="not requested a discussion"):
        arrange(other, kim, ana)
    rca.request_talk(other, by=ana, text="Why?")
    assert arrange(other, kim, ana).verb == "meeting_arranged"
    with pytest.raises(Refused, match="already"):
        rca.request_talk(other, by=ana, text="Again?")


def test_the_invitation_is_a_calendar_file_with_zone_and_attendees(documentation, ana, kim, monday):
    rca.deliver_documents(documentation, by=kim, text="Here.")
    arrange(documentation, kim, ana)
    sent = _files(ana, kim)
    assert len(sent) == 2
    [event] = sent[0].walk("VEVENT")
    assert sent[0]["METHOD"] == "REQUEST"
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (AT, AT + timedelta(minutes=45))
    assert event["dtstart"].params["TZID"] == "Europe/Berlin"
    assert [one["TZID"] for one in sent[0].walk("VTIMEZONE")] == ["Europe/Berlin"]
    assert {str(one) for one in event["attendee"]} == {
        "mailto:ana@acme.example",
        "mailto:kim@care.example",
    }
    assert int(event["sequence"]) == 0


def test_a_moved_meeting_keeps_its_number_and_counts_its_changes(
    documentation, ana, kim, cole, monday
):
    rca.deliver_documents(documentation, by=kim, text="Here.")
    arrange(documentation, kim, ana, attendees=[ana, cole, kim])
    before = _files(ana)[0].walk("VEVENT")[0]
    mail.outbox.clear()
    arrange(documentation, kim, ana, starts_at=AT + timedelta(days=1))
    [moved] = _files(ana)[0].walk("VEVENT")
    assert (moved["uid"], int(moved["sequence"])) == (before["uid"], 1)
    assert _files(cole, already=True)[0]["METHOD"] == "CANCEL"  # who is no longer invited
    assert Meeting.objects.count() == 1


def test_a_cancelled_meeting_leaves_the_calendars_and_another_one_is_owed(
    documentation, ana, kim, monday
):
    rca.deliver_documents(documentation, by=kim, text="Here.")
    arrange(documentation, kim, ana)
    _files(ana)
    mail.outbox.clear()
    rca.cancel_meeting(Meeting.objects.get(), by=kim, text="Kim is ill.")
    [gone] = _files(ana)
    assert (gone["METHOD"], str(gone.walk("VEVENT")[0]["status"])) == ("CANCEL", "CANCELLED")
    documentation.refresh_from_db()
    assert documentation.is_late(utc("2026-03-20 09:00"), documentation.meetings.first())
    assert arrange(documentation, kim, ana).particulars["meeting"] != gone


def test_a_meeting_took_place_only_once_it_has_begun(documentation, ana, kim, monday):
    rca.deliver_documents(documentation, by=kim, text="Here.")
    arrange(documentation, kim, ana)
    with pytest.raises(Refused, match="not begun"):
        rca.meeting_held(Meeting.objects.get(), by=kim)
    monday.move_to(AT + timedelta(hours=1), tick=False)
    assert (
        rca.meeting_held(Meeting.objects.get(), by=kim, text="They understand.").verb
        == "meeting_held"
    )


def test_strangers_past_instants_and_unknown_zones_are_refused(documentation, ana, ben, kim):
    rca.deliver_documents(documentation, by=kim, text="Here.")
    for wrong, text in (
        ({"attendees": [ben, kim]}, "of the organisation"),
        ({"attendees": [kim]}, "of the customer"),
        ({"starts_at": utc("2026-03-01 09:00")}, "still to come"),
        ({"zone": "Moon/Base"}, "no time zone"),
        ({"minutes": 0}, "minutes"),
        ({"place": " "}, "where it takes place"),
    ):
        with pytest.raises(Refused, match=text):
            arrange(documentation, kim, ana, **wrong)


def test_documents_and_appointments_that_are_late_are_found(documentation, ana, kim, monday):
    late = DocumentationRequest.objects.late
    assert not late(utc("2026-03-09 09:00")).exists()
    assert late(utc("2026-03-09 09:01")).get() == documentation
    rca.deliver_documents(documentation, by=kim, text="Here.")
    assert not late(utc("2026-03-09 09:00")).exists()
    assert late(utc("2026-03-09 09:01")).get() == documentation  # now the appointment
    arrange(documentation, kim, ana)
    assert not late(utc("2026-03-19 09:00")).exists()


def test_a_documentation_case_closes_without_an_analysis(documentation, ana):
    assert not actions.withdraw(
        Case.objects.get(pk=documentation.case_id), by=ana, text="Found it."
    ).case.is_open


def _files(*readers, already=False):
    """The calendar files that these people get by mail."""
    if not already:
        outgoing.send()
    to = {one.email for one in readers}
    parts = [part for sent in mail.outbox if set(sent.to) & to for part in sent.attachments]
    return [
        Calendar.from_ical(
            part.get_payload(decode=True) if hasattr(part, "get_payload") else part[1]
        )
        for part in parts
    ]


def test_a_second_discussion_is_owed_like_the_first_one(documentation, ana, kim, monday):
    rca.deliver_documents(documentation, by=kim, text="Here it is.")
    arrange(documentation, kim, ana)
    monday.move_to(AT + timedelta(hours=1), tick=False)
    rca.meeting_held(Meeting.objects.get(), by=kim)
    late = utc("2026-05-01 09:00")
    assert not DocumentationRequest.objects.late(late).exists()
    rca.request_talk(DocumentationRequest.objects.get(), by=ana, text="One more question.")
    again = DocumentationRequest.objects.get()
    assert (
        DocumentationRequest.objects.late(late).get(),
        again.is_late(late, Meeting.objects.get()),
    ) == (again, True)
    with pytest.raises(Refused, match="already"):
        rca.request_talk(again, by=ana, text="And another one.")
