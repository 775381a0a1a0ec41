"""Insight: every figure against a count by hand, and against the list that it opens."""

from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from caretrack.console import queue
from caretrack.console.queue import Filters
from caretrack.insight import figures
from cases import actions
from cases.models import Case
from contacts.models import Organisation
from rca.models import Analysis
from sla import sweeps
from sla.models import Clock, ClockFact
from sla.models.clock import CARES_PROMISES
from tests import cast
from tests.cast import utc


@pytest.fixture
def busy(ana, ben, kim, lee, time_machine):
    """A week in which promises were kept and missed, on two calendars; now it is Friday."""
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    for number in range(12):
        cast.file((ana, ben)[number // 4 % 2], severity=number % 4 + 1, priority=number % 3 + 1)
    for case in Case.objects.filter(severity__in=[1, 3]).order_by("pk")[:3]:
        actions.answer(case, by=kim, text="On it.")
    time_machine.move_to(utc("2026-03-02 15:00"), tick=False)
    sweeps.check_clocks()
    for case in Case.objects.filter(state="new").order_by("pk")[:4]:
        actions.answer(case, by=lee, text="Sorry, late.")
    late = Case.objects.filter(clock_facts__kind="breached", state="in_progress", severity=2).order_by("pk").first()
    actions.set_severity(late, by=kim, severity=4, reason="A workaround exists.")
    critical = Case.objects.filter(severity=1, state="in_progress").order_by("pk").first()
    actions.propose_resolution(critical, by=kim, summary="Replaced.")
    cast.waiting(ana, kim)
    cast.proposed(ana, kim, severity=2)
    time_machine.move_to(utc("2026-03-05 13:00"), tick=False)
    sweeps.check_clocks()
    cast.file(ana, severity=3)
    cast.file(ben, severity=1)
    return timezone.now()


def count(user, history=False):
    return figures.counted(user, now=timezone.now(), history=history)


def test_open_cases_are_what_a_count_by_hand_says(busy, maya):
    by_hand = Counter((case.severity, case.state) for case in Case.objects.exclude(state="closed"))
    assert count(maya).open == dict(by_hand)


def test_promises_met_and_missed_are_what_a_count_by_hand_says(busy, maya):
    missed = Counter((fact.clock.kind, fact.severity) for fact in ClockFact.objects.filter(step="breach"))
    met = Counter()
    for clock in Clock.objects.filter(kind__in=CARES_PROMISES, outcome="met"):
        if not clock.facts.filter(step="breach").exists():
            met[clock.kind, clock.severity] += 1
    told = count(maya).kept
    assert sum(missed.values()) > 3
    assert sum(met.values()) > 2
    assert {key: kept.missed for key, kept in told.items() if kept.missed} == dict(missed)
    assert {key: kept.met for key, kept in told.items() if kept.met} == dict(met)


def test_a_miss_stays_a_miss_under_its_severity_when_the_case_is_lowered(busy, maya):
    lowered = Case.objects.filter(severity=4, events__verb="severity_set").get()
    assert lowered.clock_facts.filter(step="breach", severity=2).exists()
    assert (
        count(maya).kept["response", 2].missed
        == ClockFact.objects.filter(step="breach", clock__kind="response", severity=2).count()
    )


def test_per_cent_are_of_the_decided_ones(busy):
    assert figures.Kept(3, 1).share == 75.0
    assert figures.Kept(0, 0).share is None


def test_analyses_owed_and_late_and_closures_coming_are_what_a_count_by_hand_says(busy, maya):
    told, now = count(maya), timezone.now()
    late = [
        analysis
        for analysis in Analysis.objects.exclude(state="published")
        if Clock.objects.filter(case=analysis.case, kind="rca", stopped_at=None, due_at__lt=now).exists()
    ]
    assert told.rca == {"owed": Analysis.objects.count(), "late": len(late), "unsent": Analysis.objects.count()}
    assert told.rca["late"] == 1
    assert told.closures["proposals"] == Case.objects.filter(state="resolution_proposed").count()
    assert told.closures["waits"] == Case.objects.filter(state="waiting_on_contact").count()


def test_every_figure_opens_the_very_cases_it_counts(busy, client, maya):
    told = count(maya)
    for (name, severity), number in told.left.items():
        page = queue.page(maya, Filters(left=name, severity=severity), now=timezone.now(), size=500)
        assert len(page.cases) == number
    for (severity, state), number in told.open.items():
        page = queue.page(maya, Filters(state=state, severity=severity), now=timezone.now(), size=500)
        assert len(page.cases) == number
    assert sum(told.left.values()) == sum(told.open.values())
    missed = {case.pk for case in queue.page(maya, Filters(left="missed"), now=timezone.now(), size=500).cases}
    by_hand = {
        case.pk
        for case in Case.objects.exclude(state="closed")
        if any(c.due_at and c.due_at < timezone.now() for c in case.clocks.running().filter(kind__in=CARES_PROMISES))
    }
    assert missed == by_hand


def test_the_page_shows_the_figures_and_the_plot_has_its_table(busy, client, maya):
    client.force_login(maya)
    body = client.get("/insight/").content.decode()
    total = count(maya).total("response")
    assert f'data-met="{total.met}" data-missed="{total.missed}"' in body
    assert "style=" not in body


def test_replayed_histories_are_counted_only_when_asked_for(busy, client, maya):
    Organisation.objects.filter(short_name="globex").update(is_historical=True)
    here = Case.objects.exclude(state="closed").filter(organisation__short_name="acme").count()
    assert sum(count(maya).open.values()) == here
    assert sum(count(maya, history=True).open.values()) == Case.objects.exclude(state="closed").count()
    client.force_login(maya)
    assert "are left out" in client.get("/insight/").content.decode()
    assert "are counted too" in client.get("/insight/?history=1").content.decode()


def test_analysts_may_read_it_and_the_page_asks_few_questions(busy, client, kim):
    client.force_login(kim)
    client.get("/insight/")
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/insight/").status_code == 200
    assert (
        len(
            [
                q
                for q in asked
                if "cases_" in q["sql"] or "sla_" in q["sql"] or "rca_" in q["sql"] or "calendar" in q["sql"]
            ]
        )
        <= 8
    )
    assert len(asked) <= 12
