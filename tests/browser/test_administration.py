"""Administration in a browser: a calendar made with holidays and looked at, with scripts off too;
fit for everyone.
"""

from dataclasses import replace

import pytest

from contacts import actions
from contacts.models import Licence, Offering, Role, WorkCalendar
from core.tenancy import care_scope
from sla import actions as policies
from sla import policy_migration
from sla.models import Policy, PolicyMigration
from tests import cast
from tests.browser.conftest import BOTH_SIZES

pytestmark = pytest.mark.browser


@pytest.fixture
def ada(people):
    """The administrator, beside the cast; somebody who has not come yet, and a second site with a
    long name.
    """
    with care_scope():
        ada = cast.care("Ada Adeyemi", "ada@care.example", Role.ADMINISTRATOR)
        actions.invite_to_care(
            by=ada, email="nia@care.example", name="Nia New", role="analyst", zone="UTC"
        )
        acme = people["ana"].organisation
        left = cast.colleague(acme, "Wolfeschlegelsteinhausenbergerdorff" * 3, "left@acme.example")
        actions.end_access(left, by=ada, reason="Left.")
        tokyo = actions.save_calendar(
            None,
            by=ada,
            name="Tokyo, with the longest name that anybody has thought of for a calendar",
            zone="Asia/Tokyo",
            week={"mon": [["08:00", "12:00"], ["13:00", "17:00"]], "fri": [["22:00", "06:00"]]},
            holidays={"2026-11-03": "Culture Day"},
        )
        cast.file(people["ana"], severity=2)
        actions.save_site(
            None,
            organisation=acme,
            by=ada,
            name="A-site-with-a-name-that-does-not-break-anywhere" * 3,
            calendar=tokyo,
        )
        return ada


@pytest.fixture
def policy(people, ada):
    """The shipped policy with a second version, a draft, and a preview of it."""
    with care_scope():
        policy = Policy.objects.get(key="customer-care")
        now = policies.policies.newest(policy)
        faster = replace(now, targets={**now.targets, ("response", 2): (30, "minutes")})
        policies.save_draft(policy, by=ada, written=faster)
        version = policies.publish(
            policy, by=ada, why="A reason with the longest word that anybody has thought of."
        )
        policies.save_draft(policy, by=ada, written=replace(faster, notice_days=2))
        policies.choose_for_organisation(people["ana"].organisation, by=ada, policy=policy)
        run = policy_migration.begin(policy, by=ada, written=faster, version=version)
        policy_migration.work(run.pk)
        return policy


def test_the_pages_are_fit_for_everyone(
    live_server, page, people, ada, sign_in, watched, accessible
):
    page = watched(page)
    sign_in(page, "ada@care.example")
    with care_scope():
        acme = people["ana"].organisation
        tokyo = WorkCalendar.objects.get(name__startswith="Tokyo").pk
        offering, licence, site = (
            Offering.objects.first().pk,
            Licence.objects.get().pk,
            acme.sites.first().pk,
        )
        left = acme.people.get(email="left@acme.example")
    for path in (
        "administration/",
        "organisations/",
        "organisations/new/",
        "organisations/acme/",
        "organisations/acme/settings/",
        f"organisations/acme/sites/{site}/",
        "organisations/acme/licences/new/",
        f"organisations/acme/licences/{licence}/",
        "calendars/",
        "calendars/new/",
        f"calendars/{tokyo}/?year=2026",
        f"calendars/{tokyo}/edit/",
        f"calendars/{tokyo}/versions/1/",
        "offerings/",
        f"offerings/{offering}/",
        "care/",
        "care/new/",
        f"care/{people['kim'].pk}/",
        f"care/{ada.pk}/",
        "changes/",
        f"people/{people['ana'].pk}/erasure/",
        f"people/{left.pk}/erasure/",
        f"people/{left.pk}/",
    ):
        page.goto(f"{live_server.url}/console/{path}")
        accessible(page, BOTH_SIZES)


def test_the_pages_of_policies_are_fit_for_everyone(
    live_server, page, people, ada, policy, sign_in, watched, accessible
):
    page = watched(page)
    sign_in(page, "ada@care.example")
    with care_scope():
        run, offering = PolicyMigration.objects.get().pk, Offering.objects.first().pk
    for path in (
        "policies/",
        "policies/new/",
        f"policies/{policy.pk}/",
        f"policies/{policy.pk}/versions/2/",
        f"policies/{policy.pk}/draft/",
        f"policies/{policy.pk}/publication/",
        f"policies/previews/{run}/",
        "organisations/acme/policy/",
        f"offerings/{offering}/policy/",
    ):
        page.goto(f"{live_server.url}/console/{path}")
        accessible(page, BOTH_SIZES)


def make_a_calendar(page):
    """From the bar on top to a calendar of Berlin with its holidays, previewed and saved."""
    page.get_by_role("link", name="Administration").click()
    page.get_by_role("link", name="Calendars").click()
    page.get_by_role("link", name="New calendar").click()
    page.get_by_label("Name").fill("Berlin office")
    page.get_by_label("Time zone").select_option("Europe/Berlin")
    page.get_by_label("Friday").fill("08:00–12:00, 11:00–15:00")
    page.get_by_label("Country").select_option("DE")
    page.get_by_label("From", exact=True).fill("2026")
    page.get_by_label("To the end of").fill("2027")
    page.get_by_role("button", name="Load").click()
    page.get_by_label("Region").select_option("BE")
    page.get_by_role("button", name="Load").click()
    page.get_by_text("The holidays have been added to the days off").wait_for()
    days = page.get_by_role("textbox", name="Days off")
    assert "Women's Day" in days.input_value()
    days.fill(days.input_value() + "\n2026-12-24 Christmas Eve")
    page.get_by_role("button", name="Save").click()
    page.locator("#id_fri_error").wait_for()
    page.get_by_label("Friday").fill("08:00–12:00, 12:30–15:00")
    page.get_by_role("spinbutton", name="Year").fill("2026")
    page.get_by_role("spinbutton", name="Year").press("Enter")  # previews, and saves nothing
    page.get_by_text("Nothing is saved yet").wait_for()


def test_a_calendar_is_made_with_holidays_and_looked_at(
    live_server, page, people, ada, sign_in, watched, accessible
):
    sign_in(page, "maya@care.example")
    make_a_calendar(page)
    watched(page)
    october = page.get_by_role("table", name="October 2026")
    assert (
        "185\N{NO-BREAK SPACE}h 30\N{NO-BREAK SPACE}min" in october.inner_text()
    )  # 17 days of 9 h, and 5 Fridays of 6.5 h
    assert october.get_by_title("08:00–12:00, 12:30–15:00").count() == 5
    assert page.get_by_text("German Unity Day").count() >= 1
    accessible(page)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("“Berlin office” is saved").wait_for()
    with care_scope():
        saved = WorkCalendar.objects.get(name="Berlin office").current
    assert (saved.holidays["2026-12-24"], saved.holidays["2027-03-08"][-11:]) == (
        "Christmas Eve",
        "Women's Day",
    )
    page.get_by_role("link", name="Changes").click()
    page.get_by_role("row", name="created the calendar “Berlin office”").wait_for()


def test_a_calendar_is_made_with_scripts_off(live_server, browser, people, ada, sign_in):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, "maya@care.example")
    make_a_calendar(page)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("“Berlin office” is saved").wait_for()
    context.close()


def test_an_analyst_leaves_and_their_cases_are_given_away(
    live_server, page, people, ada, sign_in, watched
):
    from cases import actions as case_actions
    from cases.models import Case

    with care_scope():
        case_actions.take(Case.objects.get(), by=people["kim"])
    sign_in(page, "ada@care.example")
    page.goto(f"{live_server.url}/console/care/")
    page.get_by_role("link", name="Kim Kato").click()
    page.get_by_label("Why").fill("Moves to sales")
    page.get_by_role("button", name="Deactivate").click()
    page.get_by_text("has 1 open case: say who takes them").wait_for()
    assert page.get_by_label("Why").input_value() == "Moves to sales"
    page.get_by_label("Their open cases go to").select_option(label="Maya Moss")
    page.get_by_role("button", name="Deactivate").click()
    page.get_by_text("Kim Kato is signed out everywhere").wait_for()
    with care_scope():
        assert Case.objects.get().assignee == people["maya"]
