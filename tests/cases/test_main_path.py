"""The path of a case, from filing to closing (§7 to §13)."""

from cases import actions, event_log
from cases.choices import CaseState
from cases.models import Notification
from sla import clocks, sweeps
from sla.models import Clock
from tests import cast
from tests.cast import utc


def test_a_case_lives_from_filing_to_acceptance(ana, kim, time_machine):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)  # Monday, 10:00 in Berlin
    case = cast.file(ana, severity=3)
    response = Clock.objects.get(case=case, kind="response")
    assert response.due_at == utc("2026-03-02 11:00")

    time_machine.move_to(utc("2026-03-02 09:30"), tick=False)
    case = actions.answer(case, by=kim, text="We look into it.").case
    assert case.state == CaseState.IN_PROGRESS
    response.refresh_from_db()
    assert (response.stopped_at, response.outcome) == (utc("2026-03-02 09:30"), "met")

    time_machine.move_to(utc("2026-03-02 10:00"), tick=False)
    case = actions.request_information(case, by=kim, text="Which phones?").case
    restore = Clock.objects.get(case=case, kind="restore")
    assert (restore.outcome, restore.due_at) == ("paused", None)
    wait = Clock.objects.get(case=case, kind="customer_response")
    assert wait.due_at == utc("2026-03-05 10:00")

    time_machine.move_to(utc("2026-03-02 12:00"), tick=False)
    case = actions.answer_as_contact(case, by=ana, text="The desk phones.").case
    assert case.state == CaseState.IN_PROGRESS
    restore.refresh_from_db()
    assert restore.due_at == utc("2026-03-09 11:00")

    time_machine.move_to(utc("2026-03-03 09:00"), tick=False)
    case = actions.restore(case, by=kim, text="The gateway was restarted.").case
    case = actions.propose_resolution(case, by=kim, text="The gateway's firmware was changed.").case
    case = actions.accept(case, by=ana).case
    assert (case.state, case.closing_reason) == (CaseState.CLOSED, "accepted")
    assert list(event_log.breaks()) == []
    assert list(clocks.verify()) == []
    assert Notification.objects.filter(case=case, recipient=ana).count() == 5


def test_a_silent_proposal_closes_at_the_end_of_the_third_business_day(
    ana, kim, system, time_machine
):
    time_machine.move_to(utc("2026-03-05 14:00"), tick=False)  # Thursday
    case = cast.proposed(ana, kim)
    cast.send_notices(utc("2026-03-05 14:00"))
    time_machine.move_to(utc("2026-03-10 15:59:59"), tick=False)
    sweeps.check_clocks()
    case.refresh_from_db()
    assert case.is_open
    time_machine.move_to(utc("2026-03-10 16:00"), tick=False)  # Tuesday, 17:00 in Berlin
    sweeps.check_clocks()
    event = case.events.latest("seq")
    assert (event.verb, event.by) == ("closed", system)
