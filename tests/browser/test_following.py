"""The list, the notices and the preferences in a browser: by keyboard, on a phone, in both themes,
with scripts off.
"""

import pytest
from playwright.sync_api import expect

from cases import actions
from cases.models import SavedView, Watch
from contacts.models import User
from core.tenancy import care_scope
from tests import cast
from tests.browser.conftest import BOTH_SIZES

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def many(people):
    """More cases than a page holds, one of them with a long text."""
    with care_scope():
        for number in range(27):
            cast.file(people["ana"], title=f"Case {number} " + "with a long title " * 5)
        waiting = cast.waiting(people["ana"], people["kim"])
        return actions.answer(
            waiting, by=people["kim"], text="It is the codec of the gateway."
        ).case


def test_lists_notices_and_preferences_are_fit_for_everyone(
    live_server, page, people, many, sign_in, watched, accessible
):
    page = watched(page)
    sign_in(page, "ana@acme.example")
    for path in (
        "/portal/",
        "/portal/cases/",
        "/portal/cases/?q=codec",
        "/portal/cases/?severity=1&q=x",
        "/portal/notices/",
        "/portal/preferences/",
        f"/portal/cases/{many.code}/",
    ):
        page.goto(live_server.url + path)
        page.evaluate("document.querySelectorAll('main details').forEach(fold => fold.open = true)")
        accessible(page, BOTH_SIZES)


def test_a_contact_searches_from_any_page_by_keyboard(
    live_server, page, people, many, sign_in, watched, accessible
):
    page = watched(page)
    sign_in(page, "ana@acme.example")
    page.goto(live_server.url + "/portal/organisation/")
    page.keyboard.press("/")
    page.keyboard.type("codec")
    page.get_by_role("option", name="Calls drop").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Calls drop").wait_for()
    page.get_by_label("Search everything").fill("codec")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Search").wait_for()
    page.get_by_text("Filters for cases").click()
    page.get_by_label("Severity").select_option("1")  # acts at once and keeps the focus
    page.get_by_role("link", name="Remove Severity: Critical").wait_for()
    assert page.evaluate("document.activeElement.name") == "severity"
    page.set_viewport_size(PHONE)
    for address in ("search/?q=codec", "cases/?severity=1", f"cases/new/?like={many.code}"):
        page.goto(f"{live_server.url}/portal/{address}")
        accessible(page)


def test_a_contact_searches_the_list_and_keeps_it(
    live_server, page, people, many, sign_in, watched
):
    page = watched(page)
    sign_in(page, "ana@acme.example")
    page.goto(live_server.url + "/portal/cases/")
    page.get_by_label("Text or number").fill("codec")
    page.keyboard.press("Enter")
    page.get_by_role("cell", name="Calls drop").wait_for()
    assert page.locator("mark").first.inner_text() == "codec"
    page.get_by_text("Save this list as a view").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Name").fill("Codec")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Codec").wait_for()
    with care_scope():
        assert SavedView.objects.get().query == "state=open&q=codec"


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_with_scripts_off_notices_are_read_and_wishes_kept(
    live_server, page, people, many, sign_in
):
    sign_in(page, "ana@acme.example")
    page.goto(live_server.url + "/portal/notices/")
    page.locator(".notifications__title").first.click()
    page.get_by_role("heading", name="Calls drop").wait_for()
    page.goto(live_server.url + "/portal/preferences/")
    page.get_by_label("Answers and progress").select_option("digest")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("This applies from now on.").wait_for()
    with care_scope():
        assert User.objects.get(email="ana@acme.example").notice_channels == {"answer": "digest"}


def closed_case(people):
    """A case that Ana has just accepted."""
    with care_scope():
        return actions.accept(cast.proposed(people["ana"], people["kim"]), by=people["ana"]).case


@pytest.mark.parametrize("size", [PHONE, {"width": 1440, "height": 900}])
def test_a_closed_case_is_rated_by_keyboard(
    size, live_server, page, people, sign_in, watched, accessible
):
    case, page = closed_case(people), watched(page)
    page.set_viewport_size(size)
    sign_in(page, "ana@acme.example")
    page.goto(f"{live_server.url}/portal/cases/{case.code}/#act-rating")
    rating_group = page.get_by_role("group", name="How well did we handle this case?")
    assert rating_group.get_by_role("radio").count() == 5
    assert (
        rating_group.get_by_role("radio", checked=True).count() == 0
    )  # nothing is chosen for anybody
    accessible(page)
    rating_group.get_by_label("1 (badly)").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert rating_group.get_by_label("4", exact=True).is_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("Quick, and friendly.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("How we handled this case: Ana Albers gave 4 of 5.").wait_for()
    assert rating_group.count() == 0
    accessible(page)


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_with_scripts_off_a_closed_case_is_rated(live_server, page, people, sign_in):
    case = closed_case(people)
    sign_in(page, "ana@acme.example")
    page.goto(f"{live_server.url}/portal/cases/{case.code}/")
    form = page.locator("#act-rating")
    form.get_by_role("button", name="Send").click()
    form.locator("#rating_score_error").wait_for()
    form.get_by_label("5 (very well)").check()
    form.get_by_role("button", name="Send").click()
    page.get_by_text("How we handled this case: Ana Albers gave 5 of 5.").wait_for()
    with care_scope():
        assert cast.verbs(case)[-1] == "rated"


def test_a_colleague_is_mentioned_by_keys_in_the_portal(
    live_server, page, people, watched, sign_in, accessible
):
    with care_scope():
        case = cast.file(people["ana"])
        cast.colleague(people["ana"].organisation, "Cora Conrad", "cora@acme.example")
    page = watched(page)
    sign_in(page, "ana@acme.example")
    page.goto(f"{live_server.url}/portal/cases/{case.code}/")
    box = page.locator("#answer_text")
    box.click()
    page.keyboard.type("Look, @cor")
    expect(page.get_by_role("listbox", name="Colleagues")).to_contain_text("Cora Conrad")
    accessible(page)
    page.keyboard.press("Enter")
    expect(box).to_have_value("Look, @Cora Conrad ")
    page.locator("#act-answer").get_by_role("button", name="Send").click()
    expect(page.locator(".notice--success")).to_be_visible()
    with care_scope():
        assert Watch.objects.filter(case=case, watcher__name="Cora Conrad").exists()
