"""A contact who leaves has a successor on every open case, and no page says otherwise (§1, §13)."""

import pytest
from django.core import mail

from cases import actions
from cases.models import Case, Notification
from contacts import actions as people
from contacts import emails
from contacts.models import ContactState, QueuedEmail
from core.errors import Refused
from rca import actions as rca
from rca.models import Analysis
from sla import sweeps
from tests import cast
from tests.cast import utc


@pytest.fixture
def bea(acme):
    return cast.contact(acme, "Bea Baker", "bea@acme.example")


@pytest.fixture
def eve(acme):
    return cast.contact(acme, "Eve Ende", "eve@acme.example")


@pytest.fixture
def at(time_machine):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    return lambda text: time_machine.move_to(utc(text), tick=False)


def revoke(person, by, **more):
    return people.revoke(person.designation, by=by, reason="Has left.", **more)


def test_open_cases_go_to_the_named_successor(eve, bea, ana, kim, maya, at):
    open_cases = [cast.waiting(eve, kim), cast.file(eve)]
    closed = actions.withdraw(cast.file(eve), by=eve, text="Over.").case
    revoke(eve, maya, successor=bea)
    assert {case.contact for case in Case.objects.filter(pk__in=[c.pk for c in open_cases])} == {
        bea
    }
    closed.refresh_from_db()
    assert closed.contact == eve


def test_without_a_name_they_go_to_the_primary_contact(eve, bea, ana, kim, maya, at):
    people.make_primary(ana.designation, by=maya)
    case = cast.file(eve)
    revoke(eve, maya)
    case.refresh_from_db()
    assert case.contact == ana


def test_the_successor_gets_one_email_about_all_cases_and_the_reminders_from_then_on(
    eve, bea, kim, maya, at
):
    cases = [cast.waiting(eve, kim) for _ in range(3)]
    revoke(eve, maya, successor=bea)
    email = QueuedEmail.objects.get(key__startswith="cases_passed_on")
    assert email.recipient == bea
    assert all(case.code in email.text for case in cases)
    assert not Notification.objects.filter(event__verb="contact_changed", channel="email").exists()
    at("2026-03-03 09:00")
    sweeps.check_clocks()
    reminded = Notification.objects.filter(key__contains="remind").values_list(
        "recipient", flat=True
    )
    assert set(reminded) == {bea.pk}
    emails.send()
    assert [message.to for message in mail.outbox if "more cases" in message.subject] == [
        ["bea@acme.example"]
    ]


@pytest.mark.parametrize("who", ["ben", "cole", "eve"])
def test_only_another_active_contact_of_the_organisation_succeeds(eve, kim, maya, request, who, at):
    person = request.getfixturevalue(who)
    case = cast.file(eve)
    with pytest.raises(Refused, match="another active Designated Contact"):
        revoke(eve, maya, successor=person)
    case.refresh_from_db()
    assert case.contact == eve
    assert eve.designation.__class__.objects.get(pk=eve.designation.pk).state == ContactState.ACTIVE


def test_without_anybody_else_the_cases_stay_and_the_waits_stand_still(kim, maya, at):
    lone = cast.contact(cast.organisation("lone", "Lone"), "Lou", "lou@lone.example")
    case = cast.waiting(lone, kim)
    revoke(lone, maya)
    case.refresh_from_db()
    assert case.contact == lone
    assert case.events.filter(verb="wait_suspended").exists()


def test_the_page_says_how_many_cases_there_are_and_asks_for_a_successor(
    client, eve, bea, kim, maya, at
):
    cast.file(eve)
    cast.file(eve)
    client.force_login(maya)
    page = client.get(f"/console/people/{eve.pk}/").content.decode()
    assert "Eve Ende is the contact of 2 open cases." in page
    answer = client.post(
        f"/console/people/{eve.pk}/revocation/", {"reason": "Left.", "successor": bea.pk}
    )
    assert answer.status_code == 302
    assert Case.objects.filter(contact=bea).count() == 2


def test_the_case_says_who_is_notified_and_not_who_left(client, eve, bea, ana, kim, maya, at):
    case = cast.file(eve)
    client.force_login(ana)
    address = f"/portal/cases/{case.code}/"
    assert "Notified of every update: Eve Ende." in client.get(address).content.decode()
    revoke(eve, maya, successor=bea)
    assert "Notified of every update: Bea Baker." in client.get(address).content.decode()


def test_publishing_an_analysis_names_whom_it_was_sent_to(client, eve, bea, kim, maya, at):
    case = cast.proposed(eve, kim, severity=1)
    revoke(eve, maya, successor=bea)
    analysis = Analysis.objects.get(case=case)
    rca.save_draft(analysis, by=kim, sections=cast.document())
    rca.submit(analysis, by=kim)
    client.force_login(maya)
    answer = client.post(f"/console/rca/{case.code}/publication/", follow=True)
    assert "Version 1 is published. Notified: Bea Baker." in answer.content.decode()
