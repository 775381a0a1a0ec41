"""Filing in Japanese on a phone: a language chosen before sign-in, the case page and its “why this
time?”.
"""

import pytest
from playwright.sync_api import expect

from cases.models import Case
from contacts import actions
from core.tenancy import care_scope
from sla.models import Clock
from tests import cast

pytestmark = pytest.mark.browser


def test_a_case_is_filed_in_japanese_from_a_phone(
    live_server, page, people, watched, accessible, tmp_path
):
    with care_scope():
        people["ana"].language = "ja"
        people["ana"].save()
    page = watched(page)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_role("button", name="日本語").click()
    page.get_by_role("heading", name="ログイン", level=1).wait_for()
    accessible(page)
    page.get_by_role("button", name="English").click()
    page.get_by_role("heading", name="Sign in", level=1).wait_for()
    page.get_by_label("Email").fill("ana@acme.example")
    page.get_by_label("Password", exact=True).fill("correct-horse-battery")
    page.get_by_role("button", name="Sign in").click()

    page.get_by_role("heading", name="ケース一覧").wait_for()
    accessible(page)
    page.get_by_role("link", name="ケースを登録").first.click()
    page.get_by_label("問題を1行で教えてください").fill("通話が30秒で切れる")
    page.get_by_label("何が、いつから起きていますか").fill("今朝の9時からです。")
    page.get_by_role("group", name="業務に不可欠な機能").get_by_label("いいえ").check()
    page.get_by_role("group", name="回避策はありますか").get_by_label("いいえ").check()
    page.get_by_role("group", name="業務への影響はどの程度").get_by_label("深刻").check()
    page.get_by_label("分野").select_option("音声通話")
    page.get_by_role("button", name="重大度「高」で登録").wait_for()
    log = tmp_path / "console.log"
    log.write_text("SIP/2.0 408\n")
    page.locator("#id_files").set_input_files(str(log))
    page.get_by_role("button", name="console.logを削除").wait_for()
    expect(page.locator("#announcer")).to_have_text("console.logを受け取りました。")
    accessible(page)
    page.get_by_role("button", name="重大度「高」で登録").click()

    page.get_by_role("heading", name="通話が30秒で切れる").wait_for()
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    expect(page.locator(".turn__text")).to_contain_text("弊社にて対応中です。")
    accessible(page)
    page.locator("a.turn__why").click()
    page.get_by_role("heading", name="この時刻の理由").wait_for()
    accessible(page)
    with care_scope():
        assert Case.objects.get().severity == 2


@pytest.mark.parametrize("scripts", [True, False])
def test_files_are_chosen_with_a_button_of_ours_by_mouse_and_by_keyboard(
    live_server, browser, people, sign_in, scripts
):
    with care_scope():
        people["ana"].language = "ja"
        people["ana"].save()
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    sign_in(page, "ana@acme.example")
    page.goto(live_server.url + "/portal/cases/new/")
    button = page.locator("label.file__button")
    expect(button).to_have_text("ファイルを選択")
    with page.expect_file_chooser() as chooser:
        button.click()
    assert chooser.value.is_multiple()
    page.get_by_label("ファイルを選択").focus()
    with page.expect_file_chooser():
        page.keyboard.press("Space")
    if scripts:
        assert page.locator("#id_files").bounding_box()["width"] <= 1
    context.close()


CELLS = """() => [...document.querySelectorAll("table.table td, table.table th")]
  .filter((cell) => !cell.closest("table.table--stack thead"))
  .filter((cell) => cell.innerText.trim().length > 3 && cell.getBoundingClientRect().height > 1)
  .map((cell) => ({
    text: cell.innerText.trim().slice(0, 30),
    narrow: cell.getBoundingClientRect().width < 60,
    outside: cell.getBoundingClientRect().right > innerWidth,
    crooked: [...cell.children].some(
      (child) =>
        cell.dataset.is &&
        child.getClientRects().length > 0 &&
        child.getBoundingClientRect().left < cell.getBoundingClientRect().left + 100,
    ),
  }))
  .filter((cell) => cell.narrow || cell.outside || cell.crooked)"""


@pytest.mark.parametrize("width", [390, 320])
def test_tables_on_a_phone_are_cards_that_can_be_read(live_server, browser, people, sign_in, width):
    with care_scope():
        people["ana"].language = "ja"
        people["ana"].save()
        actions.make_primary(people["ana"].designation, by=people["maya"])
        case = cast.file(people["ana"], title="通話が切れる")
        clock = Clock.objects.filter(case=case).first()
    context = browser.new_context(viewport={"width": width, "height": 844})
    page = context.new_page()
    sign_in(page, "ana@acme.example")
    for address in (
        "/portal/organisation/",
        "/portal/organisation/people/",
        "/portal/report/",
        "/portal/entitlements/",
        "/portal/training/",
        f"/cases/{case.code}/why/{clock.pk}/",
    ):
        page.goto(live_server.url + address)
        assert (address, page.evaluate(CELLS)) == (address, [])
    context.close()


def test_a_date_is_written_in_japanese_where_the_browser_speaks_another_language(
    live_server, page, people, watched, sign_in
):
    with care_scope():
        people["ana"].language = "ja"
        people["ana"].save()
    page = watched(page)
    sign_in(page, "ana@acme.example")
    page.goto(f"{live_server.url}/portal/cases/?since=2026-03-05")
    written = page.locator("input[name=since] + .date-written")
    expect(written).to_have_text("2026年3月5日(木)")
    page.locator("input[name=since]").fill("2026-04-01")
    expect(written).to_have_text("2026年4月1日(水)")
    expect(page.locator("input[name=until] + .date-written")).to_have_text("")
