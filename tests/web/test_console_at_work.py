"""Working through the queue: the next best case, what is new, what is unread, and one thing done to
many cases.
"""

import re
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from caretrack.web.console import queue
from caretrack.web.console.queue import Cursor, QueueFilters, live
from cases import actions, known_tags, presence, read_marks
from cases.models import Case, CaseEvent, SavedView, TagCount
from contacts.models import Team
from core.errors import Refused
from core.tenancy import care_scope, organisation_scope
from sla import clocks
from sla.models import QueueEntry
from tests import cast
from tests.cast import utc
from tests.pages import holds


@pytest.fixture
def monday(time_machine):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)  # 10:00 in Berlin, 18:00 in Tokyo
    return time_machine


def rows(user, **filters):
    return queue.page(user, QueueFilters(**filters), now=timezone.now()).cases


def titles(user, **filters) -> list[str]:
    return [row.title for row in rows(user, **filters)]


# --- the order, both ways


def test_going_back_shows_the_very_page_one_came_from(ana, ben, kim, monday):
    for number in range(23):
        cast.file(
            (ana, ben)[number % 2],
            severity=number % 4 + 1,
            priority=number % 3 + 1,
            title=f"case {number}",
        )
        monday.move_to(timezone.now() + timedelta(minutes=7), tick=False)
    pages, cursor = [], None
    for _ in range(5):
        page = queue.page(kim, QueueFilters(), now=timezone.now(), cursor=cursor, size=5)
        pages.append([row.number for row in page.cases])
        cursor = page.next
    back = page
    for shown in reversed(pages[:-1]):
        assert back.previous is not None
        back = queue.page(
            kim,
            QueueFilters(),
            now=timezone.now(),
            before=Cursor.from_text(str(back.previous), timezone.now()),
            size=5,
        )
        assert [row.number for row in back.cases] == shown
    assert back.previous is None
    assert back.next is not None


def test_the_order_is_the_same_whether_few_or_many_cases_are_asked_for(ana, ben, kim, monday):
    """A tag on every case makes the list be found first and sorted then; without it the groups are
    merged.
    """
    for number in range(17):
        case = cast.file(
            (ana, ben)[number % 2],
            severity=number % 4 + 1,
            priority=number % 3 + 1,
            title=f"case {number}",
        )
        actions.tag(case, by=kim, add=["all"])
        monday.move_to(timezone.now() + timedelta(minutes=41), tick=False)
    assert titles(kim, tag="all") == titles(kim)


def test_a_place_in_the_queue_is_what_the_journal_says(ana, kim, monday):
    case = cast.file(ana, severity=2)
    cast.proposed(ana, kim, severity=3)
    actions.accept(cast.proposed(ana, kim), by=ana)
    assert list(clocks.verify()) == []
    QueueEntry.objects.filter(case=case).update(severity=4)
    assert list(clocks.verify()) == [
        f"{case.code}: in the queue its severity is 4, it should be 2."
    ]
    QueueEntry.objects.filter(case=case).delete()
    assert list(clocks.verify()) == [f"{case.code}: it is open and not in the queue."]


def test_a_closed_case_leaves_the_queue_and_a_reopened_one_returns(ana, kim, monday):
    case = actions.accept(cast.proposed(ana, kim), by=ana).case
    assert titles(kim) == []
    actions.reopen(case, by=ana, text="It is back.")
    assert titles(kim) == [case.title]


# --- views and filters


def test_my_team_means_every_team_i_am_in(ana, kim, lee, monday):
    voice, web = Team.objects.create(name="Voice"), Team.objects.create(name="Web")
    voice.members.add(kim, lee)
    actions.take(cast.file(ana, title="voice"), by=lee, team=voice)
    actions.take(cast.file(ana, title="web"), by=lee, team=web)
    assert titles(kim, view="team") == ["voice"]
    web.members.add(kim)
    assert titles(kim, view="team") == ["voice", "web"]
    assert titles(kim, team=str(web.pk)) == ["web"]


def test_a_case_waits_too_long_once_care_was_silent_for_the_policys_time(ana, kim, monday):
    """Medium: one business day, nine hours of Ana's office; a note is no message to her,
    answering is.
    """
    case = actions.answer(cast.file(ana, severity=3), by=kim, text="We look into it.").case
    monday.move_to(utc("2026-03-03 08:59"), tick=False)
    actions.note(case, by=kim, text="Still looking.")
    assert titles(kim, view="overdue") == []
    monday.move_to(utc("2026-03-03 09:00"), tick=False)
    assert titles(kim, view="overdue") == [case.title]
    actions.answer(case, by=kim, text="Still looking.")
    assert titles(kim, view="overdue") == []


def test_a_case_never_waits_too_long_while_it_is_the_contacts_turn(ana, kim, monday):
    cast.waiting(ana, kim)
    monday.move_to(utc("2026-03-09 09:00"), tick=False)
    assert titles(kim, view="overdue") == []


def test_what_a_customer_asked_of_us_has_views_of_its_own(ana, kim, monday):
    escalation = actions.request_escalation(
        cast.file(ana, severity=3, title="asked"), by=ana, text="It is worse."
    ).case
    contested = actions.contest_severity(
        cast.file(ana, severity=3, title="contested"), by=ana, text="No."
    ).case
    assert (titles(kim, view="escalation"), titles(kim, view="contested")) == (
        ["asked"],
        ["contested"],
    )
    actions.answer_escalation_request(escalation, by=kim, text="Yes.", granted=True)
    actions.uphold_severity(contested, by=kim, text="It works for most.")
    assert (titles(kim, view="escalation"), titles(kim, view="contested")) == ([], [])


def test_words_of_the_conversation_narrow_the_queue_internal_ones_too(ana, kim, monday):
    case = cast.file(ana, title="Reports")
    cast.file(ana, title="Other")
    actions.note(case, by=kim, text="Looks like the balalaika bug.")
    assert titles(kim, text="balalaika") == ["Reports"]
    assert titles(kim, text=case.code) == ["Reports"]
    actions.close(case, by=kim, reason="out_of_scope", text="No.")
    assert titles(kim, text="balalaika") == []


def test_a_word_of_very_many_cases_is_walked_in_the_order(ana, kim, monday, monkeypatch):
    monkeypatch.setattr("caretrack.web.shared.queue.filters.FEW_HITS", 2)
    for severity in (4, 3, 2):
        cast.file(ana, severity=severity, title=f"Common {severity}")
    cast.file(ana, severity=1, title="Other")
    assert titles(kim, text="common") == ["Common 2", "Common 3", "Common 4"]


def test_every_filter_narrows(ana, ben, kim, monday):
    case = actions.take(cast.file(ana, title="mine", area="Voice"), by=kim).case
    cast.file(ben, title="other", severity=1)
    assert titles(kim, assignee=str(kim.pk)) == ["mine"]
    assert titles(kim, assignee="nobody") == ["other"]
    assert titles(kim, area="Voice") == ["mine"]
    assert titles(kim, site=str(case.site_id)) == ["mine"]
    assert titles(kim, kind="response") == ["other", "mine"]
    assert titles(kim, kind="rca") == []
    assert titles(kim, organisation="globex", severity=1) == ["other"]


# --- the next best case


def test_the_next_best_case_is_the_first_of_the_order_that_is_mine_or_nobodys(
    client, ana, kim, lee, monday
):
    actions.take(cast.file(ana, severity=1, title="lee's"), by=lee)
    cast.waiting(ana, kim, severity=1)
    cast.file(ana, severity=3, title="medium")
    best = cast.file(ana, severity=2, title="high")
    client.force_login(kim)
    html = client.get("/console/next/").content.decode()
    assert best.code in html
    assert "first response due in 1\N{NO-BREAK SPACE}h, High, unassigned" in html
    answer = client.post("/console/next/")
    assert answer.url == f"/console/cases/{best.code}/"
    best.refresh_from_db()
    assert best.assignee == kim


def test_a_case_of_another_team_is_not_the_next_best(ana, kim, lee, monday):
    other = Team.objects.create(name="Other")
    case = actions.take(cast.file(ana, severity=1), by=lee, team=other).case
    Case.objects.filter(pk=case.pk).update(assignee=None)
    QueueEntry.objects.filter(case=case).update(assignee=None)
    assert live.next_best(kim, timezone.now()) is None
    other.members.add(kim)
    assert live.next_best(kim, timezone.now()).number == case.number


def test_nothing_to_take_says_so_and_where_one_is(client, kim):
    client.force_login(kim)
    answer = client.post("/console/next/", follow=True)
    assert "Nothing needs you" in answer.content.decode()


def test_twelve_analysts_who_take_the_next_best_at_once_get_twelve_cases(transactional_db):
    with care_scope():
        ana = cast.contact(cast.organisation("acme", "Acme"), "Ana", "ana@acme.example")
        team = [cast.care(f"Analyst {n}", f"a{n}@care.example", "analyst") for n in range(12)]
        for number in range(12):
            cast.file(ana, title=f"case {number}")
    failed: list[BaseException] = []

    def take(analyst):
        try:
            for _ in range(30):
                with care_scope():
                    best = live.next_best(analyst, timezone.now())
                    if actions.take_free(Case.objects.get(number=best.number), by=analyst):
                        return
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(analyst,)) for analyst in team]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    with care_scope():
        assert CaseEvent.objects.filter(verb="taken").count() == 12
        assert Case.objects.values("assignee").distinct().count() == 12


# --- what is new, and what is unread


def test_nothing_new_costs_one_statement_and_says_nothing(
    ana, kim, monday, django_assert_num_queries
):
    case = cast.file(ana)
    newest = live.version()
    with django_assert_num_queries(1):
        results = live.news(
            kim, QueueFilters(), since=newest, now=timezone.now(), shown=[case.number]
        )
    assert (results.version, results.arrived, results.changed) == (newest, [], [])


def test_what_was_told_once_is_not_reckoned_again_until_more_happens(
    ana, kim, monday, django_assert_num_queries
):
    newest = live.version()
    new = cast.file(ana)
    results = live.news(kim, QueueFilters(), since=newest, now=timezone.now(), shown=[])
    assert results.arrived == [new.number]
    with django_assert_num_queries(1):
        live.news(
            kim, QueueFilters(), since=newest, seen=results.version, now=timezone.now(), shown=[]
        )


def test_a_new_case_of_the_list_is_announced_and_a_change_of_a_shown_row_is_marked(
    client, ana, ben, kim, monday
):
    shown, other = cast.file(ana), cast.file(ben)
    newest = live.version()
    new = cast.file(ana)
    cast.file(ben, title="of another list")
    actions.note(shown, by=kim, text="x")
    actions.note(other, by=kim, text="x")
    client.force_login(kim)
    query = {"organisation": "acme", "since": newest, "shown": str(shown.number)}
    payload = client.get("/console/news/", query).json()
    assert (payload["arrived"], payload["changed"]) == ([new.number], [shown.number])


@pytest.mark.parametrize("since", ["", "x", "-1", "9" * 30])
def test_news_since_nothing_is_refused_with_what_to_say(client, kim, since):
    client.force_login(kim)
    answer = client.get("/console/news/", {"since": since})
    assert answer.status_code == 403
    assert "since which event" in answer.content.decode()


def test_what_the_contact_said_after_my_last_look_is_unread_to_me_alone(
    client, ana, kim, lee, monday
):
    case = actions.take(cast.file(ana), by=kim).case
    assert rows(kim)[0].is_unread
    client.force_login(kim)
    monday.move_to(utc("2026-03-02 09:05"), tick=False)
    client.get(f"/console/cases/{case.code}/")
    assert not rows(kim)[0].is_unread
    assert rows(lee)[0].is_unread
    monday.move_to(utc("2026-03-02 09:10"), tick=False)
    actions.answer_as_contact(case, by=ana, text="One more thing.")
    assert rows(kim)[0].is_unread


def test_a_contact_leaves_no_look(ana):
    read_marks.mark_read(cast.file(ana), by=ana)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cases_readmark")
        assert cursor.fetchone() == (0,)


# --- saved views


def test_a_list_is_kept_under_a_name_for_oneself_or_for_all_of_care(client, kim, lee):
    client.force_login(kim)
    client.post("/console/views/", {"name": "My Criticals", "query": "severity=1"})
    client.post(
        "/console/views/", {"name": "Voice", "query": "area=Voice&nonsense=1", "shared": "1"}
    )
    assert set(SavedView.objects.values_list("name", "query", "is_shared")) == {
        ("My Criticals", "severity=1", False),
        ("Voice", "area=Voice", True),
    }
    client.force_login(lee)
    client.get("/console/")  # where the messages of both are read
    body = client.get("/console/?area=Voice").content.decode()
    assert holds(body, "Voice · Queue")
    assert "My Criticals" not in body
    mine = SavedView.objects.get(name="Voice")
    assert client.post(f"/console/views/{mine.pk}/removal/").status_code == 404


# --- one thing to many cases


def test_a_preview_says_what_would_be_refused_and_writes_nothing(client, ana, kim, monday):
    first, closed = cast.file(ana), actions.accept(cast.proposed(ana, kim), by=ana).case
    events = CaseEvent.objects.count()
    client.force_login(kim)
    form_data = {
        "noun": "information",
        "case": [first.code, closed.code],
        "step": "preview",
        "text": "Which phones?",
    }
    answer = client.post("/console/bulk/", form_data)
    outcomes = {outcome.case.pk: outcome.refusal for outcome in answer.context["outcomes"]}
    assert outcomes[first.pk] == ""
    assert outcomes[closed.pk] != ""
    assert answer.context["doable"] == 1
    assert CaseEvent.objects.count() == events
    first.refresh_from_db()
    assert first.state == "new"


def test_each_case_goes_by_its_own_verb_and_a_refusal_stops_no_other(client, ana, ben, kim, monday):
    cases = [cast.file(ana), actions.accept(cast.proposed(ana, kim), by=ana).case, cast.file(ben)]
    client.force_login(kim)
    form_data = {
        "noun": "information",
        "case": [case.code for case in cases],
        "step": "do",
        "text": "Which phones?",
    }
    answer = client.post("/console/bulk/", form_data)
    assert [outcome.is_done for outcome in answer.context["outcomes"]] == [True, False, True]
    assert cast.verbs(cases[0])[-1] == "information_requested"
    assert cast.verbs(cases[2])[-1] == "information_requested"
    assert "refused" in answer.content.decode()


def test_words_that_are_missing_are_asked_for_and_nothing_is_done(client, ana, kim):
    case = cast.file(ana)
    client.force_login(kim)
    answer = client.post(
        "/console/bulk/", {"noun": "information", "case": case.code, "step": "do", "text": ""}
    )
    assert answer.status_code == 422
    assert cast.verbs(case) == ["filed"]


def test_more_than_a_hundred_cases_at_once_are_refused(client, kim):
    client.force_login(kim)
    answer = client.post(
        "/console/bulk/", {"noun": "assignment", "case": [f"CT-{n:07d}" for n in range(101)]}
    )
    assert answer.status_code == 403
    assert "At most 100" in answer.content.decode()


def test_tags_are_cares_own_and_are_kept_in_one_shape(ana, kim):
    case = actions.tag(cast.file(ana), by=kim, add=["  Carrier ", "OSAKA", "carrier"]).case
    assert case.tags == ["carrier", "osaka"]
    assert case.events.last().facing == "internal"
    assert actions.tag(case, by=kim, remove=["osaka"]).case.tags == ["carrier"]


def test_many_cases_are_given_to_a_colleague_or_a_team(client, ana, kim, lee, monday):
    first, second = cast.file(ana), cast.file(ana)
    team = Team.objects.create(name="Voice")
    client.force_login(kim)
    chosen = {"noun": "handover", "case": [first.code, second.code], "step": "do"}
    assert client.post("/console/bulk/", chosen).status_code == 422
    client.post("/console/bulk/", {**chosen, "assignee": lee.pk, "team": team.pk})
    for case in (first, second):
        case.refresh_from_db()
        assert (case.assignee, case.team) == (lee, team)
        assert cast.verbs(case) == ["filed", "assigned"]


def test_duplicates_are_merged_into_one_at_once(client, ana, kim, monday):
    survivor = cast.file(ana, title="first")
    monday.move_to(utc("2026-03-02 09:10"), tick=False)
    duplicates = [cast.file(ana, title="again"), cast.file(ana, title="and again")]
    client.force_login(kim)
    chosen = {
        "noun": "merge",
        "case": [case.code for case in (survivor, *duplicates)],
        "step": "do",
    }
    answer = client.post(
        "/console/bulk/", {**chosen, "other": survivor.code, "text": "The same trunk."}
    )
    assert [outcome.is_done for outcome in answer.context["outcomes"]] == [False, True, True]
    survivor.refresh_from_db()
    assert survivor.is_open
    assert {
        case.state for case in Case.objects.filter(pk__in=[case.pk for case in duplicates])
    } == {"closed"}


def test_who_is_at_a_case_is_shown_in_its_row_to_the_others(ana, kim, lee, monday):
    case = cast.file(ana)
    presence.be_here(case, by=lee, writes="answer")
    assert rows(kim)[0].present == f"{lee.name} is writing"
    assert rows(lee)[0].present is None
    monday.move_to(utc("2026-03-02 09:01"), tick=False)
    assert rows(kim)[0].present is None


def test_a_case_is_tagged_on_its_page_and_a_tag_leads_to_the_others(client, ana, kim, monday):
    case = cast.file(ana)
    client.force_login(kim)
    client.post(f"/console/cases/{case.code}/tags/", {"add": "Carrier, osaka"})
    body = client.get(f"/console/cases/{case.code}/").content.decode()
    assert 'href="/console/?tag=carrier"' in body
    assert titles(kim, tag="osaka") == [case.title]
    client.force_login(ana)
    assert "osaka" not in client.get(f"/portal/cases/{case.code}/").content.decode()
    assert client.get("/console/tags/choices/").status_code == 403


def test_present_tags_are_ticked_to_take_them_off(client, ana, kim):
    case = actions.tag(cast.file(ana), by=kim, add=["carrier", "osaka", "trunk: 7"]).case
    client.force_login(kim)
    address = f"/console/cases/{case.code}/tags/"
    assert re.findall(r'name="remove" value="([^"]*)"', client.get(address).content.decode()) == [
        "carrier",
        "osaka",
        "trunk: 7",
    ]
    assert client.post(address, {"add": "", "remove": []}).status_code == 422
    client.post(address, {"add": "VIP", "remove": ["osaka", "trunk: 7", "off already"]})
    case.refresh_from_db()
    assert case.tags == ["carrier", "vip"]


def test_the_most_used_tags_of_open_cases_are_suggested(client, ana, kim):
    for tags in (["carrier", "sip"], ["carrier", "camera"], ["carrier", "sip"]):
        actions.tag(cast.file(ana), by=kim, add=tags)
    closed = actions.tag(cast.proposed(ana, kim), by=kim, add=["cancelled"]).case
    actions.accept(closed, by=ana)
    client.force_login(kim)

    def suggested(typed):
        body = client.get("/console/tags/choices/", {"add": typed}).content.decode()
        return re.findall(r'<option value="([^"]*)"', body)

    assert suggested("") == ["carrier", "sip", "camera"]
    assert suggested("CA") == ["carrier", "camera"]
    assert suggested("Carrier, ca") == ["Carrier, camera"]
    assert suggested("ca%") == []
    actions.tag(cast.file(ana), by=kim, add=[f"zone {number}" for number in range(12)])
    assert len(suggested("zone")) == 10
    known_tags.fold()
    assert suggested("ca") == ["carrier", "camera"]
    assert not known_tags.wrong_counts()


def test_a_suggestion_reads_counts_and_no_case(ana, kim):
    """The counts follow what contacts do too, and a wrong one is found and counted again."""
    case = actions.tag(cast.proposed(ana, kim), by=kim, add=["carrier"]).case
    with organisation_scope(ana.organisation_id):
        actions.accept(case, by=ana)
    with care_scope():
        assert known_tags.most_used("", by=kim) == []
        actions.reopen(case, by=kim, text="It is back.")
        with CaptureQueriesContext(connection) as queries:
            assert known_tags.most_used("c", by=kim) == ["carrier"]
        (sql,) = [query["sql"] for query in queries]
        assert set(re.findall(r'FROM "(\w+)"', sql)) == {"cases_tagcount"}
        assert "JOIN" not in sql
        for _ in range(3):
            known_tags.fold()
        assert TagCount.objects.count() == 1
        TagCount.objects.update(n=5)
        assert known_tags.wrong_counts() == [
            "The count of open cases with the tag carrier is off: 5 instead of 1."
        ]
        known_tags.recount()
        assert not known_tags.wrong_counts()
    with pytest.raises(Refused):
        known_tags.most_used("", by=ana)
