"""How people are notified: by which channel, when, and what cannot be turned off (§13)."""

import threading
from datetime import time

import pytest
from django.core import mail
from django.db import connection

from cases import actions
from cases.models import Notification
from cases.notifications import digests, in_app, outgoing
from contacts.notification_preferences import (
    DIGEST,
    EMAIL,
    PORTAL,
    NotificationKind,
    NotificationPreferences,
)
from core.tenancy import care_scope
from sla import auto_closure, sweeps
from tests import cast
from tests.cast import utc

MONDAY = utc("2026-03-02 09:00")


def wishes(zone="Europe/Berlin", channels=None, start=None, end=None, hour=8):
    return NotificationPreferences(zone, channels or {}, start, end, hour)


# --- Channels


@pytest.mark.parametrize("channel", [EMAIL, DIGEST, PORTAL])
@pytest.mark.parametrize(
    "kind", [kind for kind in NotificationKind if kind != NotificationKind.CLOSURE]
)
def test_each_kind_of_news_comes_by_the_channel_that_was_chosen(kind, channel):
    assert (
        wishes(channels={kind: channel}).delivery(kind, is_critical=False, now=MONDAY)[0] == channel
    )


@pytest.mark.parametrize("channel", [DIGEST, PORTAL])
def test_what_a_closure_depends_on_always_goes_by_e_mail_at_once(channel):
    preferences = wishes(
        channels={NotificationKind.CLOSURE: channel}, start=time(0), end=time(23, 59)
    )
    assert preferences.delivery(NotificationKind.CLOSURE, is_critical=False, now=MONDAY) == (
        EMAIL,
        MONDAY,
    )


def test_the_chosen_channel_is_on_the_row_and_portal_only_is_there_at_once(ana, kim):
    ana.notice_channels = {NotificationKind.ANSWER: PORTAL, NotificationKind.CASE: DIGEST}
    ana.save()
    case = actions.answer(cast.file(ana), by=kim, text="We look.").case
    notified = dict(
        Notification.objects.filter(case=case, recipient=ana).values_list("kind", "channel")
    )
    assert notified == {"case": "digest", "answer": "portal"}
    assert Notification.objects.get(kind="answer").state == "sent"
    assert outgoing.send() == 0
    assert in_app.unread(ana) == "2"


def test_the_sweeps_reminders_follow_the_same_wishes(ana, kim, time_machine):
    ana.notice_channels = {NotificationKind.TURN: PORTAL}
    ana.save()
    time_machine.move_to(MONDAY, tick=False)
    case = cast.waiting(ana, kim)
    time_machine.move_to(utc("2026-03-03 10:00"), tick=False)
    sweeps.check_clocks()
    reminder = Notification.objects.get(case=case, key__contains="remind")
    assert (reminder.channel, reminder.state, reminder.kind) == ("portal", "sent", "turn")


# --- Closures


def test_a_proposal_closes_only_after_its_e_mail_and_no_wish_can_hold_that_back(
    ana, kim, time_machine
):
    time_machine.move_to(utc("2026-03-02 22:00"), tick=False)
    ana.notice_channels = dict.fromkeys(NotificationKind, PORTAL)
    ana.quiet_from, ana.quiet_until = time(20), time(7)
    ana.save()
    case = cast.proposed(ana, kim)
    notice = Notification.objects.get(case=case, kind="closure")
    assert (notice.channel, notice.state, notice.next_attempt_at) == (
        "email",
        "queued",
        utc("2026-03-02 22:00"),
    )
    assert auto_closure.allowed_at(case) == (None, auto_closure.WHILE_UNSENT)
    assert outgoing.send() == 1
    assert auto_closure.allowed_at(case)[0] is not None


def test_a_watcher_who_was_told_does_not_make_a_closure_announced(ana, kim, cole):
    case = cast.file(ana)
    actions.watch(case, by=cole)
    case = actions.answer(case, by=kim, text="We look.").case
    case = actions.propose_resolution(case, by=kim, text="The codec was changed.").case
    Notification.objects.filter(recipient=cole).update(state="sent", sent_at=MONDAY)
    assert auto_closure.allowed_at(case) == (None, auto_closure.WHILE_UNSENT)


def test_the_advance_notice_goes_through_quiet_hours(ana, kim, time_machine):
    time_machine.move_to(MONDAY, tick=False)
    ana.quiet_from, ana.quiet_until = time(0), time(23, 59)
    ana.save()
    case = cast.waiting(ana, kim)
    time_machine.move_to(utc("2026-03-05 09:00"), tick=False)
    sweeps.check_clocks()
    announced = Notification.objects.get(case=case, kind="closure")
    assert (announced.channel, announced.next_attempt_at) == ("email", utc("2026-03-05 09:00"))


# --- Quiet hours


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-03-02 20:59", "2026-03-02 20:59"),  # 21:59 in Berlin: not yet quiet
        ("2026-03-02 21:00", "2026-03-03 06:00"),  # 22:00: until 07:00 of the next day
        ("2026-03-02 23:30", "2026-03-03 06:00"),  # after midnight of the reader
        ("2026-03-03 05:59", "2026-03-03 06:00"),
        ("2026-03-03 06:00", "2026-03-03 06:00"),  # 07:00: over
    ],
)
def test_quiet_hours_hold_over_midnight_on_the_readers_clock(now, ends):
    quiet = wishes(start=time(22), end=time(7))
    assert quiet.delivery(NotificationKind.ANSWER, is_critical=False, now=utc(now)) == (
        EMAIL,
        utc(ends),
    )


@pytest.mark.parametrize(
    ("start", "end", "now", "ends"),
    [
        (time(22), time(7), "2026-03-28 22:00", "2026-03-29 05:00"),  # the night that loses an hour
        (time(22), time(7), "2026-10-24 21:00", "2026-10-25 06:00"),  # the night that has one more
        (
            time(1),
            time(2, 30),
            "2026-03-29 00:30",
            "2026-03-29 01:30",
        ),  # 02:30 is leapt over: with the leap
        (time(1), time(2, 30), "2026-10-25 00:15", "2026-10-25 00:30"),  # 02:30 the first time
        (time(1), time(2, 30), "2026-10-25 01:15", "2026-10-25 01:30"),  # 02:15 the second time
    ],
)
def test_quiet_hours_end_when_the_clock_shows_it_also_where_it_is_put_forward_or_back(
    start, end, now, ends
):
    assert wishes(start=start, end=end).quiet_ends(utc(now)) == utc(ends)


def test_quiet_hours_by_day_and_none(db):
    assert wishes(start=time(12), end=time(13)).quiet_ends(utc("2026-03-02 11:30")) == utc(
        "2026-03-02 12:00"
    )
    assert wishes().quiet_ends(MONDAY) == MONDAY


def test_an_answer_waits_for_the_end_of_quiet_hours_and_a_critical_one_does_not(
    ana, kim, time_machine
):
    ana.quiet_from, ana.quiet_until = time(20), time(7)
    ana.save()
    time_machine.move_to(utc("2026-03-02 21:00"), tick=False)
    actions.answer(cast.file(ana), by=kim, text="We look.")
    assert outgoing.send() == 0
    cast.file(ana, severity=1)
    assert outgoing.send() == 1
    time_machine.move_to(utc("2026-03-03 06:00"), tick=False)
    assert outgoing.send() == 2


# --- The digest


@pytest.mark.parametrize("kind", ["answer", "case", "turn"])
def test_what_concerns_a_critical_case_does_not_wait_for_the_digest(ana, kind):
    ana.notice_channels = {kind: "digest"}
    preferences = NotificationPreferences.for_person(ana)
    assert preferences.delivery(kind, is_critical=True, now=MONDAY) == ("email", MONDAY)
    assert preferences.delivery(kind, is_critical=False, now=MONDAY)[0] == "digest"


@pytest.mark.parametrize(
    ("now", "hour", "comes"),
    [
        ("2026-03-02 05:00", 8, "2026-03-02 07:00"),
        ("2026-03-02 07:00", 8, "2026-03-03 07:00"),
        ("2026-03-28 20:00", 8, "2026-03-29 06:00"),  # summer time begins in between
        ("2026-10-24 20:00", 8, "2026-10-25 07:00"),
    ],
)
def test_the_digest_comes_when_the_readers_clock_shows_its_hour(now, hour, comes):
    assert wishes(hour=hour).next_digest(utc(now)) == utc(comes)


@pytest.fixture
def gathered(ana, kim, time_machine):
    """Two cases about which Ana wants to hear once a day, at eight in Berlin."""
    ana.notice_channels = dict.fromkeys(
        (NotificationKind.ANSWER, NotificationKind.CASE, NotificationKind.TURN), DIGEST
    )
    ana.save()
    time_machine.move_to(MONDAY, tick=False)
    first = actions.answer(cast.file(ana, title="No <sound>"), by=kim, text="We look.").case
    second = cast.waiting(ana, kim)
    return first, second


def test_a_digest_says_what_happened_and_whose_turn_it_is_by_case(gathered, ana, time_machine):
    first, second = gathered
    assert (digests.send_digests(), outgoing.send(), mail.outbox) == (0, 0, [])
    time_machine.move_to(utc("2026-03-03 07:00"), tick=False)
    assert digests.send_digests() == 1
    message = mail.outbox[0]
    assert message.subject == "CareTrack: news of 2 cases"
    assert message.to == ["ana@acme.example"]
    assert (
        message.body.index(first.code)
        < message.body.index("Kim Kato answered on")
        < message.body.index(second.code)
    )
    assert "It is our turn" in message.body
    assert "It is your turn." in message.body
    html = message.alternatives[0][0]
    assert "No &lt;sound&gt;" in html
    assert f"/portal/cases/{second.code}/" in html


def test_a_beat_that_runs_twice_sends_one_digest(gathered, time_machine):
    time_machine.move_to(utc("2026-03-03 07:00"), tick=False)
    assert (digests.send_digests(), digests.send_digests(), len(mail.outbox)) == (1, 0, 1)
    assert set(Notification.objects.filter(channel="digest").values_list("state", flat=True)) == {
        "sent"
    }


def test_while_one_worker_sends_a_digest_another_passes_on(transactional_db, time_machine):
    with care_scope():
        ana = cast.contact(cast.organisation("acme", "Acme"), "Ana", "ana@acme.example")
        ana.notice_channels = {NotificationKind.CASE: DIGEST}
        ana.save()
        cast.file(ana)
        Notification.objects.update(next_attempt_at=MONDAY)
    sent = []

    def second():
        sent.append(digests.send_digests())
        connection.close()

    with care_scope():
        assert digests._is_ours(ana.pk)
        other = threading.Thread(target=second)
        other.start()
        other.join()
    assert (sent, digests.send_digests(), len(mail.outbox)) == ([0], 1, 1)


def test_a_digest_that_the_server_refuses_comes_with_the_next_try(
    gathered, time_machine, monkeypatch
):
    def refuse(*args, **kwargs):
        raise ConnectionError("mail server away")

    time_machine.move_to(utc("2026-03-03 07:00"), tick=False)
    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
        assert digests.send_digests() == 0
    assert set(Notification.objects.filter(channel="digest").values_list("attempts", "state")) == {
        (1, "queued")
    }
    time_machine.move_to(utc("2026-03-03 07:01"), tick=False)
    assert (digests.send_digests(), len(mail.outbox)) == (1, 1)


def test_who_has_left_gets_no_digest(gathered, ana, time_machine):
    ana.is_active = False
    ana.save()
    time_machine.move_to(utc("2026-03-03 07:00"), tick=False)
    assert (digests.send_digests(), mail.outbox) == (0, [])


# --- The mail itself


def test_a_mail_has_an_html_part_that_escapes_what_people_wrote_and_fetches_nothing(ana, kim):
    case = cast.file(ana, title="<img src=x>")
    actions.answer(case, by=kim, text="<script>alert(1)</script> & so on")
    outgoing.send()
    html, kind = mail.outbox[-1].alternatives[0]
    assert kind == "text/html"
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; so on" in html
    assert "<script" not in html
    assert "<img" not in html
    assert "prefers-color-scheme: dark" in html
    assert f'href="http://127.0.0.1:8000/portal/cases/{case.code}/"' in html.replace(
        "testserver", "127.0.0.1:8000"
    )
    assert "It is our turn" in html


def test_a_japanese_reader_reads_japanese_in_subject_text_html_and_promises(ana, kim, time_machine):
    time_machine.move_to(MONDAY, tick=False)
    ana.language, ana.zone = "ja", "Asia/Tokyo"
    ana.save()
    case = actions.request_information(
        cast.file(ana, title="音声が途切れる"), by=kim, text="Which phones?"
    ).case
    outgoing.send()
    message = mail.outbox[-1]
    subject = f"ご対応ください：Kim Katoさんから{case.code}について確認のお願いがあります"
    assert message.subject == subject
    assert "Ana Albers 様" in message.body
    assert "回答の期限：2026年3月5日(木)18:00（Asia/Tokyo）" in message.body
    assert "お客様のご対応待ちです" in message.body
    assert 'lang="ja"' in message.alternatives[0][0]
    assert "ケースを開く" in message.alternatives[0][0]


def test_a_japanese_contact_is_reminded_and_given_notice_in_japanese(ana, kim, time_machine):
    ana.language = "ja"
    ana.save()
    time_machine.move_to(MONDAY, tick=False)
    case = cast.waiting(ana, kim)
    for day in (3, 4, 5):
        time_machine.move_to(utc(f"2026-03-0{day} 10:00"), tick=False)
        sweeps.check_clocks()
    reminder = Notification.objects.filter(case=case, key__contains="remind").first()
    assert "2026年3月5日(木)10:00（Europe/Berlin）までにご返信ください" in reminder.text
    announced = Notification.objects.get(case=case, kind="closure")
    assert "ケースを終了する日時：2026年3月6日(金)11:00（Europe/Berlin）" in announced.text
    assert "Kim Kato" in announced.text
    assert "お客様のご対応待ちです" in announced.text
