"""Workload: every number opens as many cases, and nothing is assigned before it is confirmed."""

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from caretrack.web.managers import workload
from cases import actions, presence
from cases.models import Case
from contacts.models import Team
from insight import aggregation
from routing.models import WorkPattern
from sla.queue import AGES, LEFT
from tests import cast
from tests.insight.test_pages import listed, numbers, seen
from tests.pages import tidy

__all__ = ["seen"]
ADDRESS = "/insight/workload/"


@pytest.fixture
def body(seen, client):
    return tidy(client.get(ADDRESS).content.decode())


def of(now, label):
    return next(row for row in workload.shown(now)["analysts"] if row.label == label)


def test_every_number_opens_as_many_cases(body, client):
    figures = numbers(body)
    assert len(figures) > 25
    for address, number in dict(figures).items():
        assert listed(client, address) == number, address


def test_every_piece_of_the_plot_opens_its_cases(body, client):
    pieces = re.findall(r'<a href="([^"]+)" tabindex="-1"><title>[^<]*: ([\d,]+)</title>', body)
    assert len(pieces) > 3
    for address, number in pieces:
        assert listed(client, html.unescape(address)) == int(number), address


def test_rows_add_up_to_all_open_cases(seen):
    context = workload.shown(seen)
    for rows in (context["analysts"], context["teams"]):
        loads = [row.load for row in rows]
        open_cases = Case.objects.exclude(state="closed").count()
        assert sum(load.open[0] for load in loads) == open_cases
        for load in loads:
            assert sum(number for number, _ in load.by_left) == load.open[0]
            assert sum(number for number, _ in load.by_age) == load.open[0]
            assert (len(load.by_left), len(load.by_age)) == (len(LEFT), len(AGES))


def test_the_week_counts_what_each_got_and_closed(seen, kim, lee, ana, time_machine):
    got = {person: of(seen, person.name).load.assigned[0] for person in (kim, lee)}
    closed = of(seen, kim.name).load.closed[0]
    case = cast.file(ana, severity=3)
    actions.answer(case, by=kim, text="We look.")
    time_machine.move_to(seen + timedelta(minutes=1), tick=False)
    actions.take(case, by=lee)
    actions.propose_resolution(case, by=lee, text="Done.")
    actions.accept(case, by=ana)
    aggregation.run(seen + timedelta(hours=2))
    assert of(seen, kim.name).load.assigned[0] == got[kim] + 1
    assert of(seen, lee.name).load.assigned[0] == got[lee] + 1
    assert of(seen, kim.name).load.closed[0] == closed
    assert of(seen, lee.name).load.closed[0] > 0


def test_it_says_who_is_at_work_and_at_which_case(seen, kim, lee, maya):
    team = Team.objects.get(name="Voice")
    team.members.add(kim, lee)
    week = {"fri": [["00:00", "24:00"]]}
    WorkPattern.objects.create(person=kim, week=week)
    WorkPattern.objects.create(person=lee, week=week, away_until=seen + timedelta(days=1))
    case = Case.objects.exclude(state="closed").first()
    presence.be_here(case, by=kim, writes="answer")
    at_work, away = of(seen, kim.name), of(seen, lee.name)
    assert (at_work.status, away.status) == ("at work", "away")
    assert (at_work.present_at, at_work.activity) == (case.code, "is writing an answer")
    assert of(seen, maya.name).status == "not at work"
    voice = next(row for row in workload.shown(seen)["teams"] if row.label == "Voice")
    assert (voice.at_work, voice.members) == (1, 2)


def test_only_managers_see_it(client, kim, ana, maya, seen):
    for person, status in ((kim, 403), (ana, 403), (maya, 200)):
        client.force_login(person)
        for address in (ADDRESS, f"{ADDRESS}{kim.pk}/"):
            assert client.get(address).status_code == status
    client.force_login(kim)
    assert ADDRESS not in client.get("/insight/flow/").content.decode()
    client.force_login(maya)
    assert ADDRESS in client.get("/insight/flow/").content.decode()
    assert client.get(f"{ADDRESS}{ana.pk}/").status_code == 404


def test_it_costs_few_statements_however_many_there_are(seen, client, kim, ana):
    def count(address):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        skipped = ("SAVEPOINT", "RELEASE")
        return len([query for query in queries if not query["sql"].startswith(skipped)])

    addresses = (ADDRESS, f"{ADDRESS}{kim.pk}/")
    few = [count(address) for address in addresses]
    for number in range(6):
        person = cast.care(f"Analyst {number}", f"analyst{number}@care.example", "analyst")
        Team.objects.create(name=f"Team {number}").members.add(person, kim)
        actions.take(cast.file(ana), by=person)
        actions.take(cast.file(ana), by=kim)
    assert [count(address) for address in addresses] == few
    assert max(few) <= 10, few


def test_cases_move_only_after_a_preview_and_a_confirmation(seen, client, kim, lee, maya):
    page = tidy(client.get(f"{ADDRESS}{kim.pk}/").content.decode())
    codes = re.findall(r'name="case" value="(CT-\d+)"', page)
    assert len(codes) == of(seen, kim.name).load.open[0] > 1
    assert f'<option value="{lee.pk}">Lee Lind: ' in page
    assert f'<option value="{kim.pk}">' not in page
    given = {"noun": "handover", "origin": "workload", "assignee": lee.pk, "case": codes[:2]}
    before = of(seen, lee.name).load.open[0]
    preview = client.post("/console/bulk/", {**given, "step": "preview"}).content.decode()
    assert "‹ Workload" in preview
    assert f"up to {before + 2} afterwards" in tidy(preview)
    assert of(seen, lee.name).load.open[0] == before
    done = client.post("/console/bulk/", {**given, "step": "do"})
    assert "Back to workload" in tidy(done.content.decode())
    assert of(seen, lee.name).load.open[0] == before + 2
    assert set(Case.objects.filter(assignee=lee).values_list("number", flat=True)) >= {
        int(code.removeprefix("CT-")) for code in codes[:2]
    }
