"""A browser lives with a case: contests its severity, reopens it, and does without scripts what
matters most.
"""

import pytest

from cases import actions
from cases.models import Case
from core.tenancy import care_scope
from tests import cast

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def filed(people):
    """A Low case of Ana's that Kim has answered."""
    with care_scope():
        return actions.answer(
            cast.file(people["ana"], severity=4), by=people["kim"], text="Which phones?"
        ).case


def test_a_contact_contests_the_severity_once_and_reads_the_answer(
    live_server, page, people, filed, sign_in, watched, accessible
):
    page = watched(page)
    page.set_viewport_size(PHONE)
    sign_in(page, "ana@acme.example")
    address = f"{live_server.url}/portal/cases/{filed.code}/"
    page.goto(address)
    page.get_by_text("Contest the severity", exact=True).click()
    page.get_by_label("High: Work goes on").check()
    page.get_by_label("Why should the severity change?").fill("Forty people cannot take calls.")
    page.get_by_role("button", name="Send objection", exact=True).click()
    page.get_by_text("We have received your objection.").wait_for()
    assert page.get_by_text("Contest the severity", exact=True).count() == 0
    with care_scope():
        actions.set_severity(
            filed, by=people["kim"], severity=2, text="Forty people: that is High."
        )
    page.reload()
    page.get_by_text("Forty people: that is High.").first.wait_for()
    assert "by" in page.get_by_role("note").inner_text()
    accessible(page)


def test_a_contact_quotes_previews_and_answers_by_keyboard_alone(
    live_server, page, people, filed, sign_in, watched, accessible
):
    page = watched(page)
    sign_in(page, "ana@acme.example")
    page.goto(f"{live_server.url}/portal/cases/{filed.code}/")
    page.get_by_role("link", name="Quote Kim Kato").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "quote=" in url)
    box = page.locator("#answer_text")
    assert box.input_value().startswith("Kim Kato:\n> Which phones?")
    box.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("All **forty** of them.")
    page.locator("#act-answer").get_by_role("button", name="Preview").focus()
    page.keyboard.press("Enter")
    page.locator("#answer-preview strong", has_text="forty").wait_for()
    accessible(page)
    page.locator("#act-answer").get_by_role("button", name="Send").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Sent.").wait_for()
    page.locator(".timeline blockquote", has_text="Which phones?").wait_for()


def test_a_contact_reopens_a_case_that_came_back_and_prints_it(
    live_server, page, people, sign_in, watched, accessible
):
    with care_scope():
        case = actions.accept(cast.proposed(people["ana"], people["kim"]), by=people["ana"]).case
    page = watched(page)
    sign_in(page, "ana@acme.example")
    page.goto(f"{live_server.url}/portal/cases/{case.code}/")
    assert "reopen the case until" in page.get_by_role("note").inner_text()
    page.get_by_label("What is still wrong?").fill("It drops again.")
    page.get_by_role("button", name="Reopen").click()
    page.get_by_text("The case is open again.").wait_for()
    page.get_by_role("link", name="Print view").click()
    page.get_by_role("heading", name=case.code).wait_for()
    accessible(page)
    with care_scope():
        case.refresh_from_db()
        assert case.state == "in_progress"


def test_filing_and_answering_work_without_scripts(live_server, browser, people, sign_in, tmp_path):
    page = browser.new_context(java_script_enabled=False, viewport=PHONE).new_page()
    sign_in(page, "ana@acme.example")
    page.goto(live_server.url + "/portal/cases/new/")
    page.get_by_label("In one line, what is wrong?").fill("No sound on any call")
    page.get_by_label("What happens, and since when?").fill("Silence since nine.")
    page.get_by_role("group", name="Is a business-critical function").get_by_label("No").check()
    page.get_by_role("group", name="Is there a workaround?").get_by_label("No").check()
    page.get_by_role("group", name="How much").get_by_label("Severely").check()
    page.get_by_label("Area").select_option(index=1)
    log = tmp_path / "console.log"
    log.write_text("SIP/2.0 408 Request Timeout\n")
    page.locator("input[type=file]").first.set_input_files(str(log))
    page.locator(".proposal__file").first.click()
    page.get_by_role("heading", name="No sound on any call").wait_for()
    assert page.get_by_role("link", name="console.log").count() == 1
    with care_scope():
        case = Case.objects.get(title="No sound on any call")
        actions.request_information(case, by=people["kim"], text="Which phones?")
    page.reload()
    page.locator("#answer_text").fill("The **desk** phones.")
    page.locator("#act-answer").get_by_role("button", name="Preview").click()
    assert page.locator("#answer-preview strong").inner_text() == "desk"
    assert page.locator("#answer_text").input_value() == "The **desk** phones."
    page.locator("#act-answer").get_by_role("button", name="Send").click()
    assert "Sent." in page.content()
    with care_scope():
        case.refresh_from_db()
        assert (case.state, case.severity) == ("in_progress", 2)
