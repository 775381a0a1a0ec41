"""A mail server that says never is believed; one that says later, or not to you, is asked again."""

import smtplib
import socket
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller

from cases import actions
from cases.models import Notification
from cases.notifications import digests, outgoing
from contacts import actions as people
from contacts import emails
from contacts.models import QueuedEmail
from core import mail_failures
from routing import alert_messages
from routing.models import AlertMessage
from tests import cast
from tests.cast import utc
from tests.routing.test_on_call_alerts import NIGHT, at, critical, rota  # noqa: F401 (fixtures)

MONDAY = utc("2026-03-02 09:00")
NO_MAILBOX = "550 5.1.1 <x>: Recipient address rejected: User unknown"


def rcpt(reply):
    code, text = reply.split(" ", 1)
    return smtplib.SMTPRecipientsRefused({"x@acme.example": (int(code), text.encode())})


def data(reply):
    code, text = reply.split(" ", 1)
    return smtplib.SMTPDataError(int(code), text.encode())


def sender(reply):
    code, text = reply.split(" ", 1)
    return smtplib.SMTPSenderRefused(int(code), text.encode(), "care@caretrack.invalid")


@pytest.mark.parametrize(
    "error",
    [
        rcpt(NO_MAILBOX),
        rcpt("550 5.1.2 Bad destination system"),
        rcpt("553 5.1.3 Bad address syntax"),
        rcpt("556 5.1.10 Domain does not accept mail"),
        rcpt("550 5.2.1 Mailbox disabled"),
        rcpt("552 5.2.2 Mailbox full"),
        rcpt("550 5.4.4 Unrouteable address"),
        rcpt("550 No such user here"),
        rcpt("551 User not local"),
        rcpt("553 Mailbox name not allowed"),
        data("552 5.3.4 Message too big"),
        data("554 5.6.0 Content not accepted"),
        data("550 5.1.1 User unknown"),
        data("554 Transaction failed"),
        sender("552 5.3.4 Message size exceeds fixed limit"),
    ],
)
def test_a_refusal_of_this_recipient_or_message_is_final(error):
    assert mail_failures.is_final(error)


@pytest.mark.parametrize(
    "error",
    [
        rcpt("450 4.2.0 Greylisted"),
        rcpt("452 4.2.2 Mailbox full"),
        rcpt("421 Too many connections"),
        rcpt("550 5.7.1 Relaying denied"),
        rcpt("554 5.7.1 Client host blocked using a list"),
        rcpt("550 relay not permitted"),
        rcpt("530 5.7.0 Authentication required"),
        rcpt("530 Authentication required"),
        rcpt("503 5.5.1 Bad sequence of commands"),
        rcpt("550 5.1.8 Sender's domain does not exist"),
        rcpt("550 Blocked because of reputation"),
        data("451 4.3.0 Try again"),
        data("554 5.7.1 Rejected as spam"),
        data("550 5.7.26 Unauthenticated mail: DMARC"),
        sender("530 5.7.0 Must issue a STARTTLS command first"),
        sender("550 5.1.8 Sender's domain does not exist"),
        sender("553 5.1.7 Bad sender"),
        smtplib.SMTPAuthenticationError(535, b"5.7.8 Bad credentials"),
        smtplib.SMTPConnectError(554, b"5.3.2 No mail today"),
        smtplib.SMTPHeloError(550, b"5.1.1 No"),
        smtplib.SMTPServerDisconnected("gone"),
        smtplib.SMTPRecipientsRefused({}),
        ConnectionRefusedError(),
        TimeoutError(),
        ValueError("a bug of ours"),
    ],
)
def test_what_may_pass_or_the_operator_can_repair_is_tried_again(error):
    assert not mail_failures.is_final(error)


class Server:
    """A real SMTP server that answers RCPT and DATA for each address as `replies` says."""

    def __init__(self):
        self.replies, self.data_replies, self.taken = {}, {}, []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.replies:
            return self.replies[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        (address,) = envelope.rcpt_tos
        if address in self.data_replies:
            return self.data_replies[address]
        self.taken.append(address)
        return "250 OK"


@pytest.fixture
def smtp(settings):
    server = Server()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield server
    controller.stop()


@pytest.fixture
def waiting_case(ana, kim, acme, time_machine):
    """A case on which Kim asked Ana; the notice is to be sent, and Amy could take it over."""
    time_machine.move_to(MONDAY, tick=False)
    cast.contact(acme, "Amy Abel", "amy@acme.example")
    return cast.waiting(ana, kim)


@pytest.mark.parametrize("place", ["replies", "data_replies"])
def test_a_notice_that_is_refused_for_ever_goes_to_the_next_contact_at_once(
    waiting_case, kim, smtp, place
):
    getattr(smtp, place)["ana@acme.example"] = NO_MAILBOX
    outgoing.send()
    outgoing.send()
    question = waiting_case.events.get(verb="information_requested")
    sent = Notification.objects.filter(key=f"{waiting_case.code}:event:{question.seq}")
    assert {(notice.recipient.name, notice.state, notice.attempts) for notice in sent} == {
        ("Ana Albers", "failed", 1),
        ("Amy Abel", "sent", 1),
    }
    assert "amy@acme.example" in smtp.taken
    warnings = Notification.objects.filter(
        recipient=kim, subject__contains="A message did not reach Ana Albers"
    )
    assert all("User unknown" in warning.text for warning in warnings)
    assert warnings.count() == waiting_case.events.filter(verb="undelivered").count() == 2


@pytest.mark.parametrize("reply", ["450 4.2.0 Greylisted", "550 5.7.1 Relaying denied"])
def test_a_notice_that_may_be_taken_later_waits_with_its_contact(waiting_case, smtp, reply):
    smtp.replies["ana@acme.example"] = reply
    outgoing.send()
    waiting = Notification.objects.filter(case=waiting_case, recipient__name="Ana Albers").last()
    assert (waiting.state, waiting.next_attempt_at) == ("queued", MONDAY + outgoing.RETRY_AFTER[0])
    assert not Notification.objects.filter(recipient__name="Amy Abel").exists()


def test_a_letter_that_is_refused_for_ever_has_failed_at_once(acme, maya, smtp):
    people.invite(acme, by=maya, email="ivy@acme.example", name="Ivy Ito")
    smtp.replies["ivy@acme.example"] = NO_MAILBOX
    emails.send()
    email = QueuedEmail.objects.get(address="ivy@acme.example")
    assert (email.state, email.attempts) == ("failed", 1)
    assert "User unknown" in email.last_error


def test_a_letter_that_may_be_taken_later_waits(acme, maya, smtp):
    people.invite(acme, by=maya, email="ivy@acme.example", name="Ivy Ito")
    smtp.replies["ivy@acme.example"] = "450 4.2.0 Greylisted"
    emails.send()
    assert QueuedEmail.objects.get(address="ivy@acme.example").state == "queued"


def test_an_on_call_alert_that_is_refused_for_ever_has_failed_at_once(ana, kim, rota, smtp, at):  # noqa: F811
    at(NIGHT)
    smtp.replies["kim@care.example"] = NO_MAILBOX
    critical(ana)
    alert_messages.send()
    message = AlertMessage.objects.get(recipient=kim)
    assert (message.state, message.attempts) == ("failed", 1)


def test_a_digest_that_is_refused_for_ever_has_failed_at_once(ana, kim, smtp, time_machine):
    time_machine.move_to(MONDAY, tick=False)
    case = cast.file(ana)
    Notification.objects.filter(case=case).delete()
    actions.answer(case, by=kim, text="We look into it.")
    Notification.objects.update(channel="digest", next_attempt_at=MONDAY)
    smtp.replies["ana@acme.example"] = NO_MAILBOX
    digests.send_digests()
    notice = Notification.objects.get(recipient=ana)
    assert (notice.state, notice.attempts) == ("failed", 1)
    time_machine.move_to(MONDAY + timedelta(hours=1), tick=False)
    smtp.replies.clear()
    assert digests.send_digests() == 0
