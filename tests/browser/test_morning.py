"""A morning of an analyst in the queue, by keyboard alone; and one thing done to many cases."""

import pytest
from playwright.sync_api import expect

from cases import actions
from cases.models import Case
from core.tenancy import care_scope
from tests import cast

pytestmark = pytest.mark.browser


@pytest.fixture
def kims(browser, live_server, people, sign_in, watched):
    """Kim at the queue, in a wide window."""
    context = browser.new_context(viewport={"width": 1700, "height": 1000})
    page = watched(context.new_page())
    page.set_default_timeout(20_000)
    sign_in(page, "kim@care.example")
    yield page
    page.goto("about:blank")  # nothing is asked of the server while the next test is prepared
    context.close()


def go(page, live_server, path="/console/"):
    page.goto(live_server.url + path)
    page.wait_for_load_state("networkidle")


def test_a_morning_by_keyboard_alone(kims, live_server, people, accessible):
    with care_scope():
        high = cast.file(people["ana"], severity=2, title="Reports time out")
        medium = cast.file(people["ana"], severity=3, title="Wallboard is late")
        low = cast.file(people["ana"], severity=4, title="A word is wrong")
    go(kims, live_server)
    accessible(kims)

    # One key lists all keys of the page.
    kims.keyboard.press("?")
    for text in ("Next row", "Take", "Take the next best case", "Filter this list"):
        expect(kims.get_by_role("dialog")).to_contain_text(text)
    accessible(kims)
    kims.keyboard.press("Escape")

    # Next row; the case under the cursor is shown beside it, and opened.
    kims.keyboard.press("j")
    expect(kims.locator("#preview")).to_contain_text("Reports time out")
    kims.keyboard.press("j")
    expect(kims.locator("#preview")).to_contain_text("Wallboard is late")
    kims.keyboard.press("k")
    kims.keyboard.press("o")
    kims.wait_for_url(f"**/console/cases/{high.code}/")
    kims.keyboard.press("T")
    expect(kims.locator(".notice--success")).to_be_visible()

    # Back in the queue, the next best case is taken by one key, with its reason.
    go(kims, live_server, "/console/?view=unassigned")
    kims.keyboard.press("j")
    kims.keyboard.press("T")
    kims.wait_for_url(f"**/console/cases/{medium.code}/")
    go(kims, live_server, "/console/?view=mine")
    expect(kims.locator("[data-board] tbody tr")).to_have_count(2)

    # Commands: a case by its number, a view by its name.
    kims.keyboard.press("Control+k")
    kims.keyboard.type(str(low.number))
    expect(kims.locator("#palette-list li").first).to_contain_text(low.code)
    accessible(kims)
    kims.keyboard.press("Enter")
    kims.wait_for_url(f"**/console/cases/{low.code}/")
    go(kims, live_server)
    kims.keyboard.press("Control+k")
    kims.keyboard.type("unassig")
    kims.keyboard.press("Enter")
    kims.wait_for_url("**view=unassigned")
    with care_scope():
        assert Case.objects.filter(assignee=people["kim"]).count() == 2


def test_what_is_new_is_announced_and_nothing_moves(kims, live_server, people):
    with care_scope():
        cast.file(people["ana"], severity=3, title="Wallboard is late")
    go(kims, live_server)
    first = kims.locator("[data-board] tbody tr").first
    expect(first).to_contain_text("Wallboard is late")
    with care_scope():
        cast.file(people["ana"], severity=1, title="No calls at all")
    expect(kims.get_by_role("button", name="1 new")).to_be_visible(timeout=20_000)
    expect(first).to_contain_text("Wallboard is late")
    kims.keyboard.press("r")
    expect(kims.locator("[data-board] tbody tr").first).to_contain_text("No calls at all")


def test_many_cases_are_asked_at_once_after_a_preview(kims, live_server, people, accessible):
    with care_scope():
        one = cast.file(people["ana"], title="Chat is slow")
        two = cast.file(people["ana"], title="Chat is slow again")
        done = cast.proposed(people["ana"], people["kim"])
    go(kims, live_server)
    for _ in range(3):
        kims.keyboard.press("j")
        kims.keyboard.press("x")
    expect(kims.locator("[data-chosen]")).to_have_text("3 chosen")
    kims.get_by_label("Bulk actions").select_option("information")
    kims.keyboard.press("b")
    kims.get_by_label("What do you need from the contacts?").fill("Which browser is it?")
    kims.get_by_role("button", name="Preview").click()
    expect(kims.locator(".outcomes")).to_contain_text("refused")
    accessible(kims)
    kims.get_by_role("button", name="Ask the contacts: 2 of 3").click()
    expect(kims.get_by_role("heading", name="what was done")).to_be_visible()
    accessible(kims)
    with care_scope():
        assert cast.verbs(one)[-1] == cast.verbs(two)[-1] == "information_requested"
        assert Case.objects.get(pk=done.pk).state == "resolution_proposed"


def test_chosen_cases_stay_chosen_on_other_pages(kims, live_server, people):
    with care_scope():
        for number in range(52):
            cast.file(people["ana"], severity=4, title=f"Case {number}")
    go(kims, live_server)
    counter, boxes = kims.locator("[data-chosen]"), kims.locator("input[name=case]")
    every = kims.get_by_label("Choose all on this page")
    every.check()
    expect(counter).to_have_text("50 chosen")
    kims.keyboard.press("]")
    kims.wait_for_url("**after=**")
    expect(counter).to_have_text("50 chosen")
    expect(every).not_to_be_checked()
    boxes.first.check()
    expect(counter).to_have_text("51 chosen")
    kims.keyboard.press("[")
    kims.wait_for_url(lambda url: "after=" not in url)
    expect(every).to_be_checked()
    boxes.nth(3).uncheck()
    expect(every).not_to_be_checked()
    kims.reload()
    expect(counter).to_have_text("50 chosen")
    expect(boxes.nth(3)).not_to_be_checked()
    expect(boxes.nth(4)).to_be_checked()
    kims.get_by_label("Bulk actions").select_option("tags")
    kims.keyboard.press("b")
    expect(kims.locator("main")).to_contain_text("50 cases")
    go(kims, live_server)
    expect(counter).to_have_text("")


def test_the_queue_is_usable_on_a_phone(browser, live_server, people, sign_in, watched, accessible):
    with care_scope():
        actions.tag(cast.file(people["ana"], title="A" * 150), by=people["kim"], add=["carrier"])
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = watched(context.new_page())
    sign_in(page, "kim@care.example")
    go(page, live_server)
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.goto("about:blank")
    context.close()
