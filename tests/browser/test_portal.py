"""The portal on a phone: a contact files with a file, reads, asks why, answers."""

import pytest

from cases import actions
from cases.models import Attachment, Case
from core.tenancy import care_scope

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}


def test_a_contact_files_a_case_with_a_file_on_a_phone(
    live_server, page, people, sign_in, watched, accessible, tmp_path
):
    page = watched(page)
    page.set_viewport_size(PHONE)
    accessible_pages = [
        "/portal/",
        "/portal/cases/?state=all",
        "/portal/organisation/",
        "/accounts/password/change/",
    ]
    page.goto(f"{live_server.url}/accounts/login/")
    accessible(page)
    sign_in(page, "ana@acme.example")
    for path in accessible_pages:
        page.goto(live_server.url + path)
        accessible(page)

    page.goto(live_server.url + "/portal/")
    page.get_by_role("link", name="Open a case", exact=True).click()
    page.get_by_label("In one line, what is wrong?").fill("No sound on any call")
    page.get_by_label("What happens, and since when?").fill("Silence since **nine**.")
    page.get_by_role("group", name="Is a business-critical function").get_by_label("No").check()
    page.get_by_role("group", name="Is there a workaround?").get_by_label("No").check()
    page.get_by_role("group", name="How much").get_by_label("Severely").check()
    page.get_by_label("Area").select_option(index=1)
    page.get_by_role("button", name="Open as High").wait_for()
    log = tmp_path / "console.log"
    log.write_text("SIP/2.0 408 Request Timeout\n")
    page.get_by_label("Files").set_input_files(str(log))
    accessible(page)
    page.get_by_role("button", name="Open as High").click()

    page.get_by_role("heading", name="No sound on any call").wait_for()
    assert "nothing you need to do now" in page.get_by_role("note").inner_text()
    assert page.get_by_role("link", name="console.log").is_visible()
    accessible(page)
    page.get_by_role("link", name="Why this time? (Restoration)").click()
    page.get_by_role("heading", name="Why this time?").wait_for()
    accessible(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="console.log").click()
    assert download.value.suggested_filename == "console.log"

    with care_scope():
        case = Case.objects.get()
        assert (case.severity, Attachment.objects.get().name) == (2, "console.log")
        actions.request_information(case, by=people["kim"], text="Which phones?")
    page.reload()
    assert "Kim Kato asked you" in page.get_by_role("note").inner_text()
    page.get_by_label("Your reply").fill("The desk phones.")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Sent.").wait_for()
    with care_scope():
        assert Case.objects.get().state == "in_progress"


def test_the_theme_is_kept_with_the_person(live_server, page, people, sign_in, watched):
    page = watched(page)
    sign_in(page, "cole@acme.example")
    page.locator(".menu__name").click()
    page.get_by_role("button", name="Dark").click()
    page.wait_for_load_state()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    assert page.get_by_role("link", name="Open a case", exact=True).count() == 0
