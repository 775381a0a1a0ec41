"""What a notification says is true when it goes out: its words are written when it is sent (§13).

Ana's and Bea's offices are open 09:00-18:00 UTC; 2 March 2026 is a Monday.
"""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from audit import checks
from cases import actions
from cases.choices import CaseState
from cases.models import Notification
from cases.notifications import digests, outgoing, undelivered
from contacts.models import User
from sla import auto_closure, clocks, sweeps
from sla.models import QueueEntry
from tests import cast
from tests.cast import utc


@pytest.fixture
def bea(acme):
    person = cast.contact(acme, "Bea Baker", "bea@acme.example")
    person.zone, person.language = "Asia/Tokyo", "ja"
    person.save()
    return person


@pytest.fixture
def at(time_machine):
    """Moves time to an instant."""
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    return lambda text: time_machine.move_to(utc(text), tick=False)


@pytest.fixture
def mailbox(monkeypatch):
    """Mail that is refused for now, until the returned set is emptied of the address."""
    closed = set()
    hand_over = outgoing._hand_over

    def refuse(notice, connection):
        if notice.address in closed:
            raise smtplib.SMTPServerDisconnected("closed for now")
        return hand_over(notice, connection)

    monkeypatch.setattr(outgoing, "_hand_over", refuse)
    return closed


def sent():
    outgoing.send()
    return mail.outbox[-1]


def test_a_late_closing_notice_names_the_instant_at_which_the_case_really_closes(
    ana, kim, at, mailbox
):
    case = cast.waiting(ana, kim)
    outgoing.send()
    at("2026-03-05 09:00")
    mailbox.add(ana.email)
    sweeps.check_clocks()  # three business days are over: the notice is written, and refused
    outgoing.send()
    at("2026-03-10 10:00")  # its own instant, 6 March 09:00, has long passed
    mailbox.clear()
    message = sent()
    assert (
        "the case will be closed on Wednesday 11 March 2026 11:00 (Europe/Berlin)" in message.body
    )
    assert "06 March" not in message.body
    at("2026-03-11 09:59")
    sweeps.check_clocks()
    case.refresh_from_db()
    assert case.state == CaseState.WAITING_ON_CONTACT
    at("2026-03-11 10:00")
    sweeps.check_clocks()
    case.refresh_from_db()
    assert (case.state, case.closing_reason) == (CaseState.CLOSED, "unanswered")
    assert checks.run().is_clean


def test_pages_and_queue_name_the_same_instant_as_the_late_notice(client, ana, kim, at, mailbox):
    case = cast.waiting(ana, kim)
    at("2026-03-05 09:00")
    mailbox.add(ana.email)
    sweeps.check_clocks()
    outgoing.send()
    at("2026-03-10 10:00")
    mailbox.clear()
    sent()
    closes_at = utc("2026-03-11 10:00")
    assert auto_closure.expected_closing(case, timezone.now()) == closes_at
    assert QueueEntry.objects.get(case=case).closing_at == closes_at
    assert list(clocks.verify([case.pk])) == []
    client.force_login(ana)
    page = client.get(f"/portal/cases/{case.code}/").content.decode()
    assert "2026-03-11T10:00:00" in page
    assert "2026-03-06T09:00:00" not in page.split('id="conversation"')[0]


def test_a_late_proposal_leaves_its_whole_period_too(ana, kim, at, mailbox):
    mailbox.add(ana.email)
    case = cast.proposed(ana, kim)
    outgoing.send()
    at("2026-03-10 10:00")
    mailbox.clear()
    outgoing.send()
    bodies = [message.body for message in mail.outbox if "Unless you report" in message.body]
    assert ["Wednesday 11 March 2026 11:00" in body for body in bodies] == [True]
    at("2026-03-11 09:59")
    sweeps.check_clocks()
    case.refresh_from_db()
    assert case.is_open


def test_a_notice_that_goes_out_at_once_defers_nothing(ana, kim, at):
    case = cast.waiting(ana, kim)
    at("2026-03-05 09:00")
    sweeps.check_clocks()
    outgoing.send()
    assert not case.events.filter(verb="closure_deferred").exists()


def test_a_late_reminder_names_no_past_instant_and_repeats_the_question(ana, kim, at, mailbox):
    case = actions.answer(cast.file(ana), by=kim, text="Hello.").case
    actions.request_information(case, by=kim, text="Which codec\ndo you use?")
    outgoing.send()
    at("2026-03-03 09:00")
    mailbox.add(ana.email)
    sweeps.check_clocks()
    outgoing.send()
    at("2026-03-05 08:59")
    mailbox.clear()
    message = sent()
    assert "Please reply by Thu 05 Mar 2026 10:00 (Europe/Berlin)" in message.body
    assert "Kim Kato wrote on Monday 02 March 2026 10:00 (Europe/Berlin):" in message.body
    assert "> Which codec\n> do you use?" in message.body


def test_a_reminder_that_goes_out_after_its_time_asks_for_an_answer_soon(ana, kim, at, mailbox):
    cast.waiting(ana, kim)
    outgoing.send()
    at("2026-03-03 09:00")
    mailbox.add(ana.email)
    sweeps.check_clocks()
    outgoing.send()
    at("2026-03-06 09:00")
    mailbox.clear()
    message = sent()
    assert "Please answer soon." in message.body
    assert "05 Mar" not in message.body


def test_the_closing_notice_repeats_the_question(ana, kim, at):
    case = actions.answer(cast.file(ana), by=kim, text="Hello.").case
    actions.request_information(case, by=kim, text="Which codec do you use?")
    at("2026-03-05 09:00")
    sweeps.check_clocks()
    notice = Notification.objects.get(case=case, event__verb="closure_announced")
    assert "> Which codec do you use?" in notice.text


def test_whose_turn_it_is_is_written_when_the_message_goes_out(ana, kim, at, mailbox):
    mailbox.add(ana.email)
    case = cast.waiting(ana, kim)
    outgoing.send()
    at("2026-03-02 12:00")
    actions.settle_question(case, by=kim, how="call", text="You told us by phone.")
    mailbox.clear()
    outgoing.send()
    question = next(one for one in mail.outbox if "asked for information" in one.subject)
    assert "It is our turn" in question.body
    assert "Please reply by" not in question.body


def test_who_gets_a_message_instead_reads_it_in_their_language_and_zone(ana, bea, kim, at, acme):
    case = actions.answer(cast.file(ana), by=kim, text="Hello.").case
    case = actions.request_information(case, by=kim, text="Which codec do you use?").case
    User.objects.filter(pk=ana.pk).update(is_active=False)
    outgoing.send()  # passed on
    outgoing.send()
    (message,) = [m for m in mail.outbox if bea.email in m.to and "Which codec" in m.body]
    assert "Bea Baker" in message.body.splitlines()[0]
    assert "回答の期限：2026年3月5日(木)18:00（Asia/Tokyo）" in message.body
    assert "Which codec do you use?" in message.body
    assert "Please answer" not in message.body


def test_a_message_that_came_back_goes_on_in_the_heirs_language(ana, bea, kim, at):
    case = cast.waiting(ana, kim)
    outgoing.send()
    notice = Notification.objects.get(case=case, recipient=ana, kind="turn")
    undelivered.bounced(notice.pk, why="550 no such mailbox")
    at("2026-03-02 09:05")  # late enough to be written again
    outgoing.send()
    (message,) = [m for m in mail.outbox if bea.email in m.to and "Kim Kato" in m.subject]
    assert "Ana Albers" in message.body.splitlines()[0]  # why it goes to Bea
    assert "回答の期限：2026年3月5日(木)18:00（Asia/Tokyo）" in message.body
    assert "Please answer" not in message.body


def test_a_closing_mail_says_why_and_until_when_it_can_be_reopened(ana, kim, at):
    case = cast.waiting(ana, kim)
    for day in ("05", "06"):
        at(f"2026-03-{day} 09:00")
        sweeps.check_clocks()
        outgoing.send()
    notice = Notification.objects.get(case=case, event__verb="closed", recipient=ana)
    assert "Reason: Not answered, after advance notice." in notice.text
    assert "If it comes back, you can reopen the case until Friday 20 March 2026" in notice.text


def test_a_digest_repeats_the_words(ana, kim, at):
    ana.notice_channels = {"answer": "digest"}
    ana.save()
    case = cast.file(ana)
    actions.answer(case, by=kim, text="The codec was wrong.\n\nWe have changed it.")
    at("2026-03-03 09:00")
    digests.send_digests()
    assert "The codec was wrong." in mail.outbox[-1].body
    assert "We have changed it." in mail.outbox[-1].body
    assert "The codec was wrong." in str(mail.outbox[-1].alternatives[0][0])


def test_sending_twice_writes_no_second_deferral(ana, kim, at, mailbox):
    case = cast.waiting(ana, kim)
    at("2026-03-05 09:00")
    mailbox.add(ana.email)
    sweeps.check_clocks()
    outgoing.send()
    at("2026-03-10 10:00")
    mailbox.clear()
    outgoing.send()
    outgoing.send()
    assert case.events.filter(verb="closure_deferred").count() == 1
    assert timezone.now() + timedelta(days=1) == utc("2026-03-11 10:00")
