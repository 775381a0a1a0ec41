"""A contested severity and a request for escalation stand at the top of a case (§7, §10)."""

import html

import pytest

from cases import actions
from cases.facts import facts_of
from cases.models import Notification
from core.errors import Refused
from tests import cast
from tests.cast import utc
from tests.pages import holds


@pytest.fixture
def case(ana, kim, time_machine):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    return actions.answer(cast.file(ana, severity=1), by=kim, text="We look into it.").case


def shown(client, person, case):
    client.force_login(person)
    audience = "console" if person.is_care else "portal"
    return html.unescape(client.get(f"/{audience}/cases/{case.code}/").content.decode())


def test_a_contested_severity_stands_at_the_top_with_its_two_answers(client, case, ana, kim):
    actions.contest_severity(case, by=ana, text="All our shops are down.", severity=2)
    page = shown(client, kim, case)
    assert holds(page, "Ana Albers contests the severity and asks for High")
    assert "“All our shops are down.”" in page
    for address in ("#do-severity-upholding", f"/console/cases/{case.code}/severity/"):
        assert f'href="{address}"' in page
    assert 'id="do-severity-upholding"' in page
    page = shown(client, ana, case)
    assert "Ana Albers contested the severity (" in page
    assert "and asked for High" in page


def test_the_form_asks_which_severity_it_should_be_and_care_finds_it_chosen(
    client, case, ana, kim, maya
):
    client.force_login(ana)
    address = f"/portal/cases/{case.code}/contest/"
    page = client.get(f"/portal/cases/{case.code}/").content.decode()
    assert "Low: The service works" in page
    assert "It is Critical now: A critical business function" in page
    assert "Critical: A critical" not in page
    refused = client.post(address, {"text": "All our shops are down."})
    assert "Please choose the severity that it should be." in refused.content.decode()
    actions.watch(case, by=maya)
    client.post(address, {"text": "All our shops are down.", "severity": "2"})
    event = case.events.last()
    assert event.data.wanted == 2
    subjects = set(Notification.objects.filter(event=event).values_list("subject", flat=True))
    assert subjects == {f"Ana Albers contests the severity of {case.code} and asks for High"}
    client.force_login(kim)
    form = client.get(f"/console/cases/{case.code}/severity/").content.decode()
    assert holds(form, '<option value="2" selected>High</option>')
    assert "They ask for High, which is chosen here." in html.unescape(form)
    actions.uphold_severity(case, by=kim, text="A workaround is there.")
    assert facts_of(case).severity_wanted is None


def test_the_severity_that_it_has_or_none_cannot_be_asked_for(case, ana):
    with pytest.raises(Refused, match="The severity is Critical already"):
        actions.contest_severity(case, by=ana, text="Worse.", severity=1)
    with pytest.raises(Refused, match=r"Severity is 1 \(Critical\)"):
        actions.contest_severity(case, by=ana, text="Worse.", severity=7)


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
