"""The bugs that other systems taught: one test each, through the product's own verbs and rows."""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from cases import actions
from cases.choices import CaseState
from cases.models import Case, Notification
from cases.notifications import outgoing
from contacts.models import Site, User, WorkCalendar
from core import current_time
from core.tenancy import care_scope
from sla import clocks, policy_files, sweeps
from sla.models import Clock, ClockFact
from tests import cast
from tests.cast import utc


@pytest.fixture
def at(time_machine):
    """Moves time to an instant."""
    return lambda text: time_machine.move_to(utc(text), tick=False)


def clock(case, kind, ordinal=1) -> Clock:
    return Clock.objects.get(case=case, kind=kind, ordinal=ordinal)


def customer(short_name, zone, *, holidays=None, week=None):
    organisation = cast.organisation(short_name, short_name.title(), zone="UTC")
    calendar = cast.calendar(f"{short_name} hours", zone, week, holidays)
    organisation.sites.update(calendar=calendar)
    return cast.contact(organisation, f"{short_name} contact", f"c@{short_name}.example")


def test_a_hold_across_a_weekend_a_night_and_a_holiday_adds_only_what_the_hold_took(kim, at):
    ana = customer("holiday", "UTC", holidays={"2026-03-09": "Founders' Day"})
    at("2026-03-06 15:00")  # Friday
    case = cast.waiting(ana, kim)
    at(
        "2026-03-10 09:00"
    )  # Tuesday: 2 h on Friday, 1 h today were on hold; night, weekend and holiday count for nobody
    actions.answer_as_contact(case, by=ana, text="Here.")
    # 45 business hours from Tuesday 09:00: eight of them today
    assert clock(case, "restore").due_at == utc("2026-03-17 09:00")


def test_a_case_resolved_while_it_is_on_hold_keeps_its_hold(ana, kim, at):
    at("2026-03-02 09:00")
    case = cast.waiting(ana, kim)
    at("2026-03-04 09:00")
    actions.propose_resolution(case, by=kim, text="Found it ourselves.")
    assert clock(case, "restore").used_seconds == 0
    assert clock(case, "customer_response").ended_by == "superseded"


def test_a_severity_changed_while_paused_keeps_the_pause(ana, kim, at):
    at("2026-03-02 09:00")
    case = cast.waiting(ana, kim)
    at("2026-03-02 11:00")
    actions.set_severity(case, by=kim, severity=2, text="More phones.")
    assert clock(case, "restore").outcome == "paused"
    at("2026-03-02 12:00")
    actions.answer_as_contact(case, by=ana, text="Here.")
    assert clock(case, "restore").due_at == utc(
        "2026-03-04 12:00"
    )  # 18 h from Monday 09:00, 3 h on hold


def test_an_edited_policy_moves_no_case_open_paused_or_closed(ana, kim, at, tmp_path):
    at("2026-03-02 09:00")
    cases = [
        cast.file(ana),
        cast.waiting(ana, kim),
        actions.accept(cast.proposed(ana, kim), by=ana).case,
    ]
    before = list(Clock.objects.order_by("pk").values())
    edited = tmp_path / "edited.toml"
    edited.write_text(
        policy_files.SHIPPED.read_text().replace("3 = { amount = 2,", "3 = { amount = 1,")
    )
    version, is_new = policy_files.load(edited)
    assert is_new
    actions.note(cases[0], by=kim, text="Look again.")
    assert list(Clock.objects.order_by("pk").values()) == before
    assert clock(cast.file(ana), "response").policy_version == version


def test_an_organisation_that_moves_keeps_the_zone_of_the_cases_it_filed(ana, at):
    at("2026-03-02 09:00")
    case = cast.file(ana)
    ana.organisation.sites.get().calendar.revise(
        zone="America/New_York", week=cast.OFFICE, holidays={}
    )
    assert clock(case, "response").due_at == utc("2026-03-02 11:00")
    later = cast.file(ana)
    assert clock(later, "response").due_at == utc("2026-03-02 15:00")  # New York opens at 13:00 UTC
    assert list(clocks.verify()) == []


@pytest.mark.parametrize(
    ("filed", "due"),
    [("2026-03-27 16:00", "2026-03-30 07:00"), ("2026-10-23 15:00", "2026-10-26 08:00")],
    ids=["clocks go forward", "clocks go back"],
)
def test_a_weekend_that_changes_the_clocks_moves_no_business_hour(filed, due, ana, at):
    at(filed)  # Friday 17:00 in Berlin, closing time
    assert clock(cast.file(ana, severity=2), "response").due_at == utc(due)


def test_a_target_that_ends_at_closing_time_is_due_at_closing_time(ana, at):
    at("2026-03-02 15:00")  # 16:00 in Berlin, one hour to closing
    assert clock(cast.file(ana, severity=2), "response").due_at == utc("2026-03-02 16:00")


def test_an_answer_in_the_very_second_of_the_deadline_is_in_time(ana, kim, at):
    at("2026-03-02 09:00")
    case = cast.file(ana)
    at("2026-03-02 11:00")
    actions.answer(case, by=kim, text="Just in time.")
    sweeps.check_clocks()
    assert clock(case, "response").outcome == "met"
    assert not ClockFact.objects.filter(case=case, kind="breached").exists()


def test_an_answer_one_second_later_is_a_breach_even_if_no_sweep_saw_it(ana, kim, at):
    at("2026-03-02 09:00")
    case = cast.file(ana)
    at("2026-03-02 11:00:01")
    actions.answer(case, by=kim, text="Too late.")
    assert clock(case, "response").outcome == "breached"
    assert ClockFact.objects.get(case=case, kind="breached").at == utc("2026-03-02 11:00")


def test_a_note_a_take_and_an_automatic_notice_are_no_answer(ana, kim, at):
    at("2026-03-02 09:00")
    case = cast.file(ana)
    actions.take(case, by=kim)
    actions.note(case, by=kim, text="Hm.")
    actions.log_call(case, by=kim, reached=False, text="Nobody picked up.")
    outgoing.send()
    assert clock(case, "response").stopped_at is None


def test_a_resolution_without_an_answer_before_answers_too(ana, kim, at):
    at("2026-03-02 09:00")
    case = actions.take(cast.file(ana), by=kim).case
    at("2026-03-02 10:00")
    actions.propose_resolution(case, by=kim, text="Fixed.")
    assert clock(case, "response").outcome == "met"


def test_a_case_reopened_after_a_breach_keeps_the_breach(ana, kim, at):
    at("2026-03-02 09:00")
    case = cast.file(ana)
    at("2026-03-03 09:00")
    case = actions.answer(case, by=kim, text="Sorry.").case
    case = actions.accept(actions.propose_resolution(case, by=kim, text="Fixed.").case, by=ana).case
    at("2026-03-04 09:00")
    actions.reopen(case, by=ana, text="Back.")
    assert ClockFact.objects.filter(case=case, step="breach", clock__kind="response").count() == 1
    first, again = Clock.objects.filter(case=case, kind="response").order_by("ordinal")
    assert (first.outcome, again.outcome) == ("breached", "running")
    assert (again.label, again.due_at) == ("Response after reopening", utc("2026-03-04 11:00"))


def test_a_promise_after_a_reopening_is_warned_of_and_missed_by_its_own_name(ana, kim, at):
    at("2026-03-02 09:00")
    case = actions.answer(cast.file(ana), by=kim, text="We look.").case
    case = actions.accept(actions.propose_resolution(case, by=kim, text="Fixed.").case, by=ana).case
    at("2026-03-03 09:00")
    actions.reopen(case, by=ana, text="Back.")
    at("2026-03-03 11:30")
    sweeps.check_clocks()
    fact = ClockFact.objects.get(case=case, step="breach")
    assert (fact.clock.kind, fact.clock.ordinal) == ("response", 2)
    assert Notification.objects.filter(
        case=case, subject__contains="the response after the reopening was missed"
    ).exists()


def test_a_duplicate_that_is_closed_keeps_its_breach_and_the_other_case_its_clocks(ana, kim, at):
    at("2026-03-02 09:00")
    late, other = cast.file(ana), cast.file(ana)
    at("2026-03-03 09:00")
    due_before = clock(other, "restore").due_at
    actions.link(late, by=kim, other=other, kind="duplicates")
    actions.close(late, by=kim, reason="duplicate", text=f"The same as {other.code}.")
    assert ClockFact.objects.filter(case=late, step="breach").exists()
    assert clock(other, "restore").due_at == due_before


def test_a_breach_survives_a_severity_that_is_lowered_later(ana, kim, at):
    at("2026-03-02 09:00")
    case = cast.file(ana, severity=2)
    at("2026-03-02 10:30")
    sweeps.check_clocks()
    actions.set_severity(case, by=kim, severity=4, text="Little impact.")
    assert ClockFact.objects.get(case=case, step="breach").severity == 2


def test_a_raise_can_put_the_deadline_in_the_past_and_is_missed_from_then_on(ana, kim, at):
    at("2026-03-02 09:00")
    case = cast.file(ana, severity=4)
    at("2026-03-02 12:00")
    actions.set_severity(case, by=kim, severity=2, text="Half the office.")
    fact = ClockFact.objects.get(case=case, step="breach", clock__kind="response")
    assert (fact.due_at, fact.at) == (utc("2026-03-02 10:00"), utc("2026-03-02 12:00"))


def test_another_severitys_promise_is_warned_of_and_told_anew(ana, kim, maya, at):
    at("2026-03-02 09:00")
    case = actions.take(cast.file(ana, severity=1), by=kim).case
    at("2026-03-02 12:30")
    sweeps.check_clocks()
    case = actions.set_severity(case, by=kim, severity=3, text="There is a workaround.").case
    steps = [step for step, _ in clock(case, "restore").due_steps]
    assert steps == ["warn:50@3", "warn:75@3", "warn:90@3", "breach@3"]


def test_a_raise_that_misses_the_promise_at_once_is_told_to_care(ana, kim, at):
    at("2026-03-02 09:00")
    case = actions.answer(cast.file(ana, severity=3), by=kim, text="We look.").case
    at("2026-03-02 15:00")
    actions.set_severity(case, by=kim, severity=1, text="All phones.")
    at("2026-03-02 15:00:01")
    sweeps.check_clocks()
    assert (
        Notification.objects.filter(
            case=case, recipient=kim, subject__contains="restoration was missed"
        ).count()
        == 1
    )
    assert ClockFact.objects.filter(case=case, clock__kind="restore", step="breach").count() == 1


def test_a_request_for_escalation_ends_with_the_case(ana, kim, at):
    at("2026-03-02 09:00")
    case = actions.request_escalation(
        actions.answer(cast.file(ana), by=kim, text="Hm.").case, by=ana, text="Slow."
    ).case
    case = actions.accept(actions.propose_resolution(case, by=kim, text="Fixed.").case, by=ana).case
    case = actions.reopen(case, by=ana, text="Back.").case
    assert (
        actions.request_escalation(case, by=ana, text="Slow again.").verb == "escalation_requested"
    )


def test_the_contacts_own_words_do_not_put_off_their_request_for_escalation(ana, kim, at):
    at("2026-03-02 09:00")
    case = actions.answer(cast.file(ana, severity=2), by=kim, text="We look.").case
    at("2026-03-03 08:00")
    case = actions.answer_as_contact(case, by=ana, text="Any news?").case
    at("2026-03-03 09:00")
    assert actions.request_escalation(case, by=ana, text="No news.").verb == "escalation_requested"


def test_after_three_days_without_sweeps_each_promise_is_told_once(ana, kim, at):
    at("2026-03-02 09:00")
    case = actions.take(cast.file(ana), by=kim).case
    at("2026-03-05 09:00")
    sweeps.check_clocks()
    clock_facts = list(ClockFact.objects.filter(case=case).values_list("clock__kind", "step"))
    assert sorted(clock_facts) == [("response", "breach"), ("restore", "warn:50")]


def test_a_shutdown_of_thirty_days_is_counted_for_nobody(kim, at):
    shut = {f"2026-07-{day:02d}": "Shutdown" for day in range(1, 31)}
    ana = customer("shut", "UTC", holidays=shut)
    at("2026-06-30 16:30")
    assert clock(cast.file(ana, severity=2), "response").due_at == utc("2026-07-31 08:30")


def test_a_calendar_without_hours_or_with_an_unknown_zone_fails_loudly(db):
    calendar = WorkCalendar.objects.create(name="Empty")
    with pytest.raises(ValidationError, match="without any open time"):
        calendar.revise(zone="UTC", week={"mon": []}, holidays={})
    with pytest.raises(ValidationError, match="no time zone"):
        calendar.revise(zone="Mars/Olympus", week=cast.OFFICE, holidays={})
    with pytest.raises(ValidationError, match="no hours yet"):
        _ = Site(name="x", calendar=calendar).hours


def test_a_site_without_hours_opens_no_case_rather_than_one_without_promises(ana):
    ana.organisation.sites.update(calendar=WorkCalendar.objects.create(name="Not yet said"))
    with pytest.raises(ValidationError):
        cast.file(ana)
    assert not Case.objects.exists()


def test_two_workers_close_one_case_once(transactional_db, time_machine):
    with care_scope():
        ana = cast.contact(
            cast.organisation("acme", "Acme", zone="Europe/Berlin"), "Ana", "ana@acme.example"
        )
        kim = cast.care("Kim", "kim@care.example", "analyst")
        with current_time.backdated(utc("2026-03-02 09:00"), by=User.objects.system(), quiet=False):
            case = cast.proposed(ana, kim)
        cast.send_notices(utc("2026-03-02 09:00"))

    def sweep():
        sweeps.check_clocks()
        connection.close()

    workers = [threading.Thread(target=sweep) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with care_scope():
        case = Case.objects.get(pk=case.pk)
        assert case.state == CaseState.CLOSED
        assert case.events.filter(verb="closed").count() == 1
