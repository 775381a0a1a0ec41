"""Service reports and exports: the same figures as insight, explained, as files that no spreadsheet
runs.
"""

import csv
import io
import os
import zipfile
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from caretrack.web.shared import pdf, service_reports
from contacts.models import AdminEvent, DesignatedContact, QueuedEmail
from core.errors import Refused
from core.tenancy import care_scope, organisation_scope
from insight import aggregation, attainment, queries
from insight.filters import FigureFilters
from insight.models import Dimension, Fact
from insight.periods import Period
from insight.queries import FigureQuery
from insight.reports import building, exporting, rows, schedules, tables
from insight.reports.models import Export, ReportSchedule
from sla import sweeps
from sla.models import Clock, ClockFact
from tests import cast
from tests.cast import utc
from tests.pages import tidy

MARCH = Period("custom", date(2026, 3, 1), date(2026, 3, 31))


@pytest.fixture
def counted(busy):
    aggregation.run(busy + timedelta(hours=1))
    return busy


def test_a_report_says_what_insight_says_of_that_organisation(counted, acme):
    report = building.build(acme, MARCH, counted)
    tally = queries.whole(
        FigureQuery(MARCH, ((Dimension.ORGANISATION, str(acme.pk)),)),
        queries.now(),
        ["met", "missed", "opened", "closed"],
    )
    totals = {line.kind: line.figures for line in report.lines if line.severity is None}
    for kind in ("response", "restore"):
        assert (totals[kind].met, totals[kind].missed) == (
            tally.n("met", kind=kind),
            tally.n("missed", kind=kind),
        )
    assert report.missed == tally.n("missed") == len(report.breaches) > 2
    assert (report.opened, report.closed) == (tally.n("opened"), tally.n("closed"))
    assert report.left == acme.cases.exclude(state="closed").count()


def test_a_reports_times_are_those_of_the_clocks_to_the_second(counted, acme, client, maya):
    report = building.build(acme, MARCH, counted)
    total = next(line for line in report.lines if line.kind == "response" and not line.severity)
    used = sorted(
        Clock.objects.filter(organisation=acme, kind="response", stopped_at__isnull=False)
        .exclude(outcome="cancelled")
        .values_list("used_seconds", flat=True)
    )
    assert len(used) > 4
    assert total.figures.median == used[(len(used) + 1) // 2 - 1]
    assert total.figures.nine_tenths == used[-(-len(used) * 9 // 10) - 1]
    client.force_login(maya)
    page = client.get("/insight/reports/acme/?from=2026-03-01&to=2026-03-31").content.decode()
    assert "within 1 %" not in page


def test_figures_of_one_customer_are_exact_and_those_of_all_are_not(counted, acme, client, maya):
    ninety = {}
    for where in ((), ((Dimension.ORGANISATION, str(acme.pk)),)):
        filters = FigureFilters(MARCH, where)
        shown = attainment.shown(filters)
        ninety[where] = shown["groups"][0].total.figures.nine_tenths
        assert shown["is_exact"] == bool(where)
    used = sorted(
        Clock.objects.filter(organisation=acme, kind="response", stopped_at__isnull=False)
        .exclude(outcome="cancelled")
        .values_list("used_seconds", flat=True)
    )
    assert ninety[filters.where] == used[-(-len(used) * 9 // 10) - 1]
    client.force_login(maya)
    address = "/insight/attainment/?from=2026-03-01&to=2026-03-31"
    assert "within 1 %" in client.get(address).content.decode()
    assert "within 1 %" not in tidy(
        client.get(f"{address}&organisation={acme.pk}&by=team").content.decode()
    )


def test_each_breach_is_explained_to_the_second(counted, acme):
    report = building.build(acme, MARCH, counted)
    facts = (
        ClockFact.objects.filter(organisation=acme, kind="breached")
        .values("clock")
        .distinct()
        .count()
    )
    assert len(report.breaches) == facts
    for one in report.breaches:
        assert one.due_at is not None
        assert one.due_at <= one.at + timedelta(seconds=1)
        if one.used_seconds is not None and one.ended_at is not None:
            skipped = sum(skip.seconds for skip in one.skipped)
            assert one.used_seconds + skipped == int(
                (one.ended_at - one.started_at).total_seconds()
            )


def test_a_miss_of_the_last_minutes_is_in_table_list_and_files_alike(
    busy, client, acme, ana, maya, time_machine
):
    aggregation.run(busy)
    time_machine.move_to(utc("2026-03-16 09:00"), tick=False)
    late = cast.file(ana, severity=1, title="Missed a minute ago")
    time_machine.move_to(utc("2026-03-16 12:30"), tick=False)
    sweeps.check_clocks()
    assert not Fact.objects.filter(case_key=late.pk, what="missed").exists()
    report = building.build(acme, MARCH, timezone.now())
    assert report.missed == len(report.breaches)
    of_it = [one for one in report.breaches if one.code == late.code]
    assert {one.label for one in of_it} == {"First response"}
    client.force_login(maya)
    answer = client.get("/reports/acme/report.csv?from=2026-03-01&to=2026-03-31")
    lines = list(
        csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))
    )
    missed = [line for line in lines if line["What"] == "Missed"]
    assert len(missed) == report.missed
    assert missed[-1]["Title"] == "Missed a minute ago"
    page = client.get("/insight/reports/acme/?from=2026-03-16&to=2026-03-16").content.decode()
    assert "Missed a minute ago" in page
    assert "Nothing was missed" not in page
    aggregation.run(timezone.now() + timedelta(hours=1))
    counted = building.build(acme, MARCH, timezone.now())
    assert counted.breaches == report.breaches


def test_an_open_breach_has_the_time_it_has_taken_so_far(counted, acme):
    still_open = [
        one for one in building.build(acme, MARCH, counted).breaches if one.ended_at is None
    ]
    assert still_open
    for one in still_open:
        assert one.used_seconds > one.target_seconds
        skipped = sum(skip.seconds for skip in one.skipped)
        assert one.used_seconds + skipped == int((counted - one.started_at).total_seconds())


def test_nothing_is_said_to_be_met_where_figure_and_list_disagree(counted, client, acme, maya):
    """The page names the misses that the list does not have yet, and never says “nothing”."""
    report = building.build(acme, MARCH, counted)
    partial = replace(report, breaches=[], missed=1)
    page = render_to_string(
        "reports/_report.html", {**service_reports._context(partial, ""), "user": maya}
    )
    assert "Nothing was missed" not in page
    assert "1 more is being written up and appears here in a few minutes." in tidy(page)
    whole = render_to_string(
        "reports/_report.html",
        {**service_reports._context(replace(partial, missed=0), ""), "user": maya},
    )
    assert "Nothing was missed" in whole


def test_the_workbook_explains_every_breach_however_many_there_are(
    counted, client, acme, maya, monkeypatch
):
    monkeypatch.setattr(building, "MOST_SHOWN", 1)
    client.force_login(maya)
    query = "?from=2026-03-01&to=2026-03-31"
    page = client.get(f"/insight/reports/acme/{query}").content.decode()
    missed = building.build(acme, MARCH, counted).missed
    assert f"{missed - 1} more are in the workbook." in tidy(page)
    book = zipfile.ZipFile(io.BytesIO(client.get(f"/reports/acme/report.xlsx{query}").content))
    assert book.read("xl/worksheets/sheet3.xml").decode().count("<row ") == missed + 1


def test_the_customers_scope_sees_the_same_report(counted, acme, globex):
    cares = building.build(acme, MARCH, counted)
    with organisation_scope(acme.pk):
        own = building.build(acme, MARCH, counted)
        assert building.build(globex, MARCH, counted).lines == []
        assert not Fact.objects.filter(organisation=globex).exists()
    assert own == cares


def test_only_the_primary_contact_reads_it_in_the_portal(counted, client, acme, ana, cole, maya):
    client.force_login(ana)
    assert client.get("/portal/report/").status_code == 403
    DesignatedContact.objects.filter(user=ana).update(is_primary=True)
    answer = client.get("/portal/report/?from=2026-03-01&to=2026-03-31")
    assert answer.status_code == 200
    body = answer.content.decode()
    assert "Service report of Acme Retail" in body
    assert "Kim Kato" not in body
    assert "/portal/report/" in client.get("/portal/organisation/").content.decode()
    client.force_login(cole)
    assert client.get("/portal/report/").status_code == 403
    client.force_login(maya)
    assert client.get("/insight/reports/acme/?from=2026-03-01&to=2026-03-31").status_code == 200
    assert client.get("/insight/reports/nobody/").status_code == 404


def test_files_are_for_care_and_for_that_very_organisation(
    counted, client, acme, globex, ana, ben, maya
):
    DesignatedContact.objects.update(is_primary=True)
    for form in ("csv", "xlsx"):
        for user, own, status in (
            (ana, "acme", 200),
            (ana, "globex", 404),
            (ben, "acme", 404),
            (maya, "globex", 200),
        ):
            client.force_login(user)
            answer = client.get(f"/reports/{own}/report.{form}?from=2026-03-01&to=2026-03-31")
            assert answer.status_code == status, (user, own, form)
    client.force_login(ana)
    answer = client.get("/reports/acme/report.csv?from=2026-03-01&to=2026-03-31")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert {row["Organisation"] for row in rows} == {"acme"}
    assert "Analyst at the time" not in rows[0]
    assert answer["Content-Disposition"].startswith(
        'attachment; filename="acme-service-report-2026-03-01'
    )


def test_the_workbook_holds_every_sheet(counted, client, maya):
    client.force_login(maya)
    answer = client.get("/reports/acme/report.xlsx?from=2026-03-01&to=2026-03-31")
    book = zipfile.ZipFile(io.BytesIO(answer.content))
    text = book.read("xl/workbook.xml").decode()
    for name in (
        "Targets",
        "Over time",
        "Breaches",
        "Analyses",
        "Corrective actions",
        "Every target",
    ):
        assert f'name="{name}"' in text


def test_the_report_is_a_pdf(counted, client, maya):
    if not pdf.is_possible():
        assert "CI" not in os.environ, "there the file is made for certain: .ci/run installs Pango"
        pytest.skip(
            "WeasyPrint needs Pango, which no wheel brings; without it the same "
            "address leads to the page"
        )
    client.force_login(maya)
    answer = client.get("/reports/acme/report.pdf?from=2026-03-01&to=2026-03-31")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-1.7")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(text, tmp_path):
    (line,) = list(
        csv.reader(
            io.StringIO(
                "".join(tables.csv_lines(["a"], [[text]])).lstrip(tables.BOM).split("\r\n", 1)[1]
            )
        )
    )
    assert line[0] == f"'{text}"
    tables.write_xlsx(tmp_path / "x.xlsx", [("Sheet", ["a"], [[text]])])
    sheet = zipfile.ZipFile(tmp_path / "x.xlsx").read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet


def test_the_cases_behind_a_figure_can_be_taken_along(counted, client, maya):
    client.force_login(maya)
    query = "what=missed&kind=response&from=2026-03-01&to=2026-03-31"
    answer = client.post("/insight/cases/export/", {"query": query, "form": "csv"})
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert len(rows) == Fact.objects.filter(what="missed", kind="response").count() > 1
    assert {row["What"] for row in rows} == {"Missed"}
    assert client.post("/insight/cases/export/", {"query": query, "form": "exe"}).status_code == 403


def test_a_long_list_is_made_by_a_worker_and_told_of(counted, client, maya, kim, monkeypatch):
    monkeypatch.setattr(exporting, "AT_ONCE", 1)
    monkeypatch.setattr(exporting, "_soon", lambda key: None)
    monkeypatch.setattr(rows, "BATCH", 2)
    client.force_login(maya)
    query = "what=missed&from=2026-03-01&to=2026-03-31"
    answer = client.post("/insight/cases/export/", {"query": query, "form": "csv"})
    assert answer["Location"] == "/insight/exports/"
    one = Export.objects.get()
    assert "Waiting" in str(one.get_state_display())
    exporting.make(one.pk)
    one.refresh_from_db()
    assert (one.state, one.done) == ("ready", Fact.objects.filter(what="missed").count())
    assert one.per_cent == 100
    assert (
        QueuedEmail.objects.filter(recipient=maya, subject__startswith="Your file is ready").count()
        == 1
    )
    got = client.get(f"/insight/exports/{one.pk}/")
    assert b"".join(got.streaming_content).count(b"\r\n") == one.done + 1
    client.force_login(kim)
    assert client.get(f"/insight/exports/{one.pk}/").status_code == 404
    exporting.forget(timezone.now() + timedelta(days=8))
    assert not Export.objects.exists()
    assert list(exporting.folder().iterdir()) == []


def test_a_file_that_a_crash_left_is_taken_up_and_given_up_at_last(counted, maya, monkeypatch):
    monkeypatch.setattr(exporting, "_soon", lambda key: None)
    one = exporting.ask(by=maya, query="what=missed", form="xlsx", name="Missed", total=3)
    Export.objects.filter(pk=one.pk).update(state="working", tries=1)
    assert exporting.take_up(timezone.now()) == []
    later = timezone.now() + timedelta(minutes=6)
    assert exporting.take_up(later) == [one.pk]
    Export.objects.filter(pk=one.pk).update(
        tries=3, worked_at=timezone.now() - timedelta(minutes=9)
    )
    exporting.make(one.pk)
    one.refresh_from_db()
    assert one.state == "failed"


def test_who_waits_for_five_files_waits(maya, ana):
    for number in range(5):
        exporting.ask(by=maya, query="", form="csv", name=str(number), total=1)
    with pytest.raises(Refused):
        exporting.ask(by=maya, query="", form="csv", name="six", total=1)
    with pytest.raises(Refused):
        exporting.ask(by=ana, query="", form="csv", name="x", total=1)


def test_rows_come_a_batch_at_a_time_each_in_a_scope_of_its_own(counted, monkeypatch):
    monkeypatch.setattr(rows, "BATCH", 3)
    taken = []

    def scope():
        taken.append(1)
        return care_scope()

    results = list(rows.facts(FigureQuery(MARCH), ("met", "missed", "late"), "", scope))
    assert len(results) == Fact.objects.filter(what__in=["met", "missed", "late"]).count()
    assert len(taken) == 1 + len(results) // 3 + 1  # once for the facts of the last minutes
    assert [row[0] for row in results] == sorted(row[0] for row in results)


# --- Schedules


def test_when_a_report_is_due():
    monday = utc("2026-03-02 07:00")
    assert schedules.following("week", 0, 8, "Europe/Berlin", monday) == utc("2026-03-09 07:00")
    assert schedules.following("week", 0, 9, "Europe/Berlin", monday) == utc("2026-03-02 08:00")
    assert schedules.following("month", 1, 8, "UTC", monday) == utc("2026-03-03 08:00")
    assert schedules.following("quarter", 4, 8, "UTC", monday) == utc("2026-04-03 08:00")
    assert schedules.following("week", 0, 8, "Europe/Berlin", utc("2026-03-28 12:00")) == utc(
        "2026-03-30 06:00"
    )


def test_what_a_report_covers():
    assert schedules.covered("week", date(2026, 3, 9)) == Period(
        "custom", date(2026, 3, 2), date(2026, 3, 8)
    )
    assert schedules.covered("month", date(2026, 3, 3)) == Period(
        "custom", date(2026, 2, 1), date(2026, 2, 28)
    )
    assert schedules.covered("quarter", date(2026, 4, 3)) == Period(
        "custom", date(2026, 1, 1), date(2026, 3, 31)
    )


def test_a_scheduled_report_goes_to_its_readers_once(busy, acme, ana, maya, kim, time_machine):
    new_schedule = schedules.schedule(
        acme, by=maya, covers="week", weekday=0, hour=8, zone="UTC", people=[ana, kim]
    )
    assert AdminEvent.objects.filter(kind="report schedule", verb="created").exists()
    assert schedules.send_due(busy) == 0
    time_machine.move_to(utc("2026-03-16 08:00:10"), tick=False)
    assert schedules.send_due(timezone.now()) == 1
    assert schedules.send_due(timezone.now()) == 0
    emails = QueuedEmail.objects.filter(key__startswith="report:")
    assert {email.recipient_id for email in emails} == {ana.pk, kim.pk}
    to_ana = emails.get(recipient=ana).text
    assert "/portal/report/?from=2026-03-09&to=2026-03-15" in to_ana
    assert "/insight/reports/acme/" in emails.get(recipient=kim).text
    new_schedule.refresh_from_db()
    assert new_schedule.next_at == utc("2026-03-23 08:00")


def test_who_is_sent_the_report_can_open_it_and_nobody_else(counted, client, acme, ana, cole, maya):
    address = "/portal/report/?from=2026-03-01&to=2026-03-31"
    client.force_login(ana)
    assert client.get(address).status_code == 403
    assert "/portal/report/" not in client.get("/portal/organisation/").content.decode()
    new_schedule = schedules.schedule(
        acme, by=maya, covers="week", weekday=0, hour=8, zone="UTC", people=[ana]
    )
    assert client.get(address).status_code == 200
    assert "/portal/report/" in client.get("/portal/organisation/").content.decode()
    assert client.get("/reports/acme/report.csv?from=2026-03-01&to=2026-03-31").status_code == 200
    assert client.get("/reports/globex/report.csv").status_code == 404
    client.force_login(cole)
    assert client.get(address).status_code == 403
    schedules.stop(new_schedule, by=maya)
    client.force_login(ana)
    assert client.get(address).status_code == 403


def test_after_a_month_without_beat_one_report_comes_and_not_four(
    busy, acme, ana, maya, time_machine
):
    schedules.schedule(acme, by=maya, covers="week", weekday=0, hour=8, zone="UTC", people=[ana])
    time_machine.move_to(utc("2026-04-15 12:00"), tick=False)
    schedules.send_due(timezone.now())
    schedules.send_due(timezone.now())
    assert QueuedEmail.objects.filter(key__startswith="report:").count() == 1


def test_a_report_goes_to_nobody_elses_people(busy, acme, ana, ben, maya, kim, time_machine):
    with pytest.raises(Refused):
        schedules.schedule(
            acme, by=maya, covers="week", weekday=0, hour=8, zone="UTC", people=[ben]
        )
    with pytest.raises(Refused):
        schedules.schedule(acme, by=maya, covers="week", weekday=0, hour=8, zone="UTC", people=[])
    with pytest.raises(Refused):
        schedules.schedule(acme, by=kim, covers="week", weekday=0, hour=8, zone="UTC", people=[ana])
    schedules.schedule(
        acme, by=maya, covers="week", weekday=0, hour=8, zone="UTC", people=[ana, kim]
    )
    ana.is_active = False
    ana.save()
    time_machine.move_to(utc("2026-03-16 09:00"), tick=False)
    schedules.send_due(timezone.now())
    assert {
        email.recipient_id for email in QueuedEmail.objects.filter(key__startswith="report:")
    } == {kim.pk}


def test_a_schedule_by_the_page(busy, client, acme, ana, maya, kim):
    client.force_login(maya)
    form_data = {
        "covers": "month",
        "weekday": "0",
        "hour": "8",
        "zone": "Europe/Berlin",
        "people": [ana.pk],
    }
    assert (
        client.post("/insight/reports/acme/schedules/", {**form_data, "people": []}).status_code
        == 422
    )
    assert client.post("/insight/reports/acme/schedules/", form_data).status_code == 302
    report_schedule = ReportSchedule.objects.get()
    assert "Ana Albers" in client.get("/insight/reports/acme/").content.decode()
    client.force_login(kim)
    assert (
        client.post(f"/insight/reports/acme/schedules/{report_schedule.pk}/removal/").status_code
        == 403
    )
    client.force_login(maya)
    assert (
        client.post(f"/insight/reports/globex/schedules/{report_schedule.pk}/removal/").status_code
        == 404
    )
    assert (
        client.post(f"/insight/reports/acme/schedules/{report_schedule.pk}/removal/").status_code
        == 302
    )
    assert not ReportSchedule.objects.exists()


def test_a_report_of_nothing_says_so(client, maya, acme):
    client.force_login(maya)
    body = client.get("/insight/reports/acme/").content.decode()
    assert "No target was met or missed in this period." in body
    assert client.get("/insight/reports/acme/?from=2026-03-09&to=2026-03-01").status_code == 200


def test_analyses_and_corrective_actions_are_in_it(busy, acme, ana, kim, maya, lee):
    case = acme.cases.get(state="resolution_proposed", severity=1)
    cast.published(case, kim, maya)
    aggregation.run(busy + timedelta(hours=1))
    report = building.build(acme, MARCH, busy)
    assert [one.case.pk for one in report.analyses if one.published_at] == [case.pk]
    assert [one.what for one in report.actions] == ["Words."]
