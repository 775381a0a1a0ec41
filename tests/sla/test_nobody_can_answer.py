"""Nobody is closed for a silence that they could not break (§13)."""

import pytest

from cases import actions
from cases.choices import CaseState
from cases.models import Notification
from contacts import actions as people
from sla import auto_closure, clocks, sweeps
from sla.models import Clock, QueueEntry
from tests import cast
from tests.cast import utc


@pytest.fixture
def at(time_machine):
    return lambda text: time_machine.move_to(utc(text), tick=False)


@pytest.fixture
def waiting(ana, kim, at):
    """Acme's only contact was asked on Monday at nine UTC, and has until Thursday at nine."""
    at("2026-03-02 09:00")
    case = cast.file(ana, severity=3)
    return actions.request_information(case, by=kim, text="Which phones?").case


def wait_of(case) -> Clock:
    return Clock.objects.filter(case=case, kind="customer_response").latest("ordinal")


def test_the_wait_stands_still_while_the_only_contact_is_suspended(waiting, ana, maya, at):
    at("2026-03-03 09:00")
    people.suspend(ana.designation, by=maya, reason="The training was not renewed.")
    wait = wait_of(waiting)
    assert (wait.outcome, wait.due_at) == ("paused", None)
    at("2026-03-20 09:00")
    sweeps.check_clocks()
    waiting.refresh_from_db()
    assert waiting.state == CaseState.WAITING_ON_CONTACT
    assert "closure_announced" not in cast.verbs(waiting)


def test_it_goes_on_where_it_stood_when_a_contact_may_answer_again(waiting, ana, maya, at):
    at("2026-03-03 09:00")
    people.suspend(ana.designation, by=maya, reason="The training was not renewed.")
    at("2026-03-10 09:00")
    ana.designation.refresh_from_db()
    people.reinstate(ana.designation, by=maya, reason="It is renewed.")
    assert wait_of(waiting).due_at == utc("2026-03-12 09:00")


def test_who_is_reinstated_on_the_last_day_has_time_of_their_own(waiting, ana, maya, at):
    at("2026-03-05 08:00")
    people.suspend(ana.designation, by=maya, reason="The training was not renewed.")
    at("2026-03-10 08:00")
    ana.designation.refresh_from_db()
    people.reinstate(ana.designation, by=maya, reason="It is renewed.")
    assert wait_of(waiting).due_at == utc("2026-03-11 08:00")


def test_another_contact_who_may_answer_lets_the_wait_run(waiting, acme, ana, maya, at):
    cast.contact(acme, "Ivo Ilic", "ivo@acme.example")
    at("2026-03-03 09:00")
    people.suspend(ana.designation, by=maya, reason="The training was not renewed.")
    assert wait_of(waiting).due_at == utc("2026-03-05 09:00")


def test_a_question_to_an_organisation_without_contacts_does_not_begin_to_wait(ana, kim, maya, at):
    at("2026-03-02 09:00")
    case = cast.file(ana)
    people.suspend(ana.designation, by=maya, reason="The training was not renewed.")
    case = actions.request_information(case, by=kim, text="Which phones?").case
    assert wait_of(case).outcome == "paused"


def test_a_notice_that_was_given_is_void_while_nobody_can_answer(waiting, ana, maya, at):
    at("2026-03-05 09:00:01")
    sweeps.check_clocks()
    cast.send_notices(utc("2026-03-05 09:01"))
    at("2026-03-05 10:00")
    people.suspend(ana.designation, by=maya, reason="The training was not renewed.")
    at("2026-03-09 09:00")
    sweeps.check_clocks()
    waiting.refresh_from_db()
    assert waiting.state == CaseState.WAITING_ON_CONTACT
    assert auto_closure.allowed_at(waiting) == (None, auto_closure.NOBODY_CAN_ANSWER)


def test_a_proposal_keeps_the_days_that_were_left_when_a_contact_may_reply_again(
    ana, kim, maya, at, client
):
    at("2026-03-02 09:00")
    case = cast.proposed(ana, kim)
    cast.send_notices(utc("2026-03-02 09:01"))
    at("2026-03-03 09:00")
    people.suspend(ana.designation, by=maya, reason="The training was not renewed.")
    closure = Clock.objects.get(case=case, kind="closure")
    assert (closure.outcome, closure.due_at, closure.pauses[-1][2]) == (
        "paused",
        None,
        "wait_suspended",
    )
    assert QueueEntry.objects.get(case=case).is_contacts_turn, "and not Care's"
    client.force_login(ana)
    assert "paused: no contact can reply now" in client.get("/portal/cases/").content.decode()
    actions.put_on_hold(case, by=kim, until=utc("2026-03-05 07:00"), text="Their office moves.")
    at("2026-03-09 09:00")
    sweeps.check_clocks()
    assert "hold_ended" in cast.verbs(case), "and nobody may reply yet"
    assert Clock.objects.get(case=case, kind="closure").outcome == "paused"
    case.refresh_from_db()
    assert case.state == CaseState.RESOLUTION_PROPOSED
    ana.designation.refresh_from_db()
    people.reinstate(ana.designation, by=maya, reason="It is renewed.")
    cast.send_notices(utc("2026-03-09 09:00"))
    assert auto_closure.allowed_at(case)[0] == utc("2026-03-12 16:00")
    assert list(clocks.verify([case.pk])) == []


def test_care_and_the_organisation_are_told(waiting, ana, kim, maya, at):
    at("2026-03-03 09:00")
    people.suspend(ana.designation, by=maya, reason="The training was not renewed.")
    notice = Notification.objects.filter(case=waiting, key__contains=":event:").latest("pk")
    readers = Notification.objects.filter(case=waiting, key=notice.key).values_list(
        "recipient__name", flat=True
    )
    assert set(readers) == {"Ana Albers", "Kim Kato"}


def test_each_wait_is_suspended_for_itself(waiting, ana, kim, maya, at):
    """A question that Care settles meanwhile ends its suspension; the next wait has its own."""
    at("2026-03-03 09:00")
    people.suspend(ana.designation, by=maya, reason="The training was not renewed.")
    at("2026-03-04 09:00")
    case = actions.settle_question(waiting, by=kim, how="call", text="All of them.").case
    at("2026-03-05 09:00")
    case = actions.request_information(case, by=kim, text="Which firmware?").case
    assert wait_of(case).outcome == "paused"
    case = actions.propose_resolution(case, by=kim, text="Fixed.").case
    assert cast.verbs(case).count("wait_suspended") == 3
    assert auto_closure.allowed_at(case) == (None, auto_closure.NOBODY_CAN_ANSWER)
    ana.designation.refresh_from_db()
    people.reinstate(ana.designation, by=maya, reason="It is renewed.")
    assert cast.verbs(case).count("wait_resumed") == 1


def test_a_wait_that_ended_meanwhile_is_not_resumed(waiting, ana, kim, maya, at):
    at("2026-03-03 09:00")
    people.suspend(ana.designation, by=maya, reason="The training was not renewed.")
    case = actions.settle_question(waiting, by=kim, how="call", text="All of them.").case
    ana.designation.refresh_from_db()
    people.reinstate(ana.designation, by=maya, reason="It is renewed.")
    case = actions.request_information(case, by=kim, text="Which firmware?").case
    assert "wait_resumed" not in cast.verbs(case)
    assert wait_of(case).outcome == "running"


def test_a_suspended_contact_reads_why_nobody_waits_for_them(waiting, client, ana, kim, maya, at):
    at("2026-03-03 09:00")
    people.suspend(ana.designation, by=maya, reason="The training was not renewed.")
    client.force_login(ana)
    for address in ("/portal/", f"/portal/cases/{waiting.code}/"):
        page = client.get(address).content.decode()
        assert "You are suspended." in page
        assert 'href="/portal/joining/"' in page
        assert "You have read-only access" not in page
    assert "No contact of your organisation can reply now." in page
    home = client.get("/portal/").content.decode()
    assert ("Paused: nobody may reply" in home, "Waiting for you" in home) == (True, False)
    client.force_login(kim)
    page = client.get(f"/console/cases/{waiting.code}/").content.decode()
    assert "No contact of the organisation can reply now." in page
    queue = client.get("/console/").content.decode()
    assert "paused: nobody of the customer may reply" in queue
    assert ("their turn" in queue, "> Paused<" in queue or ">Paused<" in queue) == (False, True)
    assert "Paused" in client.get(f"/console/cases/{waiting.code}/preview/").content.decode()
    ana.designation.refresh_from_db()
    people.reinstate(ana.designation, by=maya, reason="It is renewed.")
    assert "their turn" in client.get("/console/").content.decode()
    client.force_login(ana)
    assert "Waiting for you" in client.get("/portal/").content.decode()
    for notice in Notification.objects.filter(case=waiting, event__verb="wait_suspended"):
        assert "turn" not in notice.text
        assert "is paused" in notice.text
