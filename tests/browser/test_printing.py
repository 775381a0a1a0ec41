"""What the browser puts on paper: nothing is lost, in either theme."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases import actions
from core.tenancy import care_scope
from insight import aggregation
from rca import actions as rca
from rca.models import CorrectiveAction
from sla import sweeps
from tests import cast

pytestmark = pytest.mark.browser
WIDE = "| " + " | ".join(f"column {n}" for n in range(10)) + " |\n" + "|---" * 10 + "|\n"
ROW = "| " + " | ".join(f"value-of-{n}-in-the-lab" for n in range(10)) + " |\n"
LOG = "```\n" + "2026-03-02T09:00:00.000Z gateway-17.in-the-lab.internal " + "x" * 300 + "\n```\n"
SHOWN = """selector => [...document.querySelectorAll(selector)]
    .filter(one => getComputedStyle(one).display !== 'none').length"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def outage(people):
    """A Critical case with a wide table, a long log, a published analysis and a first step done."""
    with care_scope():
        case = actions.answer(
            cast.file(people["ana"], severity=1), by=people["kim"], text=f"{WIDE}{ROW}\n{LOG}"
        ).case
        cast.file(people["ana"], severity=2, title="Nobody answered")
        sweeps.check_clocks()
        case = actions.propose_resolution(case, by=people["kim"], text="Replaced.").case
        cast.published(case, people["kim"], people["maya"])
        rca.move_action(CorrectiveAction.objects.get(), by=people["kim"], state="done", words="Ok.")
    aggregation.run(timezone.now() + timedelta(minutes=11))
    return case


@pytest.fixture
def page(page, outage, sign_in, watched):
    watched(page)
    page.set_default_timeout(20_000)
    page.set_viewport_size({"width": 718, "height": 1000})  # A4 within its margins
    sign_in(page, "ana@acme.example")
    return page


def on_paper(page, address, theme):
    page.emulate_media(media="screen")
    page.goto(address)
    page.evaluate("theme => document.documentElement.setAttribute('data-bs-theme', theme)", theme)
    on_screen = page.evaluate(SHOWN, "main .muted:not(.paper__not), main td, main th")
    page.emulate_media(media="print")
    assert page.evaluate(SHOWN, "main .muted:not(.paper__not), main td, main th") == on_screen > 5
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_printed_page_loses_no_text_and_is_dark_on_white(page, live_server, outage, theme):
    for path in (
        f"/portal/cases/{outage.code}/print/",
        f"/portal/cases/{outage.code}/rca/1/print/",
    ):
        on_paper(page, f"{live_server.url}{path}", theme)
        for selector in ("body", ".title", ".muted:not(.paper__not)"):
            style = page.locator(selector).first.evaluate(
                "one => [getComputedStyle(one).color, getComputedStyle(document.body)"
                ".backgroundColor]"
            )
            assert style[1] == "rgb(255, 255, 255)"
            assert max(int(part) for part in style[0][4:-1].split(",")) < 100, (selector, style)
        assert page.evaluate(SHOWN, ".top, .crumb, button, form") == 0
        assert page.evaluate(TOO_WIDE) <= 0
        assert outage.code in page.title()


def test_tables_and_logs_stay_on_the_paper(page, live_server, outage):
    on_paper(page, f"{live_server.url}/portal/cases/{outage.code}/print/", "light")
    for selector in (".prose table", ".prose pre"):
        inside = page.locator(selector).first.evaluate(
            "one => one.scrollWidth <= one.clientWidth + 1"
            " && one.getBoundingClientRect().right <= document.documentElement.clientWidth"
        )
        assert inside, selector


def test_the_print_button_prints(page, live_server, outage):
    page.goto(f"{live_server.url}/portal/cases/{outage.code}/print/")
    page.evaluate("window.print = () => { window.printed = true }")
    page.get_by_role("button", name="Print").click()
    assert page.evaluate("window.printed") is True
    assert page.get_by_text("Use your browser's print command.").is_hidden()
