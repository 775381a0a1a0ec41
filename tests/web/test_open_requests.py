"""A contested severity and a request for escalation stand at the top of a case (§7, §10)."""

import html

import pytest

from cases import actions
from tests import cast
from tests.cast import utc


@pytest.fixture
def case(ana, kim, time_machine):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    return actions.answer(cast.file(ana, severity=1), by=kim, text="We look into it.").case


def shown(client, person, case):
    client.force_login(person)
    audience = "console" if person.is_care else "portal"
    return html.unescape(client.get(f"/{audience}/cases/{case.code}/").content.decode())


def test_a_contested_severity_stands_at_the_top_with_its_two_answers(client, case, ana, kim):
    actions.contest_severity(case, by=ana, text="All our shops are down.")
    page = shown(client, kim, case)
    assert "Ana Albers contests the severity" in page
    assert "“All our shops are down.”" in page
    for address in ("#do-severity-upholding", f"/console/cases/{case.code}/severity/"):
        assert f'href="{address}"' in page
    assert 'id="do-severity-upholding"' in page
    assert "Ana Albers contested the severity on" in shown(client, ana, case)


def test_a_request_for_escalation_stands_at_the_top_until_it_is_answered(client, case, ana, kim):
    actions.request_escalation(case, by=ana, text="It costs us a fortune.")
    page = shown(client, kim, case)
    assert "Ana Albers requests escalation" in page
    assert "Our answer is due" in page
    assert 'href="#do-escalation-answer"' in page
    assert "We aim to answer by" in shown(client, ana, case)
    actions.answer_escalation_request(case, by=kim, text="Granted.", granted=True)
    assert "requests escalation" not in shown(client, kim, case)


def test_a_case_without_requests_shows_none(client, case, ana, kim):
    assert "open-request" not in shown(client, kim, case)
    assert "open-request" not in shown(client, ana, case)


def test_nothing_waits_for_an_answer_on_a_case_that_was_withdrawn(client, ana, kim):
    case = actions.answer(cast.file(ana), by=kim, text="We look into it.").case
    actions.contest_severity(case, by=ana, text="All our shops are down.")
    actions.withdraw(case, by=ana, text="It was a test.")
    assert "open-request" not in shown(client, kim, case)
    assert "open-request" not in shown(client, ana, case)
