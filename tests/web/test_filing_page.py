"""§3, §4, §6, §7: the filing page suggests, explains, saves drafts, and names who is there for a
Critical case.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import similar_cases
from cases.models import Area, Case
from contacts.models import RosterEntry
from tests import cast
from tests.pages import holds
from tests.web.test_portal import filing

ALL_WEEK = [0, 1, 2, 3, 4, 5, 6]


def html_of(answer) -> str:
    return answer.content.decode()


# --- Suggestions and areas


def test_the_title_finds_articles_and_ones_own_open_cases(as_ana, ana, ben):
    mine, other = (
        cast.file(ana, title="Calls drop after 30 s"),
        cast.file(ben, title="Calls drop after 30 s"),
    )
    shown = html_of(
        as_ana.get(
            "/portal/cases/new/suggestions/", {"title": "calls drop after 30 seconds", "draft": "7"}
        )
    )
    assert f"This is my problem: add to {mine.code}" in shown
    assert other.code not in shown
    assert "/help/calls-drop/?from=filing&amp;draft=7" in shown


@pytest.mark.parametrize("title", ["", "ab", "zzzzqqqq", "%%%%"])
def test_a_title_that_says_nothing_suggests_nothing(as_ana, ana, title):
    cast.file(ana)
    assert "<li" not in html_of(as_ana.get("/portal/cases/new/suggestions/", {"title": title}))


def test_closed_cases_are_not_suggested(ana, kim):
    from cases import actions

    actions.accept(cast.proposed(ana, kim), by=ana)
    assert similar_cases.to("Calls drop after 30 s", reader=ana) == []


def test_without_scripts_a_button_looks_first_and_keeps_the_words(as_ana, ana):
    mine = cast.file(ana, title="Calls drop after 30 s")
    shown = as_ana.post("/portal/cases/new/", filing(ana, title="Calls drop after 30 s", look="1"))
    assert shown.status_code == 200
    assert f"add to {mine.code}" in html_of(shown)
    assert "Silence on every call." in html_of(shown)
    assert Case.objects.count() == 1


def test_an_area_says_at_once_who_answers_for_it(as_ana, ana):
    shown = html_of(as_ana.get("/portal/cases/new/area/", {"area": "Network and devices"}))
    assert "Yours" in shown
    assert "You can still open the case" in shown
    assert "/help/network-and-ports/" in shown
    assert html_of(as_ana.get("/portal/cases/new/area/", {"area": "No such"})).strip() == ""


def test_an_area_that_is_no_longer_offered_is_not_filed(as_ana, ana):
    Area.objects.filter(name="Voice").update(is_active=False)
    assert as_ana.post("/portal/cases/new/", filing(ana)).status_code == 422


def test_an_installation_without_areas_files_all_the_same(as_ana, ana):
    Area.objects.all().delete()
    assert as_ana.post("/portal/cases/new/", filing(ana, area="")).status_code == 302


def test_the_filing_page_costs_the_same_for_one_case_and_for_fifty(as_ana, ana):
    cast.file(ana)
    url, looking = "/portal/cases/new/", {"title": "Calls drop after 30 s"}
    as_ana.get(url), as_ana.get("/portal/cases/new/suggestions/", looking)
    with CaptureQueriesContext(connection) as page:
        as_ana.get(url)
    with CaptureQueriesContext(connection) as few:
        as_ana.get("/portal/cases/new/suggestions/", looking)
    for number in range(49):
        cast.file(ana, title=f"Calls drop after {number} s")
    with CaptureQueriesContext(connection) as many:
        as_ana.get("/portal/cases/new/suggestions/", looking)
    counted = [
        len([q for q in one if "SAVEPOINT" not in q["sql"]])
        for one in (page.captured_queries, few.captured_queries)
    ]
    assert len(many) == len(few)
    assert counted[0] <= 9  # the last one is the tests' own scope, taken again
    assert counted[1] <= 8


# --- Critical


def on_roster(ana, phone="+49 30 7777"):
    RosterEntry.objects.create(
        organisation=ana.organisation,
        user=ana,
        weekdays=ALL_WEEK,
        starts="00:00",
        ends="24:00",
        zone=ana.zone,
        phone=phone,
    )


def test_a_critical_card_names_who_is_on_duty_and_how_fast_we_call(as_ana, ana):
    on_roster(ana)
    shown = html_of(
        as_ana.get("/portal/cases/new/proposal/", filing(ana, function_down="yes", workaround="no"))
    )
    assert holds(shown, "On duty now: <strong>Ana Albers</strong>")
    assert 'value="+49 30 7777"' in shown
    assert "We call back within 10\N{NO-BREAK SPACE}min" in shown
    assert "+1 555 0111" in shown


def test_the_time_to_call_back_is_the_policys(as_ana, ana):
    from sla import calendars
    from sla.models import PolicyTarget, PolicyVersion
    from sla.models.policy import TargetKind

    last = PolicyVersion.objects.latest("number")
    targets = list(PolicyTarget.objects.filter(version=last))
    last.pk, last.number = None, last.number + 1
    last.save(force_insert=True)
    for target in targets:
        target.pk, target.version = None, last
        if (target.promise, target.severity) == (TargetKind.RESPONSE, 1):
            target.amount = 25
        target.save(force_insert=True)
    calendars.terms_of.cache_clear()
    shown = html_of(
        as_ana.get("/portal/cases/new/proposal/", filing(ana, function_down="yes", workaround="no"))
    )
    assert "within 25\N{NO-BREAK SPACE}min" in shown


def test_an_empty_roster_is_said_and_somebody_must_be_named(as_ana, ana):
    critical = filing(ana, function_down="yes", workaround="no")
    assert "Nobody is on your on-call roster" in html_of(
        as_ana.get("/portal/cases/new/proposal/", critical)
    )
    answer = as_ana.post(
        "/portal/cases/new/", {**critical, "on_duty_name": "", "call_back_number": "+49 1"}
    )
    assert (answer.status_code, "say who can be reached" in html_of(answer)) == (422, True)


def test_who_is_on_duty_is_kept_with_the_case_and_in_its_journal(as_ana, ana):
    on_roster(ana)
    as_ana.post("/portal/cases/new/", filing(ana, function_down="yes", workaround="no"))
    case = Case.objects.get()
    assert (case.on_duty_name, case.call_back_number) == ("Ana Albers", "+49 30 7777")
    payload = case.events.first().particulars
    assert (payload["on_duty"], payload["call_back"]) == ("Ana Albers", "+49 30 7777")


def test_a_site_in_japan_is_given_the_number_for_japan(client, ben):
    client.force_login(ben)
    shown = html_of(
        client.get("/portal/cases/new/proposal/", filing(ben, function_down="yes", workaround="no"))
    )
    assert "+81 50 5550 0111" in shown
