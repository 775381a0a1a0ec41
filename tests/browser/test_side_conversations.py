"""A side conversation by keyboard, in a browser."""

import re

import pytest
from playwright.sync_api import expect

from core.tenancy import care_scope
from tests import cast

pytestmark = pytest.mark.browser


def test_one_is_opened_and_answered_by_keyboard(
    page, live_server, people, sign_in, watched, accessible
):
    with care_scope():
        case = cast.file(people["ana"])
    watched(page)
    page.set_default_timeout(20_000)
    sign_in(page, "kim@care.example")
    page.goto(f"{live_server.url}/console/cases/{case.code}/")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("d")
    form = page.locator("#do-side-conversation")
    form.get_by_label("To").fill("noc@carrier.example")
    form.get_by_label("Subject").fill("Port 7 blocked")
    form.get_by_label("Message").fill("Is **port 7** open?")
    accessible(page)
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/side-conversations/\d+/$"))
    expect(page.locator(".timeline__card strong", has_text="port 7")).to_be_visible()
    page.get_by_label("What they wrote").fill("It was the firmware.")
    page.get_by_role("button", name="Log the reply").click()
    expect(page.locator(".timeline__card")).to_have_count(2)
    accessible(page)
    page.keyboard.press("u")
    page.wait_for_url(f"**/cases/{case.code}/")
    expect(page.get_by_role("link", name="Side conversations")).to_contain_text("1 open")
    page.goto(f"{live_server.url}/console/people/{people['ana'].pk}/")
    accessible(page)
    page.goto(f"{live_server.url}/console/reminders/")
    accessible(page)
