"""§12 in a browser: a draft that saves itself, two who write concurrently, the pages without a
script, on a phone.
"""

import pytest
from playwright.sync_api import expect

from contacts.models import Role
from core.tenancy import care_scope
from rca import actions as rca
from rca.models import Analysis
from tests import cast
from tests.browser.conftest import BOTH_SIZES

pytestmark = pytest.mark.browser


@pytest.fixture
def outage(people):
    with care_scope():
        return cast.proposed(people["ana"], people["kim"], severity=1)


@pytest.fixture
def lee(people):
    with care_scope():
        return cast.care("Lee Lind", "lee@care.example", Role.ANALYST)


@pytest.fixture
def at(browser, live_server, people, sign_in, watched):
    """`at(email, path)`: somebody in a browser of their own, on that page."""
    contexts = []

    def sit(email, path, is_refused=False, **options):
        usual = {"viewport": {"width": 1440, "height": 1000}, "reduced_motion": "reduce"}
        contexts.append(browser.new_context(**usual | options))
        page = contexts[-1].new_page()
        if not is_refused:
            watched(page)
        page.set_default_timeout(20_000)
        sign_in(page, email)
        page.goto(live_server.url + path)
        return page

    yield sit
    for context in contexts:
        for page in context.pages:
            page.goto("about:blank")
        context.close()


def test_a_draft_keeps_itself_and_survives_a_closed_window(at, outage, accessible):
    page = at("kim@care.example", f"/console/rca/{outage.code}/")
    page.get_by_label("Summary").fill("Calls were silent.")
    expect(page.get_by_role("status").filter(has_text="Kept")).to_be_visible()
    page.get_by_text("answered").first.scroll_into_view_if_needed()
    page.locator(".events__one .form-control").first.fill("Ana called.")
    expect(page.locator(".events__one input[type=checkbox]").first).to_be_checked()
    page.locator("#why_1").fill("Why silent?")
    page.locator("#because_1").fill("A clock stood still.")
    page.locator("#because_1").blur()
    page.wait_for_timeout(2500)
    accessible(page)
    page.reload()
    expect(page.get_by_label("Summary")).to_have_value("Calls were silent.")
    expect(page.locator("#because_1")).to_have_value("A clock stood still.")


def test_two_who_write_at_once_are_told_by_the_page_itself(at, outage, lee):
    page = at("kim@care.example", f"/console/rca/{outage.code}/", is_refused=True)
    with care_scope():
        rca.save_draft(
            Analysis.objects.get(case=outage), by=lee, sections={"summary": "Lee's words."}
        )
    page.get_by_label("Impact on your business").fill("All agents.")
    expect(
        page.get_by_role("status").filter(has_text="A colleague has written Summary")
    ).to_be_visible()
    with care_scope():
        draft = Analysis.objects.get(case=outage).draft
    assert (draft["summary"], draft["impact"]) == ("Lee's words.", "All agents.")
    page.get_by_label("Summary").fill("Kim's words.")
    expect(page.get_by_role("status").filter(has_text="Not saved.")).to_be_visible()
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Lee's words.")).to_be_visible()
    expect(page.get_by_label("Summary")).to_have_value("Kim's words.")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator(".notice--success")).to_be_visible()


def test_every_page_of_it_is_for_everybody(at, outage, people, accessible, live_server):
    with care_scope():
        seq = outage.events.get(verb="answered").seq
        cast.published(
            outage,
            people["kim"],
            people["maya"],
            timeline=[{"event": seq, "words": "An analyst looked."}],
            whys=[{"why": f"Why {n}?", "because": "Because."} for n in range(5)],
        )
        event = rca.request_documentation(
            outage, by=people["ana"], wants="A plan.", recipients=[people["cole"]], talk="x"
        )
    ana = at("ana@acme.example", f"/portal/cases/{outage.code}/rca/")
    accessible(ana, BOTH_SIZES)
    for path in (
        f"cases/{outage.code}/rca/1/print/",
        f"cases/{outage.code}/rca/1/difference/",
        "documentation/",
        f"cases/{event.case.code}/",
        f"cases/{outage.code}/",
    ):
        ana.goto(f"{live_server.url}/portal/{path}")
        accessible(ana, BOTH_SIZES)
    maya = at("maya@care.example", "/console/rca/?view=unread")
    accessible(maya, BOTH_SIZES)
    one = f"{outage.code}/versions/1/"
    for path in (
        "",
        "actions/",
        f"{outage.code}/",
        one,
        f"{one}difference/",
        "requests/",
        f"requests/{event.case.code}/",
    ):
        maya.goto(f"{live_server.url}/console/rca/{path}")
        accessible(maya, BOTH_SIZES)


def test_without_a_script_a_draft_is_saved_and_submitted(at, outage):
    page = at("kim@care.example", f"/console/rca/{outage.code}/", java_script_enabled=False)
    page.get_by_label("Summary").fill("Calls were silent.")
    page.get_by_label("Impact on your business").fill("All agents.")
    page.locator("#draft_root_cause").fill("A clock.")
    page.locator("#action_1_what").fill("Watch the clocks")
    page.locator("#action_1_owner_name").fill("Their network team")
    page.locator("#action_1_due_on").fill("2031-05-01")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator(".notice--success")).to_be_visible()
    page.get_by_role("button", name="Submit for review").click()
    expect(page.get_by_text("You wrote it, so a colleague has to publish it.")).to_be_visible()
