"""§12: each way to close a case is tried on a Critical one whose analysis is owed, and each is
held.
"""

from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, transaction

from cases import actions
from cases.choices import CaseState
from cases.models import Case, CaseEvent
from core.errors import Refused
from core.tenancy import care_scope, organisation_scope
from rca import actions as rca
from sla import sweeps
from tests import cast
from tests.cast import utc
from tests.web.api.test_api import Machine


@pytest.fixture
def held(outage):
    """The outage; after every attempt it is open and its event log has no closing."""
    yield outage
    case = Case.objects.get(pk=outage.pk)
    assert case.state != CaseState.CLOSED
    assert not CaseEvent.objects.filter(case=case, verb="closed").exists()


def test_the_portal_s_acceptance_and_withdrawal(held, ana, client):
    client.force_login(ana)
    page = client.get(f"/portal/cases/{held.code}/").content.decode()
    assert "/acceptance/" not in page
    for noun, form_data in (("acceptance", {}), ("withdrawal", {"text": "x"})):
        assert client.post(f"/portal/cases/{held.code}/{noun}/", form_data).status_code == 422


@pytest.mark.parametrize("reason", ["withdrawn", "duplicate", "out_of_scope"])
def test_the_console_s_closing_for_each_reason(held, kim, client, reason):
    client.force_login(kim)
    answer = client.post(f"/console/cases/{held.code}/closure/", {"reason": reason, "text": "x"})
    assert answer.status_code == 422


@pytest.mark.parametrize("reason", ["accepted", "unopposed", "unanswered"])
def test_reasons_that_are_not_an_analyst_s_to_give(held, kim, reason):
    with pytest.raises(Refused):
        actions.close(held, by=kim, reason=reason, text="x")


def test_the_api_s_acceptance_withdrawal_and_closing(held, ana, kim):
    assert Machine(ana).post(f"cases/{held.code}/acceptance/").status_code == 403
    assert Machine(ana).post(f"cases/{held.code}/withdrawal/", text="x").status_code == 403
    answer = Machine(kim).post(f"cases/{held.code}/closure/", reason="duplicate", text="x")
    assert answer.status_code == 403


def test_a_merge_as_duplicate_alone_and_in_bulk(held, ana, kim, client, monday):
    older = Case.objects.get(pk=held.pk)
    monday.move_to(utc("2026-03-02 10:00"), tick=False)
    other = cast.file(ana, severity=1)
    for survivor, duplicate in ((other, older), (older, other)):
        with pytest.raises(Refused):
            actions.merge(
                Case.objects.get(pk=duplicate.pk), by=kim, survivor=survivor, text="Same."
            )
    client.force_login(kim)
    client.post(
        "/console/bulk/",
        {"noun": "merge", "case": [held.code], "other": other.code, "text": "x", "step": "do"},
    )


def test_the_sweep_that_closes_what_nobody_opposed(held, monday):
    cast.send_notices(utc("2026-03-02 09:00"))
    for day in ("2026-03-06", "2026-03-20", "2026-04-20"):
        monday.move_to(utc(f"{day} 09:00"), tick=False)
        cast.send_notices(utc(f"{day} 09:00"))
        sweeps.check_clocks()


def test_the_sweep_that_closes_what_nobody_answered(ana, kim, monday):
    case = cast.waiting(ana, kim, severity=1)
    for day in ("2026-03-06", "2026-03-10", "2026-03-20", "2026-04-20"):
        monday.move_to(utc(f"{day} 09:00"), tick=False)
        sweeps.check_clocks()
        cast.send_notices(utc(f"{day} 09:00"))
    case.refresh_from_db()
    assert case.state == CaseState.WAITING_ON_CONTACT


def test_a_severity_lowered_after_the_proposal(held, ana, kim, maya):
    case = actions.set_severity(held, by=kim, severity=4, text="Not so bad.").case
    for close in (
        lambda: actions.accept(case, by=ana),
        lambda: actions.withdraw(case, by=ana, text="x"),
        lambda: actions.close(case, by=maya, reason="out_of_scope", text="x"),
    ):
        with pytest.raises(Refused, match="root cause analysis"):
            close()


def test_a_severity_lowered_before_the_proposal_is_no_critical_case_any_more(ana, kim, monday):
    case = actions.answer(cast.file(ana, severity=1), by=kim, text="We look.").case
    case = actions.set_severity(case, by=kim, severity=3, text="One phone alone.").case
    case = actions.propose_resolution(case, by=kim, text="Replaced.").case
    assert actions.accept(case, by=ana).case.state == CaseState.CLOSED


def test_a_case_that_never_came_to_a_proposal(ana, kim, monday):
    case = cast.file(ana, severity=1)
    for close in (
        lambda: actions.withdraw(case, by=ana, text="x"),
        lambda: actions.close(case, by=kim, reason="duplicate", text="x"),
    ):
        with pytest.raises(Refused, match="propose a resolution first"):
            close()


CLOSE = (
    "UPDATE cases_case SET state = 'closed', closed_at = now(), closing_reason = "
    "'accepted'{more} WHERE id = {id}"
)
LOWERING = ", severity = 4, severity_at_proposal = NULL"


@contextmanager
def _refused():
    with pytest.raises(DatabaseError), transaction.atomic():
        yield


@pytest.mark.parametrize("more", ["", ", severity = 4", LOWERING, ", kind = 'documentation'"])
@pytest.mark.parametrize("role", ["the organisation", "Care", "the owner"])
def test_sql_in_one_statement(held, role, more):
    statement = CLOSE.format(more=more, id=held.pk)
    with _refused(), _as(role, held), connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount, "no row was reached, so nothing was proven"


@pytest.mark.parametrize(
    "first", ["severity_at_proposal = NULL", "kind = 'documentation'", "severity_at_proposal = 3"]
)
def test_sql_that_prepares_the_ground_first(held, first):
    with _refused(), care_scope(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE cases_case SET severity = 4, {first} WHERE id = %s", [held.pk])
        cursor.execute(CLOSE.format(more="", id=held.pk))


@contextmanager
def _as(role, case):
    if role == "the organisation":
        with organisation_scope(case.organisation_id):
            yield
    elif role == "Care":
        with care_scope():
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute("CREATE POLICY everything ON cases_case TO CURRENT_USER USING (true)")
        yield


def test_the_gate_opens_once_both_analyses_are_there_and_not_before(
    outage, analysis, ana, kim, maya
):
    rca.send_initial(analysis, by=kim, text="A node failed.")
    rca.save_draft(analysis, by=kim, sections=cast.document())
    rca.submit(analysis, by=kim)
    with pytest.raises(Refused, match="complete root cause analysis"):
        actions.accept(outage, by=ana)
    rca.publish(analysis, by=maya)
    assert actions.accept(outage, by=ana).case.state == CaseState.CLOSED


def test_the_update_at_closing_carries_the_initial_analysis_whoever_closed(outage, ana, kim, maya):
    cast.published(outage, kim, maya)
    event = actions.accept(outage, by=ana)
    notification = event.notices.get(recipient=ana)
    assert "The initial root cause analysis:\n\nA node failed." in notification.text
