"""Filing on a phone: suggestions, the Critical card, files with progress and removal, drafts; and
without scripts.
"""

import pytest
from playwright.sync_api import expect

from cases.models import Attachment, Case, FilingDraft, StagedFile
from contacts.models import RosterEntry
from core.tenancy import care_scope
from tests import cast

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def ana_files(live_server, page, people, sign_in, watched):
    """Ana, on a phone, on the filing page; Acme has one open case."""
    with care_scope():
        cast.file(people["ana"], title="Calls drop after 30 s in Osaka")
        RosterEntry.objects.create(
            organisation=people["ana"].organisation,
            user=people["ana"],
            weekdays=[0, 1, 2, 3, 4, 5, 6],
            starts="00:00",
            ends="24:00",
            zone="Europe/Berlin",
            phone="+49 30 7777",
        )
    page = watched(page)
    page.set_viewport_size(PHONE)
    sign_in(page, "ana@acme.example")
    page.goto(live_server.url + "/portal/cases/new/")
    return page


def answer_as_critical(page):
    page.get_by_role("group", name="Is a business-critical function").get_by_label("Yes").check()
    page.get_by_role("group", name="Is there a workaround?").get_by_label("No").check()
    page.get_by_role("group", name="How much").get_by_label("Severely").check()


def test_a_critical_case_with_evidence_from_a_phone(ana_files, accessible, tmp_path):
    page = ana_files
    accessible(page)
    page.get_by_label("In one line, what is wrong?").press_sequentially("Calls drop after 30 s")
    page.get_by_role("link", name="This is my problem: add to").wait_for()
    page.get_by_role("link", name="Calls drop after a short time").wait_for()
    page.get_by_label("What happens, and since when?").fill("Since nine.")
    page.get_by_label("Area").select_option("Network and devices")
    page.get_by_text("We help you find the cause; the fix is on your side.").wait_for()
    answer_as_critical(page)
    expect(page.get_by_label("Contact on duty")).to_have_value("Ana Albers")
    expect(page.get_by_label("Call-back number")).to_have_value("+49 30 7777")
    expect(page.get_by_text("We call back within 10 min")).to_be_visible()
    page.get_by_label("Call-back number").fill("+49 30 8888")

    good, second = tmp_path / "console.log", tmp_path / "second.log"
    good.write_text("SIP/2.0 408\n")
    second.write_text("more\n")
    page.get_by_label("Files").set_input_files([str(good), str(second)])
    page.get_by_role("button", name="Remove console.log").wait_for()
    page.get_by_role("button", name="Remove second.log").wait_for()
    accessible(page)
    page.get_by_role("button", name="Remove second.log").click()
    expect(page.get_by_role("button", name="Remove second.log")).to_have_count(0)
    expect(page.locator("#draft-state")).to_contain_text("Draft saved")
    page.get_by_role("button", name="Open as Critical").click()

    page.get_by_role("heading", name="Calls drop after 30 s", exact=True).wait_for()
    expect(page.get_by_role("link", name="console.log")).to_be_visible()
    with care_scope():
        case = Case.objects.latest("number")
        assert (case.severity, case.area, case.call_back_number) == (
            1,
            "Network and devices",
            "+49 30 8888",
        )
        assert [file.name for file in Attachment.objects.all()] == ["console.log"]
        assert (FilingDraft.objects.count(), StagedFile.objects.count()) == (0, 0)


def test_a_refused_file_says_why_beside_its_name(
    live_server, page, people, sign_in, accessible, tmp_path
):
    page.set_viewport_size(PHONE)
    sign_in(page, "ana@acme.example")
    page.goto(live_server.url + "/portal/cases/new/")
    bad = tmp_path / "evil.exe"
    bad.write_bytes(b"MZ\x90\x00")
    page.get_by_label("Files").set_input_files(str(bad))
    expect(page.locator(".evidence__wrong")).to_contain_text("evil.exe is a program.")
    accessible(page)
    page.get_by_role("button", name="Dismiss evil.exe").click()
    expect(page.locator(".evidence__row")).to_have_count(0)


def test_progress_is_shown_and_a_form_waits_for_its_files(ana_files, tmp_path):
    page = ana_files
    page.route("**/portal/evidence/", lambda route: (page.wait_for_timeout(600), route.continue_()))
    page.get_by_label("In one line, what is wrong?").fill("No sound")
    page.get_by_label("What happens, and since when?").fill("Silence.")
    page.get_by_role("group", name="Is a business-critical function").get_by_label("No").check()
    page.get_by_role("group", name="Is there a workaround?").get_by_label("Yes").check()
    page.get_by_role("group", name="How much").get_by_label("Partly").check()
    page.get_by_label("Area").select_option(index=1)
    page.get_by_role("button", name="Open as Medium").wait_for()
    log = tmp_path / "console.log"
    log.write_bytes(b"x" * 200_000)
    page.get_by_label("Files").set_input_files(str(log))
    expect(page.get_by_role("progressbar", name="Sending console.log")).to_be_visible()
    page.get_by_role("button", name="Open as Medium").click()
    page.get_by_role("heading", name="No sound").wait_for()
    expect(page.get_by_role("link", name="console.log")).to_be_visible()


def test_a_picture_is_pasted_and_a_file_dropped_and_return_removes_neither(
    live_server, page, people, sign_in
):
    sign_in(page, "ana@acme.example")
    page.goto(live_server.url + "/portal/cases/new/")
    give = """([selector, kind, name]) => {
        const given = new DataTransfer();
        given.items.add(new File(["\\x89PNG not really"], name, {type: "image/png"}));
        const init = {bubbles: true, cancelable: true};
        const event = kind === "paste" ? new ClipboardEvent(kind, {...init, clipboardData: given})
            : new DragEvent(kind, {...init, dataTransfer: given});
        document.querySelector(selector).dispatchEvent(event);
    }"""
    page.evaluate(give, ["#id_description", "paste", "pasted.png"])
    page.evaluate(give, ["[data-drop]", "drop", "dropped.png"])
    page.get_by_role("button", name="Remove pasted.png").wait_for()
    page.get_by_role("button", name="Remove dropped.png").wait_for()
    # What is too large is said at once: nothing of it is uploaded.
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    page.evaluate("""() => {
        const given = new DataTransfer();
        given.items.add(new File([new ArrayBuffer(26 * 2 ** 20)], "huge.log"));
        document.querySelector("[data-drop]").dispatchEvent(
            new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: given}));
    }""")
    expect(page.locator(".evidence__wrong")).to_have_text(
        "huge.log is larger than 25 MB. Please compress or split it."
    )
    assert not [url for url in sent if url.endswith("/portal/evidence/")]
    page.get_by_role("button", name="Dismiss huge.log").click()
    page.get_by_label("In one line, what is wrong?").press("Enter")
    page.get_by_text("Some fields need your attention.").wait_for()
    page.get_by_role("button", name="Remove pasted.png").wait_for()


def test_a_draft_survives_a_closed_browser(ana_files, live_server, browser, sign_in, accessible):
    page = ana_files
    page.get_by_label("In one line, what is wrong?").fill("Half a thought")
    expect(page.locator("#draft-state")).to_contain_text("Draft saved")
    page.get_by_label("What happens, and since when?").fill("And the other half")
    page.wait_for_timeout(2000)
    page.context.close()
    again = browser.new_context(viewport=PHONE).new_page()
    sign_in(again, "ana@acme.example")
    accessible(again)
    again.get_by_role("link", name="Half a thought").click()
    expect(again.get_by_label("What happens, and since when?")).to_have_value("And the other half")
    again.context.close()


def test_filing_and_answering_where_no_script_runs(live_server, browser, people, sign_in, tmp_path):
    from cases import actions

    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    sign_in(page, "ana@acme.example")
    page.goto(live_server.url + "/portal/cases/new/")
    page.get_by_label("In one line, what is wrong?").fill("Calls drop after 30 s")
    page.get_by_role("button", name="Search for answers").click()
    page.get_by_role("link", name="Calls drop after a short time").wait_for()
    page.get_by_label("What happens, and since when?").fill("Since nine.")
    page.get_by_role("group", name="Is a business-critical function").get_by_label("No").check()
    page.get_by_role("group", name="Is there a workaround?").get_by_label("Yes").check()
    page.get_by_role("group", name="How much").get_by_label("Partly").check()
    page.get_by_label("Area").select_option(index=1)
    log = tmp_path / "console.log"
    log.write_text("x")
    page.get_by_label("Files").set_input_files(str(log))
    page.get_by_role("button", name="Save draft").click()
    page.get_by_role("link", name="Calls drop after 30 s").click()
    page.get_by_role("button", name="Remove console.log").wait_for()
    page.get_by_role("button", name="Open as Medium").click()
    page.get_by_role("link", name="console.log").wait_for()
    with care_scope():
        case = Case.objects.get()
        actions.request_information(case, by=people["kim"], text="Which phones?")
    page.reload()
    page.get_by_label("Your reply").fill("The desk phones.")
    page.get_by_label("Files").set_input_files(str(log))
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Sent.").wait_for()
    with care_scope():
        assert (Case.objects.get().state, Attachment.objects.count()) == ("in_progress", 2)
    context.close()


def test_help_and_entitlements_are_readable_by_everybody(
    live_server, page, people, sign_in, watched, accessible
):
    page = watched(page)
    page.set_viewport_size(PHONE)
    page.goto(live_server.url + "/help/")
    accessible(page)
    page.goto(live_server.url + "/help/network-and-ports/")
    accessible(page)
    page.goto(live_server.url + "/help/")
    page.get_by_label("Search the articles").press_sequentially("one way adio")
    page.locator("#results").get_by_role("link", name="One-way audio").click()
    accessible(page)
    page.get_by_role("button", name="Yes, it helped").click()
    page.get_by_text("You said that it helped").wait_for()
    sign_in(page, "ana@acme.example")
    page.goto(live_server.url + "/portal/entitlements/")
    accessible(page)


def test_a_manager_writes_an_article(live_server, page, people, sign_in, watched, accessible):
    page = watched(page)
    sign_in(page, "maya@care.example")
    for path in (
        "articles/",
        "articles/new/",
        "areas/",
        "areas/voice/",
        "articles/calls-drop/versions/1/",
    ):
        page.goto(f"{live_server.url}/console/{path}")
        accessible(page)
    page.goto(live_server.url + "/console/articles/calls-drop/")
    accessible(page)
    page.get_by_label("Title", exact=True).fill("Calls drop, again")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("heading", name="Preview, not saved yet").wait_for()
    page.get_by_role("button", name="Publish as version 2").click()
    page.get_by_text("Version 2 is published.").wait_for()
    page.get_by_role("link", name="Version 2").click()
    page.get_by_text("+ Calls drop, again").wait_for()
    accessible(page)
