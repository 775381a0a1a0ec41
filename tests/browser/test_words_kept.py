"""No words are lost and nothing is sent twice: an ended session, Back, a slow line, no line."""

import time

import pytest
from playwright.sync_api import expect

from cases.models import Case, CaseUpdate, ContactDraft, FilingDraft, ReplyDraft
from core.tenancy import care_scope
from tests import cast

pytestmark = pytest.mark.browser


@pytest.fixture
def ana_waits(live_server, page, people, sign_in):
    """Ana on her own case, which waits for her."""
    with care_scope():
        case = cast.waiting(people["ana"], people["kim"])
    sign_in(page, "ana@acme.example")
    page.goto(f"{live_server.url}/portal/cases/{case.code}/")
    return page


def answer_box(page):
    return page.locator("#answer_text")


def line(page):
    return page.locator("#say-answer .tools__saved")


def end_session(page):
    page.context.clear_cookies(name="caretrack_session")


def test_an_ended_session_leaves_the_words_and_a_sign_in_brings_them_back(ana_waits):
    page = ana_waits
    answer_box(page).press_sequentially("It is the blue one")
    expect(line(page)).to_contain_text("Draft saved")
    end_session(page)
    answer_box(page).press_sequentially(", since nine")
    expect(page.locator("#session-notice")).to_contain_text("You have been signed out.")
    expect(line(page)).to_contain_text("Not saved")
    expect(answer_box(page)).to_have_value("It is the blue one, since nine")
    expect(page.locator("main")).to_have_count(1)
    expect(page.get_by_label("Password")).to_have_count(0)

    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_label("Email").fill("ana@acme.example")
    page.get_by_label("Password", exact=True).fill(cast.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(answer_box(page)).to_have_value("It is the blue one, since nine")
    expect(line(page)).to_contain_text("Draft saved")


def test_a_sign_in_in_a_new_tab_is_enough_to_send(ana_waits, sign_in):
    page = ana_waits
    end_session(page)
    answer_box(page).press_sequentially("The blue one")
    expect(page.locator("#session-notice")).to_contain_text("Sign in in a new tab")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    tab = opened.value
    tab.get_by_label("Email").fill("ana@acme.example")
    tab.get_by_label("Password", exact=True).fill(cast.PASSWORD)
    tab.get_by_role("button", name="Sign in", exact=True).click()
    tab.wait_for_url("**/portal/cases/**")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Sent.")).to_be_visible()
    with care_scope():
        assert CaseUpdate.objects.filter(text="The blue one").count() == 1


def test_why_this_time_of_a_signed_out_reader_is_a_notice(ana_waits):
    page = ana_waits
    end_session(page)
    page.get_by_role("link", name="Why this time?").first.click()
    expect(page.locator("#session-notice")).to_contain_text("You have been signed out.")
    expect(page.locator("#why")).to_be_empty()


def test_back_and_send_is_one_answer_and_a_changed_text_another(ana_waits):
    page = ana_waits
    answer_box(page).press_sequentially("Once only")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Sent.")).to_be_visible()
    expect(answer_box(page)).to_have_value("")
    page.go_back()
    if answer_box(page).input_value() == "Once only":
        page.get_by_role("button", name="Send", exact=True).click()
        page.wait_for_load_state()
    with care_scope():
        assert CaseUpdate.objects.filter(text="Once only").count() == 1
        assert not ContactDraft.objects.exclude(fields={}).exists()
    page.go_back()
    answer_box(page).fill("Something else")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".timeline p").get_by_text("Something else")).to_be_visible()


def slow(page, address):
    """Answers to this address take a second."""

    def wait(route):
        time.sleep(1)
        route.continue_()

    page.route(address, wait)


def test_a_fast_answer_of_care_leaves_no_draft(live_server, page, people, sign_in):
    with care_scope():
        case = cast.waiting(people["ana"], people["kim"])
    sign_in(page, "kim@care.example")
    page.goto(f"{live_server.url}/console/cases/{case.code}/?tab=answer")
    slow(page, f"**/console/cases/{case.code}/draft/")
    page.locator("#answer_text").press_sequentially("Done at once")
    page.get_by_role("button", name="Send to the contact").click()
    expect(page.get_by_text("Your answer was sent.")).to_be_visible()
    page.wait_for_timeout(2500)
    page.reload()
    expect(page.locator("#answer_text")).to_have_value("")
    with care_scope():
        assert not ReplyDraft.objects.exists()


def test_a_case_that_is_filed_while_its_draft_is_saved_leaves_no_draft(
    live_server, page, people, sign_in
):
    sign_in(page, "ana@acme.example")
    page.goto(f"{live_server.url}/portal/cases/new/")
    slow(page, "**/portal/drafts/")
    page.get_by_role("group", name="Is there a workaround?").get_by_label("Yes").check()
    page.get_by_role("group", name="Is a business-critical function").get_by_label("No").check()
    page.get_by_role("group", name="How much").get_by_label("Hardly").check()
    page.locator("#id_description").fill("Since nine")
    if page.locator("#id_area").count():
        page.locator("#id_area").select_option(index=1)
    page.locator("#id_title").fill("Slow line")
    page.wait_for_timeout(1550)  # the draft is on its way
    page.get_by_role("button", name="Open as Low").click()
    expect(page.get_by_role("heading", name="Slow line", exact=True)).to_be_visible()
    page.wait_for_timeout(1500)
    with care_scope():
        assert Case.objects.filter(title="Slow line").count() == 1
        assert not FilingDraft.objects.exists()


def test_without_a_line_the_page_says_that_nothing_is_saved(ana_waits):
    page = ana_waits
    answer_box(page).press_sequentially("Half")
    expect(line(page)).to_contain_text("Draft saved")
    page.context.set_offline(True)
    answer_box(page).press_sequentially(" and more")
    expect(line(page)).to_contain_text("Not saved: you are offline")
    page.context.set_offline(False)
    expect(line(page)).to_contain_text("Draft saved")
    with care_scope():
        assert ContactDraft.objects.get().fields == {"text": "Half and more"}


def test_leaving_asks_only_while_something_is_unsaved(ana_waits, live_server):
    page, questions = ana_waits, []
    page.on("dialog", lambda dialog: (questions.append(dialog.type), dialog.accept()))
    answer_box(page).press_sequentially("Half")
    expect(line(page)).to_contain_text("Draft saved")
    page.goto(f"{live_server.url}/portal/")
    assert questions == []
    page.go_back()
    page.context.set_offline(True)
    answer_box(page).press_sequentially(" and more")
    expect(line(page)).to_contain_text("offline")
    page.context.set_offline(False)
    page.evaluate("window.htmx = undefined")
    page.goto(f"{live_server.url}/portal/")
    assert questions == ["beforeunload"]


def test_control_and_return_send_but_not_while_japanese_is_typed(ana_waits):
    page = ana_waits
    answer_box(page).press_sequentially("It is the blue one")
    page.evaluate(
        """document.querySelector("#answer_text").dispatchEvent(new KeyboardEvent("keydown",
            {key: "Enter", ctrlKey: true, isComposing: true, bubbles: true}))"""
    )
    expect(page.get_by_text("Sent.", exact=True)).to_have_count(0)
    answer_box(page).press("Control+Enter")
    expect(page.get_by_text("Sent.", exact=True)).to_be_visible()
    with care_scope():
        assert CaseUpdate.objects.filter(text="It is the blue one").count() == 1


def test_a_draft_of_a_reply_is_deleted_after_a_question(ana_waits):
    page = ana_waits
    answer_box(page).press_sequentially("It is the blue one")
    line(page).get_by_text("Delete draft").click()
    with care_scope():
        assert ContactDraft.objects.get().fields
    line(page).get_by_role("button", name="Delete permanently").click()
    expect(page.get_by_text("The draft is deleted.")).to_be_visible()
    expect(answer_box(page)).to_have_value("")
