"""A case on hold: the contact's time stands still until a day that both sides read (§13)."""

import itertools
from datetime import date

import pytest

from cases import actions
from cases.actions.context import ActionContext
from cases.actions.holding import refusal_to_put_on_hold
from cases.choices import CaseState
from cases.facts import facts_of
from cases.models import Notification
from cases.notifications import outgoing
from contacts import actions as people
from core.errors import Refused
from sla import auto_closure, clocks, holding, sweeps
from sla.models import CaseTerms, Clock, QueueEntry
from tests import cast
from tests.cast import utc


@pytest.fixture
def at(time_machine):
    return lambda text: time_machine.move_to(utc(text), tick=False)


@pytest.fixture
def waiting(ana, kim, at):
    """Acme in Berlin was asked on Monday at nine UTC, and has until Thursday at nine."""
    at("2026-03-02 09:00")
    case = cast.file(ana, severity=3)
    return actions.request_information(case, by=kim, text="Which phones?").case


@pytest.fixture
def proposed(ana, kim, at):
    """A resolution was proposed on Monday at nine UTC; unopposed, it closes on Thursday evening."""
    at("2026-03-02 09:00")
    case = cast.proposed(ana, kim)
    cast.send_notices(utc("2026-03-02 09:01"))
    return case


def hold(case, by, until="2026-03-09 07:00", text="Ana is on leave until Monday.", after=None):
    return actions.put_on_hold(case, by=by, until=utc(until), text=text, after=after).case


def wait_of(case, kind="customer_response") -> Clock:
    return Clock.objects.filter(case=case, kind=kind).latest("ordinal")


def cares(case):
    return {
        (clock.kind, clock.ordinal): (clock.due_at, clock.outcome, clock.pauses)
        for clock in Clock.objects.filter(case=case).exclude(
            kind__in=["customer_response", "closure", "update"]
        )
    }


def test_the_contacts_time_stands_still_and_nothing_of_cares_does(waiting, kim, at):
    before = cares(waiting)
    at("2026-03-03 09:00")
    case = hold(waiting, kim)
    wait = wait_of(case)
    assert (wait.outcome, wait.due_at) == ("paused", None)
    assert wait.pauses[-1][2] == "on_hold"
    assert cares(case) == before
    entry = QueueEntry.objects.get(case=case)
    assert (entry.on_hold_until, entry.is_contacts_turn) == (utc("2026-03-09 07:00"), True)


def test_it_comes_back_by_itself_and_goes_on_where_it_stood(waiting, kim, at):
    at("2026-03-03 09:00")
    case = hold(waiting, kim)
    at("2026-03-09 06:59")
    sweeps.check_clocks()
    assert facts_of(case).hold is not None
    at("2026-03-09 07:00")
    sweeps.check_clocks()
    sweeps.check_clocks()
    assert cast.verbs(case)[-2:] == ["on_hold", "hold_ended"]
    assert wait_of(case).due_at == utc("2026-03-10 16:00")  # two of three business days were left
    assert QueueEntry.objects.get(case=case).on_hold_until is None
    assert list(clocks.verify([case.pk])) == []


def test_a_hold_on_the_last_day_leaves_time_of_its_own(waiting, kim, at):
    at("2026-03-05 08:00")
    case = hold(waiting, kim)
    at("2026-03-09 07:00")
    sweeps.check_clocks()
    assert wait_of(case).due_at == utc("2026-03-09 16:00")


def test_a_closing_notice_is_withdrawn_and_nothing_closes_meanwhile(waiting, kim, at):
    at("2026-03-05 09:00:01")
    sweeps.check_clocks()
    cast.send_notices(utc("2026-03-05 09:01"))
    assert facts_of(waiting).closing_notice is not None
    at("2026-03-05 10:00")
    case = hold(waiting, kim, "2026-03-16 07:00")
    assert facts_of(case).closing_notice is None
    assert auto_closure.allowed_at(case) == (None, auto_closure.WHILE_ON_HOLD)
    at("2026-03-13 09:00")
    sweeps.check_clocks()
    case.refresh_from_db()
    assert case.state == CaseState.WAITING_ON_CONTACT
    at("2026-03-16 07:00")
    sweeps.check_clocks()
    assert wait_of(case).due_at == utc("2026-03-16 16:00")  # a day of their own, then a new notice
    at("2026-03-16 16:00:01")
    sweeps.check_clocks()
    assert cast.verbs(case)[-1] == "closure_announced"


def test_a_proposal_keeps_the_days_that_were_left(proposed, kim, at):
    at("2026-03-03 17:30")  # Tuesday's evening: one of three days is over
    case = hold(proposed, kim)
    assert (wait_of(case, "closure").due_at, wait_of(case, "closure").outcome) == (None, "paused")
    assert QueueEntry.objects.get(case=case).is_contacts_turn
    at("2026-03-09 07:00")
    sweeps.check_clocks()
    case.refresh_from_db()
    assert case.state == CaseState.RESOLUTION_PROPOSED
    assert wait_of(case, "closure").due_at == utc("2026-03-11 16:00")
    assert auto_closure.allowed_at(case) == (None, auto_closure.WHILE_UNSENT)
    cast.send_notices(utc("2026-03-09 07:00"))
    assert auto_closure.allowed_at(case)[0] == utc("2026-03-11 16:00")
    at("2026-03-11 16:00:01")
    sweeps.check_clocks()
    case.refresh_from_db()
    assert case.closing_reason == "unopposed"
    assert list(clocks.verify([case.pk])) == []


@pytest.mark.parametrize("waits", ["waiting", "proposed"])
def test_an_answer_ends_the_hold(waits, request, ana, kim, at):
    case = request.getfixturevalue(waits)
    at("2026-03-03 09:00")
    hold(case, kim)
    at("2026-03-04 09:00")
    case = actions.answer_as_contact(case, by=ana, text="I am back already.").case
    assert facts_of(case).hold is None
    assert QueueEntry.objects.get(case=case).on_hold_until is None
    at("2026-03-10 09:00")
    sweeps.check_clocks()
    assert "hold_ended" not in cast.verbs(case)
    assert list(clocks.verify([case.pk])) == []


def test_an_inadequate_answer_can_be_followed_by_another_hold(waiting, ana, kim, at):
    at("2026-03-03 09:00")
    hold(waiting, kim)
    case = actions.answer_as_contact(waiting, by=ana, text="Thanks!").case
    case = actions.rule_inadequate(case, by=kim, text="Which phones, please?").case
    assert wait_of(case).outcome == "running"
    case = hold(case, kim, text="Still on leave until Monday.")
    assert wait_of(case).outcome == "paused"


def test_it_ends_when_the_other_case_is_resolved(waiting, ana, kim, at):
    other = cast.file(ana, title="The maintenance of the switch")
    at("2026-03-03 09:00")
    case = hold(waiting, kim, "2026-03-16 07:00", "After the maintenance.", after=other)
    actions.answer(other, by=kim, text="We are on it.")
    actions.restore(other, by=kim, text="It runs.")
    assert facts_of(case).hold is not None
    actions.propose_resolution(other, by=kim, text="The switch is replaced.")
    assert facts_of(case).hold is None
    assert cast.verbs(case)[-1] == "hold_ended"
    with pytest.raises(Refused, match="is resolved already"):
        hold(case, kim, after=other)


def test_two_cases_do_not_wait_for_each_other(waiting, ana, kim):
    other = actions.request_information(cast.file(ana), by=kim, text="Which floor?").case
    hold(waiting, kim, after=other)
    with pytest.raises(Refused, match="on hold until this case is resolved"):
        hold(other, kim, after=waiting)


def test_a_circle_of_any_length_is_refused_and_names_the_cases_between(waiting, ana, kim):
    cases = [
        waiting,
        *(
            actions.request_information(cast.file(ana), by=kim, text="Which floor?").case
            for _ in range(3)
        ),
    ]
    for case, after in itertools.pairwise(cases):
        hold(case, kim, after=after)
    between = f"{cases[1].code}, {cases[2].code}"
    with pytest.raises(Refused, match=f"{waiting.code}.*until this case.*by way of {between}"):
        hold(cases[-1], kim, after=waiting)
    hold(cases[-2], kim, after=None)
    assert hold(cases[-1], kim, after=waiting), "the row of waits has an end now"


def test_a_case_of_another_customer_is_not_waited_for(waiting, globex, kim):
    ivo = cast.contact(globex, "Ivo Ilic", "ivo@globex.example")
    with pytest.raises(Refused, match="another case of the same customer only"):
        hold(waiting, kim, after=cast.file(ivo))


def test_critical_cases_are_never_on_hold_and_a_case_that_becomes_critical_leaves_it(
    waiting, kim, at
):
    at("2026-03-03 09:00")
    case = hold(waiting, kim)
    case = actions.set_severity(case, by=kim, severity=1, text="All calls fail.").case
    assert cast.verbs(case)[-2:] == ["severity_set", "hold_ended"]
    assert wait_of(case).outcome == "running"
    with pytest.raises(Refused, match="never put on hold"):
        hold(case, kim)


def test_the_policy_limits_all_holds_of_a_wait_together(waiting, kim, at):
    at("2026-03-03 09:00")
    assert holding.latest_end(waiting) == utc("2026-03-24 09:00")  # 15 business days
    with pytest.raises(Refused, match="until 2026-03-24 10:00"):
        hold(waiting, kim, "2026-03-24 09:01")
    case = hold(waiting, kim, "2026-03-20 07:00")
    case = hold(case, kim, "2026-03-24 07:00", "One more day.")  # another end, the same hold
    assert len(wait_of(case).pauses) == 1
    at("2026-03-24 07:00")
    sweeps.check_clocks()
    at("2026-03-24 09:00")
    with pytest.raises(Refused, match="for as long as its policy allows"):
        hold(case, kim, "2026-03-25 07:00")
    at("2026-03-25 09:00")
    assert refusal_to_put_on_hold(ActionContext(case, kim)) is not None


def test_a_policy_can_allow_no_hold(waiting, kim):
    version = CaseTerms.objects.get(case=waiting).policy_version_id
    held = holding.calendars.version_of(version)
    held.longest_hold_days, before = 0, held.longest_hold_days
    try:
        with pytest.raises(Refused, match="allows no hold"):
            hold(waiting, kim)
    finally:
        held.longest_hold_days = before


@pytest.mark.parametrize(
    ("day", "ends"),
    [
        ("2026-03-09", "2026-03-09 07:00"),  # Monday, as Berlin opens
        ("2026-03-07", "2026-03-09 07:00"),  # a Saturday
        ("2026-04-04", "2026-04-06 06:00"),  # a Saturday, in summer time
    ],
)
def test_a_day_means_the_begin_of_its_business(waiting, day, ends):
    assert holding.end_on(waiting, date.fromisoformat(day)) == utc(ends)


def test_no_contact_and_a_hold_together_stop_the_time_once(waiting, ana, kim, maya, at):
    at("2026-03-03 09:00")
    case = hold(waiting, kim)
    people.suspend(ana.designation, by=maya, reason="The training was not renewed.")
    at("2026-03-09 07:00")
    sweeps.check_clocks()
    assert facts_of(case).hold is None
    assert wait_of(case).outcome == "paused"  # still nobody who may answer
    at("2026-03-10 09:00")
    ana.designation.refresh_from_db()
    people.reinstate(ana.designation, by=maya, reason="It is renewed.")
    assert wait_of(case).due_at == utc("2026-03-12 09:00")
    assert list(clocks.verify([case.pk])) == []


def test_both_sides_read_why_and_until_when(waiting, ana, kim, at):
    at("2026-03-03 09:00")
    case = hold(waiting, kim)
    notice = Notification.objects.filter(case=case, recipient=ana).latest("pk")
    assert "Ana is on leave until Monday." in notice.text
    assert "On hold until Monday 09 March 2026 08:00 (Europe/Berlin)." in notice.text
    assert "It is your turn" not in notice.text
    at("2026-03-09 07:00")
    sweeps.check_clocks()
    notice = Notification.objects.filter(case=case, recipient=ana).latest("pk")
    assert "no longer on hold" in notice.subject
    assert "Please reply by Tuesday 10 March 2026 17:00" in notice.text
    assert "> Which phones?" in notice.text
    to_kim = Notification.objects.filter(case=case, recipient=kim).latest("pk")
    assert "no longer on hold" in to_kim.subject


def test_a_new_contact_reads_of_the_hold(waiting, acme, kim, at):
    at("2026-03-03 09:00")
    case = hold(waiting, kim)
    dora = cast.contact(acme, "Dora Dahl", "dora@acme.example")
    actions.change_contact(case, by=kim, contact=dora, text="She looks after it.")
    notice = Notification.objects.filter(case=case, recipient=dora).latest("pk")
    assert "On hold until Monday 09 March 2026 08:00" in notice.text
    assert "It is your turn" not in notice.text


def test_only_care_holds_and_only_what_waits(waiting, ana, kim):
    with pytest.raises(Refused):
        hold(waiting, ana)
    with pytest.raises(Refused, match="in the future"):
        hold(waiting, kim, "2026-03-02 09:00")
    with pytest.raises(Refused, match="why the case is on hold"):
        hold(waiting, kim, text=" ")
    with pytest.raises(Refused, match="Only the contact's time"):
        hold(cast.file(ana), kim)
    with pytest.raises(Refused, match="is not on hold"):
        actions.end_hold(waiting, by=kim)
    case = hold(waiting, kim)
    case = actions.end_hold(case, by=kim).case
    assert wait_of(case).outcome == "running"


def test_closing_and_merging_end_a_hold(waiting, proposed, kim, ana):
    case = hold(proposed, kim)
    case = actions.accept(case, by=ana).case
    assert (case.state, facts_of(case).hold) == (CaseState.CLOSED, None)
    case = actions.reopen(case, by=ana, text="Not fixed.").case
    case = hold(actions.request_information(case, by=kim, text="Since when?").case, kim)
    assert wait_of(case).outcome == "paused"
    assert list(clocks.verify([case.pk])) == []


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (date.min, "in the future"),
        (date(2026, 3, 1), "in the future"),
        (date(2500, 5, 5), "until 2026-03-23"),
        (date.max, "until 2026-03-23"),
    ],
)
def test_a_day_that_no_calendar_reaches_is_refused(waiting, kim, day, says):
    with pytest.raises(Refused, match=says):
        actions.put_on_hold(waiting, by=kim, until=day, text="On leave.")


def test_a_hold_that_ended_meanwhile_does_not_refuse_the_awaited_resolution(waiting, ana, kim):
    other = actions.answer(cast.file(ana, title="The other one"), by=kim, text="We look.").case
    actions.put_on_hold(waiting, by=kim, until=date(2026, 3, 9), text="It waits.", after=other)
    case = actions.answer_as_contact(waiting, by=ana, text="These phones.").case
    # as the resolution reads it that waits for the transaction of the answer
    QueueEntry.objects.filter(case=case).update(hold_ends_with=other.number)
    actions.propose_resolution(other, by=kim, text="Fixed.")
    assert cast.verbs(case)[-1] == "contact_answered"
    assert cast.verbs(other)[-1] == "resolution_proposed"


def test_a_waiting_case_that_somebody_has_locked_is_left_to_the_sweep(
    waiting, ana, kim, monkeypatch
):
    other = actions.answer(cast.file(ana, title="The other one"), by=kim, text="We look.").case
    actions.put_on_hold(waiting, by=kim, until=date(2026, 3, 9), text="It waits.", after=other)
    assert holding.end_left_behind() == 0, "it is not resolved"
    with monkeypatch.context() as locked:
        locked.setattr(holding, "_end_hold_after", lambda resolved, key: None)
        actions.propose_resolution(other, by=kim, text="Fixed.")
    assert facts_of(waiting).hold is not None
    assert [holding.end_left_behind() for _ in range(2)] == [1, 0]
    assert cast.verbs(waiting)[-1] == "hold_ended"


@pytest.mark.parametrize("waits", ["waiting", "proposed"])
def test_a_duplicate_without_a_word_of_the_contact_leaves_the_hold(waits, request, ana, kim, at):
    case = request.getfixturevalue(waits)
    duplicate = cast.file(ana, title="The same")
    if waits == "proposed":
        actions.answer(duplicate, by=kim, text="We look.")
        duplicate = actions.propose_resolution(duplicate, by=kim, text="Fixed.").case
    else:
        at("2026-03-02 10:00")
        actions.answer_as_contact(case, by=ana, text="All of them.")
        at("2026-03-02 11:00")
        case = actions.request_information(case, by=kim, text="Since when?").case
    case = hold(case, kim)
    at("2026-03-02 12:00")
    actions.merge(duplicate, by=kim, survivor=case, text="One issue.")
    assert facts_of(case).hold is not None
    at("2026-03-09 07:00")
    sweeps.check_clocks()
    assert cast.verbs(case)[-1] == "hold_ended"
    kind = "closure" if waits == "proposed" else "customer_response"
    assert wait_of(case, kind).outcome == "running"
    assert list(clocks.verify([case.pk])) == []


def test_after_a_hold_a_proposal_closes_by_a_notice_of_its_own(proposed, ana, kim, at):
    """The first notice was sent long ago; the end of the hold is announced by an email that no
    preference holds back, and its period begins when it was sent."""
    cast.send_notices(utc("2026-03-02 09:00"))
    ana.notice_channels = {"turn": "digest", "closure": "portal"}
    ana.save()
    at("2026-03-04 15:00")
    case = hold(proposed, kim)
    at("2026-03-09 07:00")
    sweeps.check_clocks()
    notice = Notification.objects.filter(case=case, recipient=ana).latest("pk")
    assert (notice.kind, notice.channel, notice.state) == ("closure", "email", "queued")
    assert "Unless you report an issue, the case closes on Wednesday 11 March 2026" in notice.text
    at("2026-03-13 09:00")  # the mail server was away
    sweeps.check_clocks()
    case.refresh_from_db()
    assert case.state == CaseState.RESOLUTION_PROPOSED
    outgoing.send()
    notice.refresh_from_db()
    assert notice.state == "sent"
    closes_at = auto_closure.allowed_at(case)[0]
    assert closes_at == utc("2026-03-16 09:00")  # one business day after it was sent
    assert "the case closes on Monday 16 March 2026 10:00 (Europe/Berlin)" in notice.text
    at("2026-03-16 09:00:01")
    sweeps.check_clocks()
    case.refresh_from_db()
    assert case.closing_reason == "unopposed"


def test_no_email_of_a_case_on_hold_says_whose_turn_it_is(waiting, ana, cole, kim, maya, at):
    actions.watch(waiting, by=cole)
    at("2026-03-03 09:00")
    case = hold(waiting, kim)
    first = Notification.objects.latest("pk").pk
    actions.request_information(case, by=kim, text="Which rooms?")
    actions.answer(case, by=kim, text="The window moves.")
    actions.correct_details(case, by=kim, title="Calls drop", text="Shorter.")
    actions.note(case, by=maya, text="@Kim Kato, see this.")
    at("2026-03-06 16:00")
    sweeps.check_clocks()
    later = Notification.objects.filter(case=case, pk__gt=first)
    assert {one.recipient for one in later} >= {ana, cole, kim}
    for one in later:
        assert "turn" not in one.text, one.text
        assert "Waiting for you" not in one.subject
        assert "on hold until Monday 09 March 2026" in one.text
    assert later.filter(recipient=ana, subject__startswith="Kim Kato asked for").exists()


def test_the_suspended_proposal_too_closes_by_a_notice_of_its_own(proposed, ana, kim, maya, at):
    cast.send_notices(utc("2026-03-02 09:00"))
    at("2026-03-03 09:00")
    people.suspend(ana.designation, by=maya, reason="On leave.")
    ana.designation.refresh_from_db()
    at("2026-03-05 09:00")
    people.reinstate(ana.designation, by=maya, reason="Back.")
    assert auto_closure.allowed_at(proposed) == (None, auto_closure.WHILE_UNSENT)
    notice = Notification.objects.filter(case=proposed, recipient=ana).latest("pk")
    assert (notice.kind, notice.channel) == ("closure", "email")
    assert "Unless you report an issue" in notice.text
