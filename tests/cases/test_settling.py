"""A wait for the contact ends however they answered, and no question is without time (§13)."""

import pytest

from cases import actions
from cases.choices import CaseState
from cases.models import Notification
from core.errors import Refused
from sla import sweeps
from sla.models import Clock
from tests import cast
from tests.cast import utc


@pytest.fixture
def at(time_machine):
    return lambda text: time_machine.move_to(utc(text), tick=False)


@pytest.fixture
def waiting(ana, kim, at):
    """A Medium case of an office in Berlin, whose contact was asked on Monday at nine UTC."""
    at("2026-03-02 09:00")
    case = cast.file(ana, severity=3)
    return actions.request_information(case, by=kim, text="Which phones?").case


def wait_of(case) -> Clock:
    return Clock.objects.filter(case=case, kind="customer_response").latest("ordinal")


def restoration_of(case) -> Clock:
    return Clock.objects.get(case=case, kind="restore")


def test_a_logged_call_can_answer_the_question(waiting, kim, at):
    at("2026-03-03 09:00")
    event = actions.log_call(
        waiting, by=kim, reached=True, text="All of them.", answers_question=True
    )
    assert event.case.state == CaseState.IN_PROGRESS
    assert cast.verbs(waiting)[-2:] == ["call_logged", "question_settled"]
    assert wait_of(waiting).outcome == "answered"
    assert restoration_of(waiting).outcome == "running"


def test_a_call_that_answers_nothing_leaves_the_wait(waiting, kim, at):
    at("2026-03-03 09:00")
    case = actions.log_call(waiting, by=kim, reached=True, text="They look it up.").case
    assert case.state == CaseState.WAITING_ON_CONTACT


def test_who_was_not_reached_has_answered_nothing(waiting, kim):
    with pytest.raises(Refused, match="reached nobody"):
        actions.log_call(waiting, by=kim, reached=False, text="No reply.", answers_question=True)


def test_a_call_answers_no_question_where_none_is_open(ana, kim):
    case = actions.answer(cast.file(ana), by=kim, text="We look.").case
    with pytest.raises(Refused, match="No question"):
        actions.log_call(case, by=kim, reached=True, text="Hello.", answers_question=True)
    with pytest.raises(Refused, match="No question"):
        actions.settle_question(case, by=kim, how="email", text="Hello.")


@pytest.mark.parametrize("how", ["call", "email", "colleague", "meeting"])
def test_care_says_how_the_answer_came(waiting, kim, at, how):
    at("2026-03-03 09:00")
    event = actions.settle_question(waiting, by=kim, how=how, text="All phones on floor 2.")
    assert event.case.state == CaseState.IN_PROGRESS
    assert event.data.how == how
    assert wait_of(waiting).outcome == "answered"
    (pause,) = restoration_of(waiting).pauses
    assert pause[:2] == ["2026-03-02T09:00:00+00:00", "2026-03-03T09:00:00+00:00"]


def test_a_question_that_is_no_longer_needed_is_withdrawn(waiting, kim, at):
    at("2026-03-03 09:00")
    case = actions.settle_question(waiting, by=kim, how="not_needed", text="We found it.").case
    assert case.state == CaseState.IN_PROGRESS
    assert wait_of(waiting).outcome == "cancelled"
    assert restoration_of(waiting).outcome == "running"


def test_the_contact_is_notified_that_nothing_is_waited_for(waiting, kim, ana):
    actions.settle_question(waiting, by=kim, how="email", text="Thank you for your mail.")
    notice = Notification.objects.filter(case=waiting, recipient=ana).latest("pk")
    assert "We no longer wait for your reply" in notice.subject


def test_a_contact_settles_nothing_and_an_unknown_way_is_refused(waiting, ana, kim):
    with pytest.raises(Refused):
        actions.settle_question(waiting, by=ana, how="call", text="I called.")
    with pytest.raises(Refused, match="how"):
        actions.settle_question(waiting, by=kim, how="pigeon", text="It came.")


def test_nobody_is_closed_for_silence_after_a_settled_question(waiting, kim, at):
    at("2026-03-03 09:00")
    actions.settle_question(waiting, by=kim, how="call", text="All of them.")
    at("2026-03-20 09:00")
    sweeps.check_clocks()
    waiting.refresh_from_db()
    assert waiting.state == CaseState.IN_PROGRESS
    assert "closure_announced" not in cast.verbs(waiting)


def test_a_second_question_on_the_last_day_has_time_of_its_own(waiting, kim, at):
    """Asked with an hour left, it leaves a business day until the notice, and another until the
    case may close.
    """
    assert wait_of(waiting).due_at == utc("2026-03-05 09:00")
    at("2026-03-05 08:00")
    actions.request_information(waiting, by=kim, text="And which firmware?")
    wait = wait_of(waiting)
    assert wait.due_at == utc("2026-03-06 08:00")
    assert wait.closure_due_at == utc("2026-03-09 08:00")


def test_a_second_question_early_in_the_wait_changes_nothing(waiting, kim, at):
    at("2026-03-03 09:00")
    actions.request_information(waiting, by=kim, text="And which firmware?")
    assert wait_of(waiting).due_at == utc("2026-03-05 09:00")


def test_a_question_after_the_notice_makes_the_notice_void(waiting, kim, at):
    at("2026-03-05 09:00:01")
    sweeps.check_clocks()
    assert "closure_announced" in cast.verbs(waiting)
    cast.send_notices(utc("2026-03-05 09:01"))
    at("2026-03-06 08:00")
    actions.request_information(waiting, by=kim, text="And which firmware?")
    at("2026-03-06 12:00")
    sweeps.check_clocks()
    waiting.refresh_from_db()
    assert waiting.state == CaseState.WAITING_ON_CONTACT
    assert wait_of(waiting).due_at == utc("2026-03-09 08:00")
