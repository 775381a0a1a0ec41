"""What must reach someone is a row before it is a message; it is sent once, and found again after a
crash.
"""

import socket
import threading
from email import message_from_bytes

import pytest
from aiosmtpd.controller import Controller
from django.db import connection

from cases import actions, reminders
from cases.models import Notification
from cases.notifications import outgoing, texts
from contacts.models import User
from core.tenancy import care_scope
from sla import sweeps
from tests import cast
from tests.cast import utc


class Mailbox:
    """A real SMTP server that stores what it receives."""

    def __init__(self):
        self.messages = []

    async def handle_DATA(self, server, session, envelope):
        self.messages.append(message_from_bytes(envelope.content))
        return "250 OK"


@pytest.fixture
def mailbox(settings):
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield box
    server.stop()


def test_the_contact_hears_of_an_answer_with_whose_turn_it_is_and_a_link(ana, kim, mailbox):
    case = actions.request_information(cast.file(ana), by=kim, text="Which **phones**?").case
    outgoing.send()
    text = mailbox.messages[-1]
    body = text.get_payload(0).get_payload(decode=True).decode()
    assert text["To"] == "ana@acme.example"
    subject = " ".join(text["Subject"].split())  # a long header is folded
    assert subject == f"Waiting for you: Kim Kato asked for information on {case.code}"
    assert "It is your turn." in body
    assert "Please reply by" in body
    assert "(Europe/Berlin)" in body
    assert f"/portal/cases/{case.code}/" in body


def test_what_is_sent_says_so_with_the_instant_and_the_servers_id(ana, mailbox, time_machine):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    cast.file(ana)
    assert outgoing.send() == 1
    notice = Notification.objects.get()
    assert (notice.state, notice.sent_at) == ("sent", utc("2026-03-02 09:00"))
    assert notice.provider_id == mailbox.messages[0]["Message-ID"]


def test_sending_again_sends_nothing_again(ana, mailbox):
    cast.file(ana)
    assert (outgoing.send(), outgoing.send(), len(mailbox.messages)) == (1, 0, 1)


def test_an_internal_note_tells_nobody(ana, kim):
    case = cast.file(ana)
    before = Notification.objects.count()
    actions.note(case, by=kim, text="Check the firewall.")
    assert Notification.objects.count() == before


def test_the_analyst_hears_of_the_contacts_answer_and_the_contact_of_care(ana, kim):
    case = cast.waiting(ana, kim)
    actions.answer_as_contact(case, by=ana, text="The desk phones.")
    assert (
        Notification.objects.filter(recipient=kim)
        .get()
        .subject.endswith(f"Ana Albers answered on {case.code}")
    )


def test_a_critical_case_that_nobody_took_reaches_the_managers(ana, maya):
    cast.file(ana, severity=1)
    assert Notification.objects.filter(recipient=maya).exists()


def test_a_rolled_back_verb_leaves_no_notice(ana, kim, monkeypatch):
    case = cast.file(ana)
    before = Notification.objects.count()
    monkeypatch.setattr("cases.actions.base.CaseUpdate.objects.create", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        actions.answer(case, by=kim, text="We look.")
    assert Notification.objects.count() == before
    assert case.events.count() == 1


def test_a_notice_left_behind_by_a_crash_is_found_and_sent_once_by_many_workers(
    transactional_db, mailbox
):
    with care_scope():
        ana = cast.contact(cast.organisation("acme", "Acme"), "Ana", "ana@acme.example")
        for _ in range(5):
            cast.file(ana)
        Notification.objects.update(state="queued", sent_at=None, attempts=0)
    mailbox.messages.clear()

    def relay():
        outgoing.send()
        connection.close()

    workers = [threading.Thread(target=relay) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with care_scope():
        assert set(Notification.objects.values_list("state", flat=True)) == {"sent"}
    assert len(mailbox.messages) == 5


# --- Subjects


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_subject_names_its_case_once(language, ana, cole, kim, maya, time_machine):
    User.objects.update(language=language)
    for one in (ana, cole, kim, maya):
        one.refresh_from_db()
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    case = actions.take(cast.file(ana, severity=2), by=kim).case
    actions.add_follower(case, cole, by=ana)
    actions.answer_as_contact(case, by=ana, text="@Cole Conrad, look.")
    actions.contest_severity(case, by=ana, text="All phones.", severity=3)
    actions.request_information(case, by=kim, text="Which phones?")
    actions.note(case, by=maya, text="@Kim Kato, call them.")
    time_machine.move_to(utc("2026-03-03 15:00"), tick=False)
    sweeps.check_clocks()
    actions.set_reminder(case, by=kim, due_at=utc("2026-03-03 16:00"), note="Ask the carrier")
    time_machine.move_to(utc("2026-03-03 16:01"), tick=False)
    sweeps.check_clocks()
    reminders.send_due()
    subjects = list(Notification.objects.values_list("subject", flat=True))
    assert len(subjects) > 8
    assert [text for text in subjects if text.count(case.code) != 1] == []


def test_a_subject_without_room_for_the_number_begins_with_it():
    code = "CT-0000012"
    assert texts.subject_of(code, f"{code} is closed") == f"{code} is closed"
    assert texts.subject_of(code, "About CT-00000123") == f"[{code}] About CT-00000123"
    long = texts.subject_of(code, f"{'x' * 245} {code}")
    assert (long.startswith(f"[{code}] x"), long.count(code), len(long)) == (True, 1, 250)
