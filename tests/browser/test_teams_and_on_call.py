"""Teams and the rota in a browser: a team edited, a drill acknowledged, fit on a phone and in both
themes.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from contacts import actions
from contacts.models import Team
from core.tenancy import care_scope
from routing import actions as routing_actions
from routing import assignment
from routing.models import Alert
from tests import cast
from tests.browser.conftest import BOTH_SIZES

pytestmark = pytest.mark.browser


@pytest.fixture
def rota(people):
    """Kim, then Maya, around the clock but for one gap; a team, a swap, a drill, and a case that
    pages.
    """
    kim, maya = people["kim"], people["maya"]
    elsewhen = (
        f"{timezone.now() + timedelta(days=3):%a}".lower()
    )  # whenever the test runs, nobody is at work
    with care_scope():
        actions.save_team(
            None,
            by=maya,
            name="First line",
            members=[kim, maya],
            is_intake=True,
            areas=["voice"],
            calendar=cast.calendar("Care office", week={elsewhen: [["08:00", "17:00"]]}),
        )
        routing_actions.set_work_pattern(
            kim, by=maya, skills=["voice", "chat"], away_until=timezone.now() + timedelta(hours=5)
        )
        new_rota = routing_actions.save_rota(
            None,
            by=maya,
            name="Nights with quite a long name of their own",
            zone="Europe/Berlin",
            minutes=5,
            begins_on=timezone.now().date() - timedelta(days=14),
            hands_over="09:00",
            people=[kim, maya],
        )
        routing_actions.add_shift(
            new_rota, by=maya, weekdays=[0, 1, 2, 3, 4, 5], starts="00:00", ends="24:00"
        )
        now = timezone.now()
        routing_actions.add_swap(
            new_rota,
            by=maya,
            person=kim,
            starts_at=now,
            ends_at=now + timedelta(days=9),
            reason="Concert",
        )
        case = cast.file(people["ana"], severity=1)
        assignment.assign(case.pk)
        assert Alert.objects.filter(case=case).exists()
        return new_rota, case


def test_the_pages_are_fit_for_everyone(
    live_server, page, people, rota, sign_in, watched, accessible
):
    on_call_rota, case = rota
    page = watched(page)
    sign_in(page, "maya@care.example")
    with care_scope():
        team_pk, alarm_pk, kim = Team.objects.get().pk, Alert.objects.get().pk, people["kim"].pk
    for path in (
        "teams/",
        "teams/new/",
        f"teams/{team_pk}/",
        f"teams/{team_pk}/hours/",
        f"analysts/{kim}/",
        "on-call/",
        "on-call/new/",
        f"on-call/{on_call_rota.pk}/",
        f"on-call/{on_call_rota.pk}/edit/",
        f"on-call/{on_call_rota.pk}/swaps/",
        f"on-call/{on_call_rota.pk}/webhook/",
        f"on-call/pages/{alarm_pk}/",
        "changes/",
        f"cases/{case.code}/",
        f"cases/{case.code}/handover/",
        f"cases/{case.code}/alarms/",
    ):
        page.goto(f"{live_server.url}/console/{path}")
        page.evaluate("document.querySelectorAll('main details').forEach(fold => fold.open = true)")
        accessible(page, BOTH_SIZES)


def test_a_drill_is_begun_by_a_manager_and_acknowledged_by_whoever_is_on_call(
    live_server, page, people, rota, sign_in, watched
):
    page = watched(page)
    sign_in(page, "maya@care.example")
    page.get_by_role("link", name="On call", exact=True).click()
    page.get_by_role("link", name="Nights with quite").click()
    page.get_by_role("button", name="Begin a drill").click()
    page.get_by_text("The drill has started").wait_for()
    address = page.url
    page.get_by_text("Maya Moss", exact=False).first.wait_for()
    page.context.clear_cookies()
    sign_in(page, "kim@care.example")
    page.goto(address)
    page.get_by_role("button", name="Acknowledge").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Kim Kato acknowledged").wait_for()
    page.get_by_role("link", name="‹ Nights").click()
    page.get_by_text("acknowledged by Kim Kato").wait_for()
    with care_scope():
        assert Alert.objects.get(is_drill=True).state == "acknowledged"


def test_a_team_is_edited_and_the_change_is_shown_with_before_and_after(
    live_server, page, people, rota, sign_in
):
    sign_in(page, "maya@care.example")
    page.get_by_role("link", name="Administration", exact=True).click()
    page.locator('main a[href="/console/teams/"]').click()
    page.get_by_role("link", name="First line").click()
    page.get_by_label("Round robin: each in turn").check()
    page.get_by_label("Chat and messaging").check()
    page.get_by_label("Name").fill("")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Your text is still here").wait_for()
    assert page.get_by_label("Chat and messaging").is_checked()
    page.get_by_label("Name").fill("Voice and chat")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("“Voice and chat” is saved").wait_for()
    page.get_by_role("link", name="Changes").click()
    row = page.get_by_role("row", name="changed the team “Voice and chat”")
    assert "assignment: off → round robin" in row.inner_text()


def test_an_analyst_writes_their_hours_with_scripts_off(live_server, browser, people, sign_in):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, "kim@care.example")
    page.goto(f"{live_server.url}/console/my-hours/")
    page.get_by_label("Monday").fill("8 to 17")
    page.get_by_role("button", name="Save").click()
    page.locator("#id_mon_error").wait_for()
    page.get_by_label("Monday").fill("08:00–17:00")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved. It applies to new cases and alerts").wait_for()
    context.close()


def test_whom_warnings_were_told_to_comes_in_place(
    live_server, page, people, rota, sign_in, watched
):
    _, case = rota
    page = watched(page)
    sign_in(page, "kim@care.example")
    page.goto(f"{live_server.url}/console/cases/{case.code}/")
    page.get_by_role("link", name="SLA alerts sent").click()
    page.get_by_text("No SLA alert has been sent for this case.").wait_for()
    page.get_by_role("button", name="Acknowledge").click()
    page.get_by_text("Acknowledged. Nobody else is alerted.").wait_for()
