"""What belongs to the period of a service report, and how its time line is drawn."""

from datetime import date, timedelta

import pytest
from django.template.loader import render_to_string

from caretrack.web.shared import service_reports
from cases import actions
from insight import aggregation
from insight.figure_sums import Attainment, Sum
from insight.periods import Period
from insight.reports import building
from insight.reports.chart import chart_of
from insight.reports.steps import ReportStep
from rca import actions as rca
from rca.models import Analysis, CorrectiveAction
from tests import cast
from tests.cast import utc
from tests.pages import tidy


def month(number):
    first = date(2026, number, 1)
    return Period("custom", first, date(2026, number + 1, 1) - timedelta(days=1))


@pytest.fixture
def outage(ana, kim, time_machine):
    """A High case of 20 March with a proposed resolution."""
    time_machine.move_to(utc("2026-03-20 09:00"), tick=False)
    return cast.proposed(ana, kim, severity=2)


def report_of(acme, number, at="2026-06-01 09:00"):
    return building.build(acme, month(number), utc(at))


def page_of(report):
    return tidy(render_to_string("reports/_report.html", service_reports._context(report, "")))


def test_an_analysis_is_in_the_periods_in_which_it_was_owed_due_or_published(
    acme, kim, maya, outage, time_machine
):
    time_machine.move_to(utc("2026-04-10 09:00"), tick=False)
    cast.published(outage, kim, maya)
    listed = {
        number: [one.case.code for one in report_of(acme, number).analyses]
        for number in (2, 3, 4, 5)
    }
    assert listed == {2: [], 3: [outage.code], 4: [outage.code], 5: []}


def test_a_corrective_action_is_in_no_report_of_a_time_before_it_was_promised(
    acme, kim, maya, outage, time_machine
):
    time_machine.move_to(utc("2026-04-10 09:00"), tick=False)
    cast.published(
        outage, kim, maya, actions=[{"what": "Alarm", "owner_name": "Us", "due_on": "2026-05-20"}]
    )
    time_machine.move_to(utc("2026-05-25 09:00"), tick=False)
    rca.move_action(CorrectiveAction.objects.get(), by=kim, state="done", words="Built.")
    assert {number: len(report_of(acme, number).actions) for number in (3, 4, 5, 6)} == {
        3: 0,
        4: 1,  # promised
        5: 1,  # due, and changed
        6: 0,
    }


def test_the_days_of_a_report_are_those_of_the_main_site(acme, kim, outage, time_machine):
    """Half an hour before the first of April in UTC is April in Berlin."""
    time_machine.move_to(utc("2026-03-31 22:30"), tick=False)
    Analysis.objects.update(created_at=utc("2026-03-31 22:30"))
    assert report_of(acme, 3).analyses == []
    assert len(report_of(acme, 4).analyses) == 1


def test_a_second_version_makes_no_analysis_late(acme, kim, maya, outage, time_machine):
    time_machine.move_to(utc("2026-03-20 10:00"), tick=False)
    cast.published(outage, kim, maya)
    time_machine.move_to(utc("2026-04-20 10:00"), tick=False)
    analysis = Analysis.objects.get()
    rca.save_draft(analysis, by=kim, sections={**analysis.draft, "summary": "More."})
    rca.submit(analysis, by=kim)
    rca.publish(analysis, by=maya)
    (one,) = report_of(acme, 4).analyses
    assert one.published_at == utc("2026-03-20 10:00") < one.due_at
    assert (one.newest, one.newest_at) == (2, utc("2026-04-20 10:00"))
    assert one.policy == outage.terms.policy_version.short
    page = page_of(report_of(acme, 4))
    assert "Fri 20 Mar 2026 11:00" in page
    assert "version 2: <time" in page or "version 2:<time" in page
    assert one.policy in page


def test_a_withdrawn_analysis_is_due_again_after_the_next_resolution(
    acme, ana, kim, outage, time_machine
):
    due_at = report_of(acme, 3).analyses[0].due_at
    assert due_at is not None
    actions.accept(outage, by=ana)
    time_machine.move_to(utc("2026-03-21 09:00"), tick=False)
    actions.reopen(outage, by=ana, text="It came back.")
    (one,) = report_of(acme, 3).analyses
    assert (one.due_at, one.is_due_again) == (None, True)
    assert "due again after the next resolution" in page_of(report_of(acme, 3))


def test_days_on_which_nothing_happened_are_left_out_and_the_page_says_so(
    acme, outage, client, maya
):
    aggregation.run(utc("2026-03-21 09:00"))
    report = report_of(acme, 3)
    assert len(report.steps) == 31
    assert [step.period.first for step in report.busy_steps] == [date(2026, 3, 20)]
    page = page_of(report)
    assert page.split("report-flow")[1].count('<th scope="row">') <= 3
    assert "Days on which nothing happened are left out." in page
    year = building.build(
        acme, Period("custom", date(2026, 1, 1), date(2026, 12, 31)), utc("2026-06-01 09:00")
    )
    assert "Months in which nothing happened are left out." in page_of(year)


@pytest.mark.parametrize("template", ["reports/_report.html", "reports/pdf.html"])
def test_page_and_pdf_have_the_chart(acme, outage, template):
    aggregation.run(utc("2026-03-21 09:00"))
    text = tidy(render_to_string(template, service_reports._context(report_of(acme, 3), "")))
    assert "chart__bar--opened" in text
    assert "20 Mar 2026: 1 opened, 0 closed; 2 met, 0 missed" in text


def step(opened, closed, met, missed):
    day = Period("day", date(2026, 3, 2), date(2026, 3, 2))
    return ReportStep(day, opened, closed, Attainment(met, missed, Sum()), Attainment(0, 0, Sum()))


def test_the_tallest_bar_of_each_half_fills_it_and_a_single_case_is_seen():
    chart = chart_of([step(400, 1, 3, 1), step(0, 0, 0, 0)])
    first, second = chart.columns
    heights = {bar.counts: bar.height for bar in first.bars}
    assert heights["opened"] == chart.cases_foot - chart.cases_top
    assert heights["closed"] >= 2
    assert heights["met"] + heights["missed"] == chart.targets_foot - chart.targets_top
    assert second.bars == []
    assert (chart.most_cases, chart.most_targets) == (400, 4)
    assert all(bar.x >= 0 and bar.x + bar.width <= chart.width for bar in first.bars)
    assert chart_of([step(0, 0, 0, 0)]).is_empty
