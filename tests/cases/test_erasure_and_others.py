"""Erasing one person takes nothing from another, leaves nothing of them beside a name, and can
always be done (§14).
"""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from caretrack.ops.outbox.models import OutboxMessage
from cases import (
    actions,
    bulk_jobs,
    filing_drafts,
    filing_templates,
    pending_messages,
    reply_drafts,
    saved_views,
)
from cases.models import (
    BulkJob,
    Case,
    CaseEvent,
    EntryPoint,
    FilingDraft,
    FilingTemplate,
    Notification,
    SavedView,
)
from cases.notifications import undelivered
from contacts import actions as people
from contacts import emails, erasure, people_log
from contacts.email_texts import EmailKind
from contacts.erasure import Erasure
from contacts.models import Invitation, QueuedEmail, User
from core.redaction import ERASED
from rca import actions as rca
from rca.models import DocumentationRequest
from tests import cast
from tests.cases.test_erasure import erase, everywhere
from tests.cast import utc

NUMBER = "+49 171 2345678"


@pytest.fixture
def dora(acme, ana, maya):
    people.make_primary(ana.designation, by=maya)
    return cast.contact(acme, "Dora Dahl", "dora@acme.example")


@pytest.fixture
def leaves(maya):
    """Somebody leaves, and is erased."""

    def leave(person, reason="Asked for."):
        person = User.objects.get(pk=person.pk)
        if hasattr(person, "designation") and person.designation.state == "active":
            people.revoke(person.designation, by=maya, reason="Left.")
        people.end_access(person, by=maya, reason="Left.")
        person.refresh_from_db()
        return erase(person, maya, reason=reason)

    return leave


def joined(organisation, by, email, name):
    invitation = people.invite(organisation, by=by, email=email, name=name)
    return people.accept_invitation(invitation.pk, name=name, password=cast.PASSWORD, zone="UTC")


def renewal_of(person):
    emails.write(
        EmailKind.RENEW,
        organisation_id=person.organisation_id,
        recipient=person,
        key="renew:1:30",
        course="C",
        until=timezone.now().date(),
        link="x",
    )


# --- Others lose nothing


def test_whoever_had_the_address_before_is_left_alone(acme, dora, ana, ada, leaves):
    ben = joined(acme, ana, "support@acme.example", "Ben Bold")
    people.change_address(ben, by=ada, email="ben@acme.example", reason="His own.")
    cleo = joined(acme, ana, "support@acme.example", "Cleo Cole")
    case = cast.file(ana, severity=1, on_duty_name="Ben Bold", call_back_number=NUMBER)
    leaves(cleo)
    case.refresh_from_db()
    assert (case.on_duty_name, case.call_back_number) == ("Ben Bold", NUMBER)
    assert Invitation.objects.filter(name="Ben Bold").exists()


def test_whoever_has_the_address_now_is_left_alone(acme, dora, ana, ada, leaves):
    cleo = joined(acme, ana, "support@acme.example", "Cleo Cole")
    people.change_address(cleo, by=ada, email="cleo@acme.example", reason="Her own.")
    ben = joined(acme, ana, "support@acme.example", "Ben Bold")
    renewal_of(ben)
    OutboxMessage.objects.create(
        sender="care@x.example", to=ben.email, subject="Hello", text="Hello"
    )
    leaves(cleo)
    invitation, email = (
        Invitation.objects.get(user=ben),
        QueuedEmail.objects.get(recipient=ben, key="renew:1:30"),
    )
    assert (invitation.email, invitation.name) == ("support@acme.example", "Ben Bold")
    assert (email.state, email.address) == ("queued", "support@acme.example")
    assert OutboxMessage.objects.filter(to="support@acme.example").exists()


def test_a_number_that_two_have_stays_with_the_other(dora, ana, leaves):
    for person in (dora, ana):
        people.change_details(person, by=person, work_phone=NUMBER)
    ana.refresh_from_db()
    case = cast.file(ana, severity=1)
    leaves(dora)
    case.refresh_from_db()
    assert (case.on_duty_name, case.call_back_number) == (ana.name, NUMBER)


def test_a_name_that_two_bear_stays_with_the_other_and_goes_where_it_is_theirs(
    acme, dora, ana, maya, leaves
):
    other = cast.contact(acme, "Dora Dahl", "dora2@acme.example")
    theirs = cast.file(other, severity=1, on_duty_name="Dora Dahl", call_back_number=NUMBER)
    own = cast.file(dora, severity=1, on_duty_name="Dora Dahl", call_back_number="+49 30 1111111")
    assert Erasure(dora).identifiers.shared == ["Dora Dahl"]
    leaves(dora)
    for case in (theirs, own):
        case.refresh_from_db()
    assert (theirs.on_duty_name, theirs.call_back_number) == ("Dora Dahl", NUMBER)
    assert (own.on_duty_name, own.call_back_number) == (ERASED, ERASED)


def test_whoever_once_took_anothers_name_takes_nothing_of_them(dora, ana, leaves):
    for name in (ana.name, "Dora Dahl"):
        people.change_details(dora, by=dora, name=name)
    case = cast.file(ana, severity=1, on_duty_name=ana.name, call_back_number=NUMBER)
    leaves(dora)
    case.refresh_from_db()
    assert (case.on_duty_name, case.call_back_number) == (ana.name, NUMBER)


def test_a_short_name_is_not_found_inside_of_anothers(acme, dora, ana, leaves):
    an = cast.contact(acme, "An", "an@acme.example")
    cast.file(an, severity=1, on_duty_name="Jan Meier", call_back_number=NUMBER)
    other = cast.file(ana, severity=1, on_duty_name="Jan Meier", call_back_number=NUMBER)
    leaves(an)
    other.refresh_from_db()
    assert (other.on_duty_name, other.call_back_number) == ("Jan Meier", NUMBER)


# --- Nothing of them is left


def test_a_number_goes_with_the_name_it_stands_beside(dora, kim, leaves):
    case = cast.file(dora, severity=1, on_duty_name="Dora Dahl", call_back_number=NUMBER)
    actions.log_call(case, by=kim, whom="Dora Dahl", number=NUMBER, reached=True, text="Hi.")
    leaves(dora)
    case.refresh_from_db()
    assert case.call_back_number == ERASED
    assert everywhere(NUMBER[1:]) == []


def test_a_number_of_a_turn_that_was_taken_away_goes_too(dora, ana, leaves):
    turn = people.add_to_roster(
        dora, by=dora, weekdays=list(range(7)), starts="00:00", ends="24:00", phone=NUMBER
    )
    case = cast.file(ana, severity=1)
    people.remove_from_roster(turn, by=dora)
    assert case.on_duty_name == "Dora Dahl"
    leaves(dora)
    assert not CaseEvent.objects.filter(particulars__call_back=NUMBER).exists()
    case.refresh_from_db()
    assert case.call_back_number == ERASED


def test_a_name_with_words_around_it_is_theirs(dora, ana, leaves):
    cast.file(ana, severity=1, on_duty_name="Dora Dahl (day shift)", call_back_number=NUMBER)
    filing_drafts.save(
        by=ana, fields={"title": "x", "on_duty_name": "Dora Dahl"}, revision=0, key=None
    )
    leaves(dora)
    assert everywhere("Dora Dahl") == []
    assert FilingDraft.objects.get().fields == {
        "title": "x",
        "on_duty_name": "",
        "call_back_number": "",
    }


def test_a_template_stays_with_the_organisation_without_the_texts_that_name_them(dora, leaves):
    fields = {"title": "Ask Dora Dahl", "description": "Name:"}
    filing_templates.save(by=dora, name="Calls of Dora Dahl", fields=fields)
    leaves(dora)
    assert everywhere("Dora Dahl") == []
    assert FilingTemplate.objects.get().fields == {"description": "Name:"}


def test_a_letter_that_the_database_and_python_write_differently(acme, dora, leaves):
    ibrahim = cast.contact(acme, "İbrahim Şahin", "i@acme.example")
    cast.file(ibrahim, severity=1, on_duty_name="İbrahim Şahin", call_back_number=NUMBER)
    leaves(ibrahim)
    assert not CaseEvent.objects.filter(particulars__on_duty="İbrahim Şahin").exists()


def test_why_they_were_revoked_and_what_was_sent_again(dora, kim, ada, maya, leaves):
    case = cast.file(dora)
    actions.take(case, by=kim)
    actions.request_information(case, by=kim, text="Which?")
    actions.answer_as_contact(Case.objects.get(), by=dora, text="That.")
    notification = Notification.objects.filter(recipient=kim, subject__contains="Dora Dahl").first()
    Notification.objects.filter(pk=notification.pk).update(state="failed")
    undelivered.send_again(notification, by=ada, reason="It came back.")
    people.revoke(dora.designation, by=maya, reason="Dora Dahl has left.")
    leaves(dora)
    assert everywhere("Dora Dahl") == []


def test_an_address_that_a_calendar_file_folds(acme, dora, ana, kim, leaves, time_machine):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    gone = cast.contact(acme, "Doris Dahlhausen", "doris.dahlhausen@acme.example")
    event = rca.request_documentation(
        cast.file(ana), by=ana, wants="x", recipients=[ana, gone], talk="Why?"
    )
    documentation_request = DocumentationRequest.objects.get(case=event.case)
    rca.deliver_documents(
        documentation_request, by=kim, text="Here.", uploads=[SimpleUploadedFile("p.txt", b"x")]
    )
    rca.arrange_meeting(
        documentation_request,
        by=kim,
        starts_at=utc("2026-03-12 14:00"),
        zone="Europe/Berlin",
        minutes=45,
        place="https://m.example/1",
        attendees=[ana, gone, kim],
    )
    leaves(gone)
    files = [
        re.sub(r"\r?\n[ \t]", "", notice.invitation)
        for notice in Notification.objects.exclude(invitation="")
    ]
    assert files
    assert not [file for file in files if "dahlhausen" in file.lower()]


# --- It can always be done, and what it left is proven


def test_a_reminder_that_went_to_two_of_their_addresses(dora, ada, leaves):
    renewal_of(dora)
    people.change_address(dora, by=ada, email="dora.dahl@acme.example", reason="New.")
    renewal_of(User.objects.get(pk=dora.pk))
    leaves(dora)
    assert QueuedEmail.objects.filter(recipient=dora, key="renew:1:30", text=ERASED).count() == 2


def test_the_seals_of_an_erasing_whose_own_words_are_erased_hold(acme, dora, leaves):
    cleo = cast.contact(acme, "Cleo Cole", "cleo@acme.example")
    people.change_details(dora, by=dora, work_phone=NUMBER)
    leaves(dora, reason="Cleo Cole asked for it.")
    assert list(people_log.breaks()) == []
    leaves(cleo)
    assert list(people_log.breaks()) == []
    assert everywhere("Cleo Cole") == []


def test_a_case_reads_on_after_somebody_who_was_called_like_a_state(
    dora, ana, kim, maya, leaves, client
):
    for name in ("done", "Dora Dahl"):
        people.change_details(dora, by=dora, name=name)
    case = actions.answer(cast.file(ana, severity=1), by=kim, text="Hi").case
    version = cast.published(
        actions.propose_resolution(case, by=kim, text="Replaced.").case, kim, maya
    )
    rca.move_action(version.analysis.actions.first(), by=kim, state="done", words="It is done.")
    leaves(dora)
    client.force_login(kim)
    assert client.get(f"/console/cases/{case.code}/").status_code == 200


def test_the_page_shows_what_is_looked_for_and_what_others_share(dora, ana, maya, client):
    for person in (dora, ana):
        people.change_details(person, by=person, work_phone=NUMBER)
    client.force_login(maya)
    page = client.get(f"/console/people/{dora.pk}/erasure/").content.decode()
    known = page[page.index("Search terms") : page.index("Erase dora@acme.example")]
    assert known.index("Dora Dahl") < known.index("Other people share these") < known.index(NUMBER)
    assert erasure.preview(Erasure(dora))


def test_what_care_prepared_about_them_loses_the_name(dora, ana, kim, leaves, client):
    name, case = dora.name, cast.waiting(ana, kim)
    client.force_login(kim)
    client.post("/console/bulk/jobs/", {"noun": "information", "back": "view=open"})
    job = BulkJob.objects.latest("pk")
    BulkJob.objects.filter(pk=job.pk).update(list_address="/console/?q=Dora+Dahl")
    bulk_jobs.preview(job, by=kim, inputs={"text": f"{name} is away."})
    job.rows.update(expected_why=f"{name} has it.")
    reply_drafts.save(case, by=kim, noun="note", text=f"{name} called.")
    pending_messages.hold(case, by=kim, noun="answer", text=f"{name} called.", seconds=10)
    for title in (f"Of {name}", f"For {name}"):
        saved_views.save(
            by=kim, audience=EntryPoint.CONSOLE, name=title, query="view=open&q=Dora+Dahl"
        )
    leaves(dora)
    tables = {table for text in (name, "Dora+Dahl") for table, _row in everywhere(text)}
    assert not tables
    job.refresh_from_db()
    assert job.inputs == {"text": f"Erased person {dora.pk} is away."}
    assert job.list_address == "/console/"
    assert {view.query for view in SavedView.objects.all()} == {
        f"view=open&q=Erased+person+{dora.pk}"
    }


def test_a_view_of_care_keeps_a_name_that_another_customers_person_has(dora, kim, leaves):
    cast.colleague(cast.organisation("other", "Other"), dora.name, "dora@other.example")
    saved_views.save(by=kim, audience=EntryPoint.CONSOLE, name="Dora", query="q=Dora+Dahl")
    leaves(dora)
    assert SavedView.objects.get().query == "q=Dora+Dahl"
