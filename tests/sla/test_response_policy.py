"""§13: what nobody answers or opposes is closed, but only when due and after a notice that was
really sent.
"""

from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from caretrack.web.shared import clock_view
from cases import actions
from cases.choices import CaseState
from cases.files import staging
from cases.models import Notification
from cases.notifications import outgoing
from contacts.models import User
from core.errors import Refused
from sla import clocks, sweeps
from sla.models import ClockFact
from tests import cast
from tests.cast import utc

MONDAY = utc("2026-03-02 09:00")  # 10:00 in Berlin


@pytest.fixture
def waiting(ana, kim, time_machine):
    time_machine.move_to(MONDAY, tick=False)
    return cast.waiting(ana, kim)


def sweep_at(time_machine, at):
    """CareTrack does what is due and the mail server takes every notice."""
    time_machine.move_to(at, tick=False)
    sweeps.check_clocks()
    cast.send_notices(at)


def test_a_reminder_names_the_file_that_its_reader_did_not_send(waiting, ana, time_machine):
    staging.stage(by=ana, upload=SimpleUploadedFile("trace.log", b"a line"), case=waiting)
    time_machine.move_to(utc("2026-03-03 09:00:01"), tick=False)
    sweeps.check_clocks()
    notice = Notification.objects.get(case=waiting, recipient=ana, key__contains="remind")
    assert "You have added this file and not sent it yet: trace.log" in notice.text


def test_reminders_go_out_ahead_after_the_first_and_second_business_day(waiting, ana, time_machine):
    sweep_at(time_machine, utc("2026-03-03 08:59:59"))
    assert not ClockFact.objects.filter(case=waiting, kind="reminded").exists()
    sweep_at(time_machine, utc("2026-03-03 09:00"))
    sweep_at(time_machine, utc("2026-03-04 09:00"))
    assert [fact.step for fact in ClockFact.objects.filter(case=waiting, kind="reminded")] == [
        "remind:1",
        "remind:2",
    ]
    reminders = Notification.objects.filter(case=waiting, recipient=ana, key__contains="remind")
    assert [
        "Please reply by Thu 05 Mar 2026 10:00 (Europe/Berlin)." in notice.text
        for notice in reminders
    ] == [
        True,
        True,
    ]


def test_the_advance_notice_names_the_instant_and_closure_follows_it(
    waiting, ana, system, time_machine
):
    sweep_at(time_machine, utc("2026-03-05 09:00"))
    announced = waiting.events.get(verb="closure_announced")
    assert announced.particulars["closes_at"] == "2026-03-06T09:00:00+00:00"
    notice = Notification.objects.get(event=announced, recipient=ana)
    assert (
        "Without a reply, the case will be closed on Friday 06 March 2026 10:00 (Europe/Berlin)."
        in notice.text
    )
    sweep_at(time_machine, utc("2026-03-06 08:59:59"))
    waiting.refresh_from_db()
    assert waiting.state == CaseState.WAITING_ON_CONTACT
    sweep_at(time_machine, utc("2026-03-06 09:00"))
    waiting.refresh_from_db()
    assert (waiting.state, waiting.closing_reason) == (CaseState.CLOSED, "unanswered")
    assert waiting.events.latest("seq").by == system


def test_a_closure_whose_notice_was_not_sent_waits(waiting, time_machine):
    time_machine.move_to(utc("2026-03-05 09:00"), tick=False)
    sweeps.check_clocks()  # announced, but the mail server is down
    time_machine.move_to(utc("2026-03-09 09:00"), tick=False)
    sweeps.check_clocks()
    waiting.refresh_from_db()
    assert waiting.is_open
    with pytest.raises(Refused, match="not sent"):
        actions.close(waiting, by=User.objects.system(), reason="unanswered")


def test_a_notice_that_went_out_late_runs_its_whole_period(waiting, time_machine):
    time_machine.move_to(utc("2026-03-05 09:00"), tick=False)
    sweeps.check_clocks()
    cast.send_notices(utc("2026-03-09 10:00"))  # the mail server was down until Monday
    sweep_at(time_machine, utc("2026-03-10 09:59:59"))
    waiting.refresh_from_db()
    assert waiting.is_open
    sweep_at(time_machine, utc("2026-03-10 11:00"))
    waiting.refresh_from_db()
    assert waiting.closing_reason == "unanswered"


def test_any_answer_stops_the_clock_even_at_the_very_instant(waiting, ana, time_machine):
    sweep_at(time_machine, utc("2026-03-05 09:00"))
    time_machine.move_to(utc("2026-03-06 09:00"), tick=False)
    case = actions.answer_as_contact(waiting, by=ana, text="The desk phones.").case
    sweeps.check_clocks()
    case.refresh_from_db()
    assert case.state == CaseState.IN_PROGRESS


def test_an_inadequate_answer_resumes_the_clock_where_it_stood(waiting, ana, kim, time_machine):
    time_machine.move_to(utc("2026-03-03 09:00"), tick=False)  # 9 of 27 hours are used
    case = actions.answer_as_contact(waiting, by=ana, text="Thanks.").case
    time_machine.move_to(utc("2026-03-04 09:00"), tick=False)
    case = actions.rule_inadequate(case, by=kim, text="We need the model of the phones.").case
    assert case.state == CaseState.WAITING_ON_CONTACT
    assert case.clocks.get(kind="customer_response").due_at == utc("2026-03-06 09:00")


def test_a_ruling_after_the_notice_makes_the_notice_void(waiting, ana, kim, time_machine):
    sweep_at(time_machine, utc("2026-03-05 09:00"))
    time_machine.move_to(utc("2026-03-05 10:00"), tick=False)
    case = actions.answer_as_contact(waiting, by=ana, text="Thanks.").case
    case = actions.rule_inadequate(case, by=kim, text="Which model?").case
    sweep_at(time_machine, utc("2026-03-05 10:01"))
    assert case.events.filter(verb="closure_announced").count() == 2
    sweep_at(time_machine, utc("2026-03-06 09:30"))
    case.refresh_from_db()
    assert case.is_open
    sweep_at(time_machine, utc("2026-03-06 10:01"))
    case.refresh_from_db()
    assert not case.is_open


@pytest.mark.parametrize(
    "stop", [timedelta(days=3), timedelta(days=30)], ids=["three days", "a month"]
)
def test_after_a_stop_nothing_is_closed_before_its_notice_was_sent(stop, ana, kim, time_machine):
    time_machine.move_to(MONDAY, tick=False)
    cases = [cast.waiting(ana, kim) for _ in range(5)] + [cast.proposed(ana, kim) for _ in range(5)]
    time_machine.move_to(MONDAY + timedelta(days=4) + stop, tick=False)
    sweeps.check_clocks()
    sweeps.check_clocks()
    for case in cases:
        case.refresh_from_db()
        assert case.is_open, case
    steps = ClockFact.objects.filter(case__in=cases, kind="reminded").values_list("case", flat=True)
    assert len(steps) == len(set(steps)), "reminded in a heap"
    cast.send_notices(MONDAY + timedelta(days=4) + stop)
    time_machine.move_to(MONDAY + timedelta(days=12) + stop, tick=False)
    sweeps.check_clocks()
    assert not any(case.__class__.objects.get(pk=case.pk).is_open for case in cases)


def test_resolution_proposed_returns_to_work_when_an_issue_is_reported(ana, kim, time_machine):
    time_machine.move_to(MONDAY, tick=False)
    case = cast.proposed(ana, kim)
    case = actions.report_issue(case, by=ana, text="Still silent.").case
    cast.send_notices(MONDAY)
    time_machine.move_to(utc("2026-03-09 09:00"), tick=False)
    sweeps.check_clocks()
    case.refresh_from_db()
    assert case.state == CaseState.IN_PROGRESS
    assert case.clocks.get(kind="restore").stopped_at is None


def test_a_closed_case_reopens_within_ten_business_days_and_not_later(ana, kim, time_machine):
    time_machine.move_to(MONDAY, tick=False)
    case = actions.accept(cast.proposed(ana, kim), by=ana).case
    time_machine.move_to(utc("2026-03-16 09:00:01"), tick=False)
    with pytest.raises(Refused, match="new case"):
        actions.reopen(case, by=ana, text="It is back.")
    time_machine.move_to(utc("2026-03-16 09:00:00"), tick=False)
    assert actions.reopen(case, by=ana, text="It is back.").case.state == CaseState.IN_PROGRESS
    assert list(clocks.verify()) == []


def test_a_sweep_that_runs_twice_does_nothing_the_second_time(waiting, time_machine):
    sweep_at(time_machine, utc("2026-03-05 09:00"))
    before = (waiting.events.count(), Notification.objects.count(), ClockFact.objects.count())
    sweeps.check_clocks()
    assert (
        waiting.events.count(),
        Notification.objects.count(),
        ClockFact.objects.count(),
    ) == before


def test_one_bad_row_stops_no_other(ana, kim, time_machine, monkeypatch):
    time_machine.move_to(MONDAY, tick=False)
    bad, good = cast.waiting(ana, kim), cast.waiting(ana, kim)
    announce = sweeps.auto_closure.announce

    def fail_on_the_bad_one(case):
        if case.pk == bad.pk:
            raise RuntimeError("broken row")
        announce(case)

    monkeypatch.setattr(sweeps.auto_closure, "announce", fail_on_the_bad_one)
    time_machine.move_to(utc("2026-03-05 09:00"), tick=False)
    sweeps.check_clocks()
    assert good.events.filter(verb="closure_announced").exists()
    assert bad.clocks.get(kind="customer_response").check_at == utc("2026-03-05 10:00")


def test_only_caretrack_itself_closes_for_silence(waiting, kim):
    with pytest.raises(Refused, match="not a reason"):
        actions.close(waiting, by=kim, reason="unanswered", text="No answer.")


def test_a_notice_that_the_server_refuses_is_tried_again_and_then_failed(
    waiting, time_machine, monkeypatch
):
    def refuse(*args):
        raise ConnectionRefusedError("mail server away")

    monkeypatch.setattr(outgoing, "_hand_over", refuse)
    at = MONDAY
    for _ in range(6):
        at += timedelta(days=1)
        time_machine.move_to(at, tick=False)
        outgoing.send()
    assert set(
        Notification.objects.filter(recipient=waiting.contact).values_list("state", flat=True)
    ) == {"failed"}
    assert "mail server away" in Notification.objects.first().last_error


def test_after_a_late_notice_the_page_names_the_instant_that_the_notice_names(
    waiting, time_machine
):
    time_machine.move_to(utc("2026-03-06 11:00"), tick=False)  # the sweep did not run for a day
    sweeps.check_clocks()
    named = waiting.events.get(verb="closure_announced").particulars["closes_at"]
    wait = clock_view.view(waiting.clocks.get(kind="customer_response"), utc("2026-03-06 11:00"))
    assert wait.closes_at == utc("2026-03-09 11:00") == datetime.fromisoformat(named)


def test_a_reopened_case_knows_nothing_of_the_old_notice(waiting, ana, kim, time_machine):
    sweep_at(time_machine, utc("2026-03-05 09:00"))
    sweep_at(time_machine, utc("2026-03-06 09:00"))
    time_machine.move_to(utc("2026-03-06 10:00"), tick=False)
    waiting.refresh_from_db()
    assert not waiting.is_open
    case = actions.reopen(waiting, by=ana, text="I was ill. It is not over.").case
    case = actions.request_information(case, by=kim, text="Which phones, then?").case
    sweep_at(time_machine, utc("2026-03-06 10:02"))
    case.refresh_from_db()
    assert case.state == CaseState.WAITING_ON_CONTACT
    assert case.clocks.get(kind="customer_response", ordinal=2).due_at == utc("2026-03-11 10:00")


def test_a_word_of_the_contact_after_the_proposal_is_no_silence(ana, kim, time_machine):
    time_machine.move_to(MONDAY, tick=False)
    case = cast.proposed(ana, kim)
    cast.send_notices(MONDAY)
    case = actions.answer_as_contact(case, by=ana, text="No, it is still broken.").case
    sweep_at(time_machine, utc("2026-03-06 09:00"))
    case.refresh_from_db()
    assert case.is_open
    case = actions.answer(case, by=kim, text="It was the cache; please look again.").case
    sweep_at(time_machine, utc("2026-03-06 09:10"))
    case.refresh_from_db()
    assert case.closing_reason == "unopposed"


def test_when_the_contact_has_left_the_others_are_told_and_the_case_can_close(
    acme, ana, kim, time_machine
):
    time_machine.move_to(MONDAY, tick=False)
    ida = cast.contact(acme, "Ida", "ida@acme.example")
    case = cast.file(ana)
    ana.is_active = False
    ana.save()
    case = actions.answer(case, by=kim, text="We look.").case
    case = actions.propose_resolution(case, by=kim, text="Done.").case
    assert set(
        Notification.objects.filter(case=case, key__endswith=":3").values_list(
            "recipient", flat=True
        )
    ) == {ida.pk}
    cast.send_notices(MONDAY)
    sweep_at(time_machine, utc("2026-03-06 09:00"))
    case.refresh_from_db()
    assert case.closing_reason == "unopposed"


def test_a_closure_that_waits_for_an_unsent_notice_is_said_once_in_the_journal(
    ana, kim, time_machine
):
    time_machine.move_to(MONDAY, tick=False)
    case = cast.proposed(ana, kim)
    for at in (
        "2026-03-05 16:00",
        "2026-03-05 16:30",
        "2026-03-05 17:30",
        "2026-03-06 09:00",
        "2026-03-09 09:00",
    ):
        time_machine.move_to(utc(at), tick=False)
        sweeps.check_clocks()
    assert case.events.filter(verb="closure_held").count() == 1
    assert "not sent" in case.events.get(verb="closure_held").particulars["why"]
