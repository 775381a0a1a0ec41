"""§12: nothing closes a Critical case before its customer knows why it happened."""

import pytest
from django.db import DatabaseError, connection, transaction

from cases import actions
from cases.choices import CaseState
from cases.models import Case
from core.errors import Refused
from rca import actions as rca
from rca.models import Analysis, RcaVersion
from sla import clocks, sweeps
from tests import cast
from tests.cast import utc

FULL = cast.document()


@pytest.fixture
def outage(ana, kim, time_machine):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    return cast.proposed(ana, kim, severity=1)


def publish(case, kim, maya):
    analysis = Analysis.objects.get(case=case)
    if analysis.initial_sent_at is None:
        rca.send_initial(analysis, by=kim, text="A node failed.")
    rca.save_draft(analysis, by=kim, sections=FULL)
    rca.submit(analysis, by=kim)
    return rca.publish(analysis, by=maya)


def test_a_critical_proposal_opens_a_follow_up_case_at_severity_and_priority_3(outage, system):
    analysis = Analysis.objects.get(case=outage)
    follow_up = analysis.follow_up
    assert (follow_up.severity, follow_up.priority, follow_up.kind) == (3, 3, "rca_follow_up")
    assert follow_up.events.get().by == system
    assert follow_up.links.get().other == outage
    assert not follow_up.clocks.filter(kind__in=["response", "restore"]).exists()


def test_it_is_never_opened_twice(outage, ana, kim):
    case = actions.report_issue(outage, by=ana, text="Still down.").case
    actions.propose_resolution(case, by=kim, text="Again.")
    assert Analysis.objects.count() == 1
    assert Case.objects.filter(kind="rca_follow_up").count() == 1


def test_the_complete_rca_is_due_two_business_days_after_the_resolution_of_a_critical_case(outage):
    assert outage.clocks.get(kind="rca").due_at == utc("2026-03-04 09:00")


def test_a_high_case_owes_its_rca_in_five_business_days_without_the_gate(ana, kim, time_machine):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    case = cast.proposed(ana, kim, severity=2)
    assert case.clocks.get(kind="rca").due_at == utc("2026-03-09 09:00")
    assert Analysis.objects.get(case=case).follow_up is None
    assert actions.accept(case, by=ana).case.state == CaseState.CLOSED


def test_the_gate_holds_acceptance_withdrawal_analyst_and_sweep(
    outage, ana, kim, system, time_machine
):
    cast.send_notices(utc("2026-03-02 09:00"))
    with pytest.raises(Refused, match="initial root cause analysis"):
        actions.accept(outage, by=ana)
    with pytest.raises(Refused, match="root cause analysis"):
        actions.withdraw(outage, by=ana, text="Never mind.")
    with pytest.raises(Refused, match="root cause analysis"):
        actions.close(outage, by=kim, reason="duplicate", text="Same as the other.")
    time_machine.move_to(utc("2026-03-20 09:00"), tick=False)
    sweeps.check_clocks()
    outage.refresh_from_db()
    assert outage.state == CaseState.RESOLUTION_PROPOSED


def test_a_severity_lowered_to_slip_the_gate_is_caught(outage, ana, kim):
    case = actions.set_severity(outage, by=kim, severity=4, text="Not so bad.").case
    with pytest.raises(Refused, match="root cause analysis"):
        actions.accept(case, by=ana)


def test_not_even_a_bulk_update_closes_past_the_gate(outage):
    with (
        pytest.raises(DatabaseError, match="root cause analysis is owed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE cases_case SET state = 'closed', closed_at = now(), "
            "closing_reason = 'accepted' WHERE id = %s",
            [outage.pk],
        )


def test_the_initial_rca_alone_does_not_open_the_gate(outage, ana, kim):
    rca.send_initial(Analysis.objects.get(case=outage), by=kim, text="A node failed.")
    with pytest.raises(Refused, match="complete root cause analysis"):
        actions.accept(outage, by=ana)


def test_a_closure_that_waited_at_the_gate_takes_place_once_the_rca_is_published(
    outage, kim, maya, time_machine
):
    cast.send_notices(utc("2026-03-02 09:00"))
    time_machine.move_to(utc("2026-03-10 09:00"), tick=False)
    sweeps.check_clocks()
    publish(outage, kim, maya)
    sweeps.check_clocks()
    outage.refresh_from_db()
    assert (outage.state, outage.closing_reason) == (CaseState.CLOSED, "unopposed")
    assert outage.clocks.get(kind="closure").due_at == utc("2026-03-05 16:00")
    assert outage.clocks.get(kind="rca").outcome == "breached"
    assert list(clocks.verify()) == []


def test_an_rca_in_time_meets_its_clock_and_lets_the_contact_accept(
    outage, ana, kim, maya, time_machine
):
    time_machine.move_to(utc("2026-03-03 09:00"), tick=False)
    publish(outage, kim, maya)
    assert outage.clocks.get(kind="rca").outcome == "met"
    assert actions.accept(outage, by=ana).case.closing_reason == "accepted"


def test_a_second_person_publishes(outage, kim):
    analysis = Analysis.objects.get(case=outage)
    rca.save_draft(analysis, by=kim, sections=FULL)
    rca.submit(analysis, by=kim)
    with pytest.raises(Refused, match="second person"):
        rca.publish(analysis, by=kim)


def test_an_rca_without_its_cause_is_not_submitted(outage, kim):
    analysis = Analysis.objects.get(case=outage)
    rca.save_draft(analysis, by=kim, sections={**FULL, "root_cause": " "})
    with pytest.raises(Refused, match="Root cause"):
        rca.submit(analysis, by=kim)


def test_a_published_version_never_changes(outage, kim, maya):
    publish(outage, kim, maya)
    with pytest.raises(DatabaseError), transaction.atomic():
        RcaVersion.objects.update(sections={})


def test_a_proposal_raised_to_critical_opens_its_rca_and_can_go_on(ana, kim, maya, time_machine):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    case = cast.proposed(ana, kim, severity=3)
    case = actions.set_severity(case, by=kim, severity=1, text="All phones were down.").case
    assert Analysis.objects.get(case=case).follow_up is not None
    publish(case, kim, maya)
    assert actions.accept(case, by=ana).case.closing_reason == "accepted"


def test_whoever_wrote_on_it_does_not_publish_it_even_if_somebody_else_submits(
    outage, kim, lee, maya
):
    analysis = Analysis.objects.get(case=outage)
    rca.save_draft(analysis, by=kim, sections=FULL)
    rca.save_draft(analysis, by=lee, sections=FULL)  # saves the same text again
    rca.submit(analysis, by=lee)
    with pytest.raises(Refused, match="second person"):
        rca.publish(analysis, by=kim)
    assert rca.publish(analysis, by=lee).verb == "rca_published"


def test_no_case_is_born_closed_past_the_gate(outage):
    with (
        pytest.raises(DatabaseError, match="root cause analysis is owed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            """INSERT INTO cases_case SELECT (jsonb_populate_record(c, jsonb_build_object(
                   'id', 0, 'number', 999999, 'state', 'closed', 'closed_at', now(),
                       'closing_reason', 'accepted'))).*
               FROM cases_case c WHERE id = %s""",
            [outage.pk],
        )
