"""Insight in a browser: the wall refreshes itself, a figure leads to its cases by keyboard, on a
phone as well.
"""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache, caches
from django.utils import timezone
from playwright.sync_api import expect

from cases import actions
from cases.models import Case
from core.tenancy import care_scope
from insight import aggregation
from insight.models import Fact
from tests import cast
from tests.browser.conftest import BOTH_SIZES

pytestmark = pytest.mark.browser
PAGES = (
    "",
    "open/",
    "attainment/?period=this-month",
    "flow/?period=this-month",
    "workload/",
    "exports/",
    "reports/acme/?period=this-month",
)


def around_now():
    """A period that holds now in every zone; "this month" may have begun in the reader's alone."""
    today = timezone.now().date()
    return f"from={today - timedelta(days=1)}&to={today + timedelta(days=1)}"


@pytest.fixture
def counted(people):
    """Some cases, one answered immediately and one too late, all counted."""
    with care_scope():
        for severity in (1, 2, 3, 3):
            case = cast.file(people["ana"], severity=severity, title=f"Calls drop {severity}")
        actions.answer(case, by=people["kim"], text="We look.")
        actions.propose_resolution(case, by=people["kim"], text="Done.")
    aggregation.run(timezone.now() + timedelta(minutes=11))
    return people


@pytest.fixture
def page(page, live_server, counted, sign_in, watched):
    watched(page)
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.set_default_timeout(20_000)
    sign_in(page, "maya@care.example")
    return page


def test_the_wall_refreshes_itself_and_keeps_the_focus(page, live_server, counted):
    page.clock.install()
    page.goto(f"{live_server.url}/insight/")
    number = page.locator("#sum-1")
    expect(number).to_have_text("4")
    number.focus()
    with care_scope():
        cast.file(counted["ana"], severity=1, title="All lines silent")
    cache.clear()  # sign-ins are rows too: nobody is signed out by it
    caches["process"].clear()
    page.clock.fast_forward(11_000)
    expect(number).to_have_text("5")
    expect(number).to_be_focused()
    expect(page.get_by_role("link", name="All lines silent")).to_be_visible()


def test_a_number_of_the_wall_opens_its_cases_by_keyboard(page, live_server):
    page.goto(f"{live_server.url}/insight/")
    link = page.locator("#open-1")
    expect(link).to_have_text("1")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/console/"))
    assert page.locator("[data-row]").count() == 1


def test_a_figure_opens_its_cases_and_they_can_be_taken_along(page, live_server):
    page.goto(f"{live_server.url}/insight/attainment/?{around_now()}")
    table = page.locator("[role=group][aria-labelledby=kinds-head]")
    link = table.locator("a[href*='what=met'][href*='kind=response']").first
    count = int(link.inner_text())
    with care_scope():
        assert count == Fact.objects.filter(what="met", kind="response").count() == 1
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/insight/cases/"))
    expect(page.locator("tbody tr")).to_have_count(count)
    with page.expect_download() as taken:
        page.get_by_role("button", name="CSV").click()
    assert taken.value.suggested_filename.endswith(".csv")
    with care_scope():
        code = Case.objects.get(state="resolution_proposed").code
    assert code in taken.value.path().read_text()


def test_a_plot_has_its_table(page, live_server):
    page.goto(f"{live_server.url}/insight/flow/?{around_now()}")
    page.get_by_text("The same as a table").first.click()
    with care_scope():
        opened = Fact.objects.filter(what="opened").count()
    rows = page.locator("#flow-table tbody tr td:nth-child(2)").all_inner_texts()
    assert sum(int(row) for row in rows) == opened
    bars = page.locator(".scroll[aria-labelledby=flow-head] svg .drawn__bar--opened")
    assert bars.count() == sum(row != "0" for row in rows)


def test_a_report_is_scheduled(page, live_server):
    page.goto(f"{live_server.url}/insight/reports/acme/?period=this-month")
    page.get_by_text("Schedule…").click()
    page.get_by_label("Ana Albers").check()
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_text("The next report goes out")).to_be_visible()
    expect(page.locator(".report__schedules")).to_contain_text("Ana Albers")


def test_cases_are_given_to_somebody_else_by_keyboard_after_a_preview(page, live_server, counted):
    with care_scope():
        case = Case.objects.get(state="resolution_proposed")
    page.goto(f"{live_server.url}/insight/workload/")
    page.get_by_role("link", name="Rebalance cases of Kim Kato").press("Enter")
    page.get_by_label(f"Choose {case.code}").press("Space")
    page.get_by_label("Assign to").select_option(label="Maya Moss: 0 open, not at work")
    page.get_by_role("button", name="Preview").press("Enter")
    expect(page.get_by_text("Maya Moss has 0 open cases, and up to 1 afterwards.")).to_be_visible()
    with care_scope():
        assert Case.objects.get(pk=case.pk).assignee == counted["kim"]
    page.get_by_role("button", name="Give them to: 1 of 1").press("Enter")
    page.get_by_role("link", name="Back to workload").press("Enter")
    with care_scope():
        assert Case.objects.get(pk=case.pk).assignee == counted["maya"]
    expect(page.get_by_role("link", name="Rebalance cases of Maya Moss")).to_be_visible()


def test_every_page_is_accessible_in_both_themes_and_fits(page, live_server, accessible):
    for path in PAGES:
        page.goto(f"{live_server.url}/insight/{path}")
        page.wait_for_load_state("networkidle")
        accessible(page, BOTH_SIZES)
