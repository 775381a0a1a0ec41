"""The console's pages of teams, hours, rotas, pages and changes: who reads, who writes, what is
preserved when wrong.
"""

from datetime import date

import pytest

from cases import actions as case_actions
from contacts import actions
from contacts.models import AdminEvent, Team
from routing import actions as routing_actions
from routing import alerts, assignment
from routing.models import Alert, OnCallOverride, OnCallRota, WorkPattern
from sla import sweeps
from tests import cast
from tests.cast import utc
from tests.pages import holds
from tests.web.test_query_budgets import LIMIT, require_fixed_number


@pytest.fixture
def rota(kim, lee, maya):
    new_rota = routing_actions.save_rota(
        None,
        by=maya,
        name="Nights",
        zone="Europe/Berlin",
        begins_on=date(2026, 3, 2),
        hands_over="09:00",
        minutes=5,
        people=[kim, lee],
    )
    routing_actions.add_shift(new_rota, by=maya, weekdays=range(7), starts="00:00", ends="24:00")
    return new_rota


TEAM = {"name": "Voice", "assignment": "round_robin", "areas": ["voice"], "is_intake": "on"}
ROTA = {
    "name": "Nights",
    "zone": "Europe/Berlin",
    "begins_on": "2026-03-02",
    "hands_over": "09:00",
    "minutes": "5",
    "is_active": "on",
}


def test_a_manager_makes_a_team_and_changes_it(as_maya, kim):
    answer = as_maya.post("/console/teams/new/", {**TEAM, "members": [kim.pk]})
    team = Team.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/console/teams/{team.pk}/")
    assert (list(team.members.all()), team.areas, team.is_intake) == ([kim], ["voice"], True)
    as_maya.post(f"/console/teams/{team.pk}/", {**TEAM, "name": "Voice and chat", "members": []})
    team.refresh_from_db()
    assert (team.name, team.members.count()) == ("Voice and chat", 0)
    page = as_maya.get("/console/changes/?kind=team").content.decode()
    assert "Voice and chat" in page
    assert "<del>Kim Kato</del>" in page


def test_a_team_that_cannot_be_comes_back_with_what_was_written(as_maya, kim):
    Team.objects.create(name="Voice")
    answer = as_maya.post("/console/teams/new/", {**TEAM, "members": [kim.pk]})
    assert answer.status_code == 422
    assert 'value="Voice"' in answer.content.decode()
    assert (
        as_maya.post(
            "/console/teams/new/", {**TEAM, "name": "V", "members": ["999999"]}
        ).status_code
        == 422
    )
    both = {**TEAM, "name": "V", "investigates": "on"}
    assert "cannot be the intake" in as_maya.post("/console/teams/new/", both).content.decode()


def test_a_manager_writes_the_hours_of_a_team(as_maya, acme, maya):
    shared = acme.sites.get().calendar
    team = actions.save_team(None, by=maya, name="Voice", calendar=shared)
    address = f"/console/teams/{team.pk}/hours/"
    assert 'value="08:00–17:00"' in as_maya.get(address).content.decode()
    form_data = {"zone": "Asia/Tokyo", "mon": "09:00–18:00"}
    assert as_maya.post(address, form_data).status_code == 302
    team.refresh_from_db()
    assert (team.hours.zone, team.hours.week) == ("Asia/Tokyo", {"mon": [["09:00", "18:00"]]})
    assert shared.current.zone == "Europe/Berlin"  # the customer's own stays theirs
    as_maya.post(address, {**form_data, "tue": "09:00–18:00"})
    assert Team.objects.get().calendar.versions.count() == 2
    for wrong in (
        {"zone": "Asia/Tokyo"},
        {"zone": "Mars/Olympus", "mon": "09:00–18:00"},
        {**form_data, "wed": "9 to 5"},
    ):
        assert as_maya.post(address, wrong).status_code == 422
    assert "Mon 09:00–18:00" in as_maya.get("/console/changes/?kind=team").content.decode()


def test_analysts_read_teams_and_rotas_and_write_neither(client, kim, rota, maya):
    team = actions.save_team(None, by=maya, name="Voice", members=[kim])
    client.force_login(kim)
    for address in (
        f"/console/teams/{team.pk}/",
        "/console/teams/",
        f"/console/on-call/{rota.pk}/",
        "/console/on-call/",
        "/console/changes/",
    ):
        assert client.get(address).status_code == 200, address
    for address in (
        "teams/new/",
        f"teams/{team.pk}/",
        f"teams/{team.pk}/hours/",
        "on-call/new/",
        f"on-call/{rota.pk}/edit/",
        f"on-call/{rota.pk}/drill/",
        f"on-call/{rota.pk}/swaps/",
        f"on-call/{rota.pk}/shifts/",
        f"on-call/{rota.pk}/webhook/",
    ):
        answer = client.post(f"/console/{address}", {**TEAM, **ROTA})
        assert answer.status_code in (403, 422), address
    assert Team.objects.get().name == "Voice"
    assert client.get(f"/console/on-call/{rota.pk}/webhook/").status_code == 403
    assert not Alert.objects.exists()


def test_somebody_writes_their_own_hours_in_their_own_zone(client, kim, time_machine):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    kim.zone = "Asia/Tokyo"
    kim.save()
    client.force_login(kim)
    assert client.get("/console/my-hours/")["Location"] == f"/console/analysts/{kim.pk}/"
    form_data = {"mon": "8:00-12:00, 13:00–17:00", "away_until": "2026-03-05T08:00"}
    assert client.post(f"/console/analysts/{kim.pk}/", form_data).status_code == 302
    pattern = WorkPattern.objects.get(person=kim)
    assert pattern.week == {"mon": [["08:00", "12:00"], ["13:00", "17:00"]]}
    assert pattern.away_until == utc("2026-03-04 23:00")
    page = client.get(f"/console/analysts/{kim.pk}/").content.decode()
    assert 'value="08:00–12:00, 13:00–17:00"' in page
    assert 'value="2026-03-05T08:00"' in page


@pytest.mark.parametrize(
    "wrong", [{"mon": "eight to five"}, {"mon": "25:00–26:00"}, {"away_until": "2026-03-01T08:00"}]
)
def test_hours_that_cannot_be_read_come_back(wrong, client, kim, time_machine):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    client.force_login(kim)
    answer = client.post(f"/console/analysts/{kim.pk}/", wrong)
    assert answer.status_code == 422
    assert next(iter(wrong.values())) in answer.content.decode()
    assert not WorkPattern.objects.exists()


def test_a_colleagues_hours_are_not_ones_own_to_write(client, kim, lee, maya):
    client.force_login(lee)
    assert client.get(f"/console/analysts/{kim.pk}/").status_code == 200
    assert client.post(f"/console/analysts/{kim.pk}/", {"mon": "08:00–17:00"}).status_code == 403
    client.force_login(maya)
    assert client.post(f"/console/analysts/{kim.pk}/", {"skills": ["voice"]}).status_code == 302
    assert WorkPattern.objects.get(person=kim).skills == ["voice"]


def test_a_manager_makes_a_rota_covers_hours_and_swaps_days(as_maya, kim, lee, maya, time_machine):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    answer = as_maya.post(
        "/console/on-call/new/", {**ROTA, "place_1": kim.pk, "place_2": lee.pk, "manager": maya.pk}
    )
    rota = OnCallRota.objects.get()
    assert answer["Location"] == f"/console/on-call/{rota.pk}/edit/"
    assert list(rota.places.values_list("person__name", flat=True)) == ["Kim Kato", "Lee Lind"]
    shift = {"weekdays": ["5", "6"], "starts": "00:00", "ends": "24:00"}
    assert as_maya.post(f"/console/on-call/{rota.pk}/shifts/", shift).status_code == 302
    swap = {"person": lee.pk, "first_day": "2026-03-04", "last_day": "2026-03-05"}
    night = swap | {"first_day": "2026-03-09", "last_day": "2026-03-10"}
    night |= {"starts": "18:00", "ends": "08:00"}
    whole = {"starts": "00:00", "ends": "24:00"}
    for given in (swap | whole, night):
        assert as_maya.post(f"/console/on-call/{rota.pk}/swaps/", given).status_code == 302
    other, saved = OnCallOverride.objects.order_by("-starts_at")
    assert (saved.starts_at, saved.ends_at) == (utc("2026-03-03 23:00"), utc("2026-03-05 23:00"))
    assert (other.starts_at, other.ends_at) == (utc("2026-03-09 17:00"), utc("2026-03-10 07:00"))
    as_maya.post(f"/console/on-call/swaps/{other.pk}/removal/")
    page = as_maya.get(f"/console/on-call/{rota.pk}/").content.decode()
    assert "nobody: gap" in page
    assert "Lee Lind" in page
    assert "<li>Mon 2</li>" in page
    assert "<li>Sun 8</li>" in page
    as_maya.post(f"/console/on-call/swaps/{saved.pk}/removal/")
    as_maya.post(f"/console/on-call/shifts/{rota.shifts.get().pk}/removal/")
    assert (OnCallOverride.objects.count(), rota.shifts.count()) == (0, 0)
    assert AdminEvent.objects.filter(kind="swap").count() == 4


def test_a_rota_that_cannot_be_comes_back_with_what_was_written(as_maya, kim, rota):
    answer = as_maya.post(
        "/console/on-call/new/",
        {**ROTA, "name": "Again", "place_1": kim.pk, "webhook": "http://x/"},
    )
    assert answer.status_code == 422
    assert "https address" in answer.content.decode()
    answer = as_maya.post("/console/on-call/new/", {**ROTA, "name": "Again", "place_1": kim.pk})
    assert "serves all teams already" in answer.content.decode()
    answer = as_maya.post(
        f"/console/on-call/{rota.pk}/shifts/", {"weekdays": ["0"], "starts": "9", "ends": "17:00"}
    )
    assert answer.status_code == 422
    answer = as_maya.post(
        f"/console/on-call/{rota.pk}/swaps/",
        {"person": kim.pk, "first_day": "2026-03-05", "last_day": "2026-03-01"},
    )
    assert (answer.status_code, OnCallOverride.objects.count()) == (422, 0)


def test_the_secret_is_shown_to_managers_and_renewed(as_maya, rota):
    before = rota.webhook_secret
    shown = as_maya.get(f"/console/on-call/{rota.pk}/webhook/")
    assert before in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    as_maya.post(f"/console/on-call/{rota.pk}/webhook/")
    assert before not in as_maya.get(f"/console/on-call/{rota.pk}/webhook/").content.decode()


def test_a_drill_is_begun_acknowledged_by_one_button_and_shown(client, kim, maya, rota):
    client.force_login(maya)
    answer = client.post(f"/console/on-call/{rota.pk}/drill/", follow=True)
    page = Alert.objects.get()
    assert answer.request["PATH_INFO"] == f"/console/on-call/pages/{page.pk}/"
    assert "Nothing is wrong" in answer.content.decode()
    client.force_login(kim)
    client.post(f"/console/on-call/pages/{page.pk}/acknowledgement/")
    assert (
        "Kim Kato acknowledged" in client.get(f"/console/on-call/pages/{page.pk}/").content.decode()
    )
    assert client.post(f"/console/on-call/pages/{page.pk}/acknowledgement/").status_code == 409
    shown = client.get(f"/console/on-call/{rota.pk}/").content
    assert holds(shown, "acknowledged by Kim Kato")


def test_a_critical_case_shows_that_somebody_is_paged_until_somebody_comes(client, ana, kim, rota):
    case = cast.file(ana, severity=1)
    assignment.assign(case.pk)
    client.force_login(kim)
    assert (
        "The person on call is being alerted"
        in client.get(f"/console/cases/{case.code}/").content.decode()
    )
    page = Alert.objects.get()
    answer = client.post(f"/console/on-call/pages/{page.pk}/acknowledgement/")
    assert answer["Location"] == f"/console/cases/{case.code}/"
    shown = client.get(f"/console/cases/{case.code}/").content.decode()
    assert "being paged" not in shown
    assert "acknowledged the alert" in shown
    client.force_login(ana)
    portal = client.get(f"/portal/cases/{case.code}/").content.decode()
    assert "paged" not in portal


def test_whom_warnings_were_told_to_stands_with_the_case_and_in_its_journal(
    client, ana, kim, maya, time_machine
):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    case = case_actions.assign(cast.file(ana), by=maya, to=kim).case
    time_machine.move_to(utc("2026-03-02 10:30"), tick=False)
    sweeps.check_clocks()
    client.force_login(maya)
    text = "75 % of the time for the first response used: notified Kim Kato"
    for address in ("alarms/", "journal/"):
        assert text in client.get(f"/console/cases/{case.code}/{address}").content.decode()
    part = client.get(
        f"/console/cases/{case.code}/alarms/", headers={"HX-Request": "true"}
    ).content.decode()
    assert text in part
    assert "<html" not in part
    client.force_login(ana)
    assert client.get(f"/console/cases/{case.code}/alarms/").status_code == 403


def test_a_case_is_given_to_a_colleague(client, ana, kim, lee, maya):
    case = cast.file(ana)
    client.force_login(kim)
    address = f"/console/cases/{case.code}/handover/"
    assert client.get(address).status_code == 200
    assert client.post(address, {"to": lee.pk, "reason": "She knows trunks."}).status_code == 302
    case.refresh_from_db()
    assert case.assignee == lee
    shown = client.get(f"/console/cases/{case.code}/").content.decode()
    assert "assigned the case: to Lee Lind, She knows trunks." in shown
    again = client.post(address, {"to": lee.pk, "reason": "Again"})
    assert again.status_code == 422
    assert "Lee Lind&#x27;s already" in again.content.decode()


def test_changes_are_read_page_by_page(as_maya, maya):
    for number in range(60):
        actions.save_team(None, by=maya, name=f"Team {number:02}")
    first = as_maya.get("/console/changes/").content.decode()
    assert "Team 59" in first
    assert "Team 09" not in first
    after = AdminEvent.objects.order_by("-pk")[49].pk
    assert f"after={after}" in first
    second = as_maya.get(f"/console/changes/?after={after}").content.decode()
    assert "Team 09" in second
    assert "Team 10" not in second
    assert as_maya.get("/console/changes/?after=x&kind=%25").status_code == 200


PAGES = (
    "teams/",
    "teams/{team}/",
    "teams/{team}/hours/",
    "analysts/{kim}/",
    "on-call/",
    "on-call/{rota}/",
    "on-call/{rota}/edit/",
    "on-call/{rota}/swaps/",
    "on-call/pages/{alarm}/",
    "changes/",
    "cases/{case}/alarms/",
    "cases/{case}/handover/",
)


def twenty_of_each(maya, kim):
    """Twenty more analysts, teams and rotas."""
    for number in range(20):
        person = cast.care(f"Analyst {number}", f"a{number}@care.example", "analyst")
        routing_actions.set_work_pattern(person, by=maya, week=cast.OFFICE, skills=["voice"])
        actions.save_team(
            None,
            by=maya,
            name=f"Team {number}",
            members=[person, kim],
            calendar=cast.calendar(f"Office {number}"),
        )
        routing_actions.save_rota(
            None,
            by=maya,
            name=f"Rota {number}",
            zone="UTC",
            begins_on=date(2026, 3, 2),
            hands_over="09:00",
            minutes=5,
            people=[person, kim],
            is_active=False,
        )


def test_a_page_costs_few_statements_and_as_many_for_many_rows(
    subtests, as_maya, ana, kim, lee, maya, rota
):
    team = actions.save_team(
        None,
        by=maya,
        name="Voice",
        members=[kim],
        areas=["voice"],
        calendar=cast.calendar("Office"),
    )
    case = cast.file(ana, severity=1)
    assignment.assign(case.pk)
    alarm = alerts.drill(rota, by=maya)
    known = {"team": team.pk, "kim": kim.pk, "rota": rota.pk, "alarm": alarm.pk, "case": case.code}
    limits = {f"/console/{address.format(**known)}": LIMIT for address in PAGES}
    require_fixed_number(subtests, as_maya, limits, lambda: twenty_of_each(maya, kim))
