"""§13: what cannot be delivered goes to the next contact, Care is notified, the closure waits and
says why.
"""

import io
import sys
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from cases.models import Notification
from cases.notifications import outgoing, undelivered
from contacts import actions as people
from contacts.models import AdminEvent
from core.errors import Refused
from sla import auto_closure, sweeps
from tests import cast
from tests.cast import utc

MONDAY = utc("2026-03-02 09:00")


@pytest.fixture
def amy(acme):
    """Another contact of Acme's."""
    return cast.contact(acme, "Amy Abel", "amy@acme.example")


@pytest.fixture
def announced(ana, kim, time_machine):
    """A case whose closure was just announced; the announcement is still to be sent."""
    time_machine.move_to(MONDAY, tick=False)
    case = cast.waiting(ana, kim)
    cast.send_notices(MONDAY)
    time_machine.move_to(utc("2026-03-05 09:00"), tick=False)
    sweeps.check_clocks()
    return case


def of_closure(case, reader):
    event = case.events.get(verb="closure_announced")
    return Notification.objects.get(key=f"{case.code}:event:{event.seq}", recipient=reader)


def fail(notice, why="550 no such mailbox"):
    """The mail server refuses it until nobody tries any more."""
    notice.attempts = len(outgoing.RETRY_AFTER) + 1
    outgoing.note_failure(notice, ConnectionError(why))


def test_what_failed_for_good_goes_to_another_contact_and_care_is_told(announced, ana, amy, kim):
    fail(of_closure(announced, ana))
    heir = of_closure(announced, amy)
    assert (heir.state, heir.address) == ("queued", "amy@acme.example")
    assert heir.text.startswith(
        "You get this message because it could not be delivered to Ana Albers."
    )
    assert "Amy Abel," in heir.text
    notification = Notification.objects.get(recipient=kim, key__contains="undelivered")
    assert "550 no such mailbox" in notification.text
    assert "It goes to Amy Abel instead." in notification.text
    event = announced.events.latest("seq")
    assert (event.verb, event.facing, event.particulars["next"]) == (
        "undelivered",
        "internal",
        "Amy Abel",
    )


def test_the_primary_contact_is_tried_first_and_each_of_them_once(announced, ana, amy, acme, maya):
    zoe = cast.contact(acme, "Zoe Zorn", "zoe@acme.example")
    people.make_primary(zoe.designation, by=maya)
    fail(of_closure(announced, ana))
    assert not Notification.objects.filter(
        recipient=amy, key=of_closure(announced, ana).key
    ).exists()
    fail(of_closure(announced, zoe))
    fail(of_closure(announced, amy))
    assert announced.events.latest("seq").particulars["next"] == ""
    assert Notification.objects.filter(key=of_closure(announced, ana).key).count() == 3


def test_the_closure_waits_says_why_and_runs_its_period_once_the_other_contact_has_it(
    announced, ana, amy, time_machine
):
    time_machine.move_to(utc("2026-03-06 09:00"), tick=False)
    fail(of_closure(announced, ana))
    announced.refresh_from_db()
    assert auto_closure.allowed_at(announced) == (
        None,
        "The advance notice could not be delivered to Ana Albers. Amy Abel is being tried.",
    )
    sweeps.check_clocks()
    cast.send_notices(utc("2026-03-06 09:30"))
    assert auto_closure.allowed_at(announced)[0] == utc("2026-03-09 09:30")
    time_machine.move_to(utc("2026-03-09 09:30"), tick=False)
    sweeps.check_clocks()
    announced.refresh_from_db()
    assert announced.closing_reason == "unanswered"


def test_with_nobody_left_to_write_to_the_closure_waits_and_says_so(
    announced, ana, kim, time_machine
):
    fail(of_closure(announced, ana))
    time_machine.move_to(utc("2026-03-20 09:00"), tick=False)
    sweeps.check_clocks()
    announced.refresh_from_db()
    assert announced.is_open
    held = announced.events.get(verb="closure_held")
    assert held.particulars["why"] == (
        "The advance notice could not be delivered to Ana Albers. Nobody else of the "
        "organisation can be written to."
    )
    assert (
        "nobody else of the organisation"
        in Notification.objects.get(recipient=kim, key__contains="undelivered").text
    )


def test_what_a_watcher_missed_is_nobodys_trouble(announced, ana, amy):
    notice = of_closure(announced, ana)
    Notification.objects.filter(pk=notice.pk).update(kind="watched")
    notice.refresh_from_db()
    fail(notice)
    assert not Notification.objects.filter(recipient=amy).exists()
    assert announced.events.latest("seq").verb == "closure_announced"


def test_an_analyst_who_cannot_be_reached_is_known_to_the_case(ana, kim, lee, time_machine):
    case = cast.waiting(ana, kim)
    notice = Notification.objects.create(
        organisation=ana.organisation,
        case=case,
        recipient=lee,
        key="x",
        address=lee.email,
        subject="News",
        text="x",
        created_at=MONDAY,
        next_attempt_at=MONDAY,
    )
    fail(notice)
    assert case.events.latest("seq").particulars["to_care"] is True
    assert Notification.objects.filter(key__contains="undelivered", recipient=kim).count() == 1


BOUNCE = """From: MAILER-DAEMON@mx.example
To: care@caretrack.invalid
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; ana@acme.example
Action: failed
Status: {status}
Diagnostic-Code: smtp; 550 5.2.2 The mailbox
 is full

--b
Content-Type: text/rfc822-headers

Message-ID: {notice}
--b--
"""


def piped(monkeypatch, text):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    call_command("note_bounce")


def test_a_mail_that_comes_back_counts_as_never_sent(announced, ana, amy, monkeypatch, capsys):
    cast.send_notices(utc("2026-03-05 09:00"))
    notice = of_closure(announced, ana)
    assert auto_closure.allowed_at(announced)[0] is not None
    piped(monkeypatch, BOUNCE.format(status="5.2.2", notice=outgoing.message_id_of(notice.pk)))
    assert "the next contact is tried" in capsys.readouterr().out
    notice.refresh_from_db()
    assert (notice.state, notice.last_error) == ("bounced", "550 5.2.2 The mailbox is full")
    assert auto_closure.allowed_at(announced)[0] is None
    assert of_closure(announced, amy).state == "queued"


def test_a_server_that_says_it_twice_changes_nothing_the_second_time(
    announced, ana, amy, monkeypatch, capsys
):
    notice = of_closure(announced, ana)
    for _ in range(2):
        piped(monkeypatch, BOUNCE.format(status="5.1.1", notice=outgoing.message_id_of(notice.pk)))
    assert "noted already" in capsys.readouterr().out
    assert announced.events.filter(verb="undelivered").count() == 1


def test_a_delay_is_no_failure(announced, ana, monkeypatch, capsys):
    notice = of_closure(announced, ana)
    piped(monkeypatch, BOUNCE.format(status="4.4.7", notice=outgoing.message_id_of(notice.pk)))
    assert "nothing is changed" in capsys.readouterr().out
    notice.refresh_from_db()
    assert notice.state == "queued"


def test_a_message_that_is_about_no_notice_is_refused_in_one_line(db, monkeypatch):
    with pytest.raises(CommandError) as error:
        piped(monkeypatch, "Subject: hello\n\nworld\n")
    assert error.value.returncode == 2


def test_an_administrator_sends_again_what_failed_to_the_address_of_today(announced, ana, ada, kim):
    notice = of_closure(announced, ana)
    fail(notice)
    ana.email = "ana.albers@acme.example"
    ana.save()
    with pytest.raises(Refused, match="Only Care's administrators"):
        undelivered.send_again(notice, by=kim, reason="She moved.")
    again = undelivered.send_again(notice, by=ada, reason="She moved.")
    assert (again.state, again.address, again.attempts) == ("queued", "ana.albers@acme.example", 0)
    assert AdminEvent.objects.get(kind="notice").after["why"] == "She moved."
    with pytest.raises(Refused, match="Only a notice that failed"):
        undelivered.send_again(again, by=ada, reason="Again.")


def test_a_failure_before_the_last_try_is_only_put_off(announced, ana):
    notice = of_closure(announced, ana)
    notice.attempts = 1
    outgoing.note_failure(notice, ConnectionError("busy"))
    assert notice.state == "queued"
    assert notice.next_attempt_at > utc("2026-03-05 09:00") - timedelta(seconds=1)


def test_of_a_message_about_an_undelivered_message_nobody_is_told_onward(announced, ana, kim, maya):
    fail(of_closure(announced, ana))
    notification = Notification.objects.get(recipient=kim, key__contains="undelivered")
    fail(notification)
    assert Notification.objects.filter(key__contains="undelivered").count() == 1


def test_a_bounce_that_was_invented_is_refused(announced, ana, monkeypatch):
    notice = of_closure(announced, ana)
    with pytest.raises(CommandError):
        piped(
            monkeypatch,
            BOUNCE.format(status="5.1.1", notice=f"<notice-{notice.pk}-{'0' * 24}@caretrack>"),
        )
    notice.refresh_from_db()
    assert notice.state == "queued"
