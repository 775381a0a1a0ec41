"""All that is printed, sent on or stored: full dates, one named zone, and nothing left out."""

import html
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string

from caretrack.web.shared import rca_view, service_reports
from cases import actions
from insight.reports import building
from insight.reports.schedules import default_period
from rca import actions as rca
from rca.models import CorrectiveAction
from tests import cast
from tests.cast import utc
from tests.pages import tidy

TEMPLATES = Path(settings.BASE_DIR) / "templates"
DOCUMENTS = (
    "reports/pdf.html",
    "reports/_choose.html",
    "parts/rca_pdf.html",
    "portal/rca.html",
    "portal/rca_difference.html",
    "portal/rca_print.html",
    "portal/case_print.html",
    "proof/readme.txt",
    "accounts/certificate.html",
)
INCLUDED = re.compile(r"""{%-?\s*include\s+["']([^"']+)["']""")
RELATIVE = re.compile(r"\|\s*(instant|local|till)\b")
IN_READERS_ZONE = re.compile(r"\|\s*fixed\b(?!:zone)")
TODAY = re.compile(r"\b(today|tomorrow|yesterday)\b|今日|明日|昨日", re.IGNORECASE)


def parts_of(name, seen):
    """A template and all that it includes."""
    if name in seen:
        return
    seen.add(name)
    yield name, (TEMPLATES / name).read_text()
    for included in INCLUDED.findall((TEMPLATES / name).read_text()):
        yield from parts_of(included, seen)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_document_uses_a_filter_that_writes_today(document):
    for name, source in parts_of(document, set()):
        assert not RELATIVE.search(source), f"{name}, a part of {document}"
        assert not IN_READERS_ZONE.search(source), f"{name}, a part of {document}"


@pytest.fixture
def monday(time_machine):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    return time_machine


@pytest.fixture
def outage(ben, kim, monday):
    """A Critical case of Tokyo with a proposed resolution."""
    return cast.proposed(ben, kim, severity=1)


def printed(client, case):
    return tidy(html.unescape(client.get(f"/portal/cases/{case.code}/print/").content.decode()))


def test_a_printed_case_has_full_dates_in_the_zone_of_its_site(client, ben, kim, outage):
    ben.zone = "America/Chicago"
    ben.save()
    client.force_login(ben)
    page = printed(client, outage)
    assert not TODAY.search(page.split("<main")[1])
    assert "All times are in Asia/Tokyo, the time zone of the customer's site." in page
    assert "Mon 2 Mar 2026 18:00" in page
    assert "Printed <time" in page or "Printed<time" in page


def test_a_printed_case_says_until_when_it_can_be_reopened(client, ben, kim, outage, maya):
    cast.published(outage, kim, maya)
    actions.accept(outage, by=ben)
    client.force_login(ben)
    page = printed(client, outage)
    assert "If it comes back, you can reopen the case until" in page
    assert "continue it as a new, linked case" not in page


def test_a_printed_case_says_what_became_of_each_corrective_action(client, ben, kim, maya, outage):
    cast.published(outage, kim, maya)
    rca.move_action(CorrectiveAction.objects.get(), by=kim, state="done", words="Built.")
    client.force_login(ben)
    page = printed(client, outage)
    assert "Done" in page
    assert "Built." in page


def test_a_published_analysis_reads_the_same_for_every_reader(client, ben, kim, maya, outage):
    seq = outage.events.get(verb="answered").seq
    cast.published(outage, kim, maya, timeline=[{"event": seq, "words": "We looked."}])
    texts = []
    for zone in ("America/Chicago", "Europe/Berlin"):
        ben.zone = zone
        ben.save()
        client.force_login(ben)
        page = client.get(f"/portal/cases/{outage.code}/rca/1/print/").content.decode()
        texts.append(page.split('<article class="rca">')[1].split("</article>")[0])
        seen = rca_view.published(ben, outage.number, 1)
        assert seen.zone == "Asia/Tokyo"
    assert texts[0] == texts[1]
    assert "Mon 2 Mar 2026 18:00" in texts[0]
    assert "Times in Asia/Tokyo, the time zone of the customer" in tidy(texts[0])
    client.force_login(maya)
    assert (
        "Mon 2 Mar 2026 18:00"
        in client.get(f"/console/rca/{outage.code}/versions/1/").content.decode()
    )


@pytest.mark.parametrize("template", ["reports/_report.html", "reports/pdf.html"])
def test_a_report_has_full_dates_in_the_zone_of_the_main_site(
    template, ben, globex, kim, outage, monday
):
    monday.move_to(utc("2026-03-31 15:30"), tick=False)  # the first of April in Tokyo
    report = building.build(
        globex, default_period(utc("2026-04-01 00:00").date()), utc("2026-03-31 15:30")
    )
    context = service_reports._context(report, "")
    assert context["zone"] == "Asia/Tokyo"
    text = tidy(render_to_string(template, context))
    assert not TODAY.search(text)
    if template == "reports/pdf.html":
        assert "Wed 1 Apr 2026 00:30" in text
        assert "All times are in Asia/Tokyo." in text


def test_paper_has_a_style_sheet_of_its_own_and_no_other_hides_anything(as_ana):
    css = Path(settings.BASE_DIR) / "static" / "css"
    for sheet in css.glob("*.css"):
        assert "@media print" not in sheet.read_text(), sheet.name
    sheet = (css / "print.css").read_text()
    for hiding in re.findall(r"([^{}]+)\{\s*display: none", sheet):
        selectors = {one.strip() for one in re.sub(r"/\*.*?\*/", "", hiding).split(",\n")}
        assert not selectors & {".muted", ".empty", "table", "td", "time", "details"}
    page = as_ana.get("/portal/").content.decode()
    assert re.search(r'<link rel="stylesheet" href="[^"]*print[^"]*\.css" media="print">', page)
