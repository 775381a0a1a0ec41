"""§8, §14: teams, skills and working hours are for managers to decide; every change is recorded
with before and after.
"""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from contacts import actions
from contacts.admin_log import record_change
from contacts.models import AdminEvent, Team
from core.errors import Refused
from core.tenancy import organisation_scope
from routing import actions as routing_actions
from routing import availability
from routing.models import WorkPattern
from tests import cast
from tests.cast import utc


def test_one_team_is_the_intake(maya):
    first = actions.save_team(None, by=maya, name="First line", is_intake=True)
    second = actions.save_team(None, by=maya, name="Second line", is_intake=True)
    assert list(Team.objects.filter(is_intake=True)) == [second]
    assert AdminEvent.objects.filter(key=str(first.pk)).first().after == {"intake": False}
    with pytest.raises(Refused, match="cannot be the intake"):
        actions.save_team(None, by=maya, name="Deep", is_intake=True, investigates=True)


def test_only_managers_make_teams_of_cares_people(ana, kim, maya):
    with pytest.raises(Refused):
        actions.save_team(None, by=kim, name="Mine")
    with pytest.raises(Refused):
        actions.save_team(None, by=maya, name="Ours", members=[ana])
    actions.save_team(None, by=maya, name="Voice")
    with pytest.raises(ValidationError):
        actions.save_team(None, by=maya, name="Voice")


def test_people_keep_their_own_hours_and_managers_their_skills(ana, kim, lee, maya):
    routing_actions.set_work_pattern(kim, by=kim, week=cast.OFFICE)
    routing_actions.set_work_pattern(kim, by=maya, skills=["voice", "chat"])
    assert WorkPattern.objects.get(person=kim).skills == ["chat", "voice"]
    for wrong in (
        {"by": lee, "week": {}},
        {"by": kim, "skills": ["voice"]},
        {"by": ana, "week": {}},
    ):
        with pytest.raises(Refused):
            routing_actions.set_work_pattern(kim, **wrong)
    with pytest.raises(Refused):
        routing_actions.set_work_pattern(ana, by=maya, week=cast.OFFICE)


@pytest.mark.parametrize(
    "week",
    [{"mon": [["25:00", "26:00"]]}, {"day": [["08:00", "17:00"]]}, {"mon": [["08:00", "08:00"]]}],
)
def test_hours_that_cannot_be_are_refused(week, kim):
    with pytest.raises(Refused):
        routing_actions.set_work_pattern(kim, by=kim, week=week)


def test_hours_are_of_the_persons_own_zone(kim, maya):
    kim.zone = "Asia/Tokyo"
    kim.save()
    routing_actions.set_work_pattern(kim, by=kim, week={"mon": [["22:00", "06:00"]]})
    team = actions.save_team(None, by=maya, name="Night", members=[kim])
    assert [w.person for w in availability.at_work(team, utc("2026-03-02 20:00"))] == [
        kim
    ]  # Tuesday 05:00 in Tokyo
    assert availability.at_work(team, utc("2026-03-02 21:00")) == []


def test_what_changed_is_kept_and_what_did_not_is_not(maya):
    team = actions.save_team(None, by=maya, name="Voice", areas=["voice"])
    actions.save_team(team, by=maya, name="Voice", areas=["voice"])
    actions.save_team(
        team, by=maya, name="Voice and chat", areas=["voice", "chat"], assignment="round_robin"
    )
    changes = [(one.verb, one.name, one.differences) for one in AdminEvent.objects.order_by("id")]
    assert changes[1:] == [
        (
            "changed",
            "Voice and chat",
            [
                ("areas", ["voice"], ["chat", "voice"]),
                ("assignment", "off", "round robin"),
                ("name", "Voice", "Voice and chat"),
            ],
        ),
    ]
    assert (changes[0][0], len(AdminEvent.objects.all())) == ("created", 2)


def test_a_change_keeps_plain_values_whatever_it_is_given(maya):
    event = record_change(
        by=maya,
        kind="thing",
        key=7,
        name="It",
        before={"on": date(2026, 3, 2), "who": maya, "same": 1},
        after={"on": date(2026, 3, 3), "who": None, "same": 1},
    )
    event.refresh_from_db()
    assert (event.key, event.before) == ("7", {"on": "2026-03-02", "who": "Maya Moss"})
    assert event.after == {"on": "2026-03-03", "who": None}
    assert record_change(by=maya, kind="thing", key=7, name="It", before={"a": 1}).verb == "removed"


def test_changes_are_added_and_never_changed(maya):
    actions.save_team(None, by=maya, name="Voice")
    for change in (
        lambda: AdminEvent.objects.update(name="x"),
        lambda: AdminEvent.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.parametrize(
    "table",
    ["adminevent", "workpattern", "oncallrota", "oncallshift", "oncalloverride", "swaprequest"],
)
def test_no_customer_reads_how_care_works(table, ana, kim, maya):
    from django.db import connection

    routing_actions.set_work_pattern(kim, by=kim, week=cast.OFFICE)
    with (
        organisation_scope(ana.organisation_id),
        pytest.raises(DatabaseError),
        transaction.atomic(),
    ):
        connection.cursor().execute(f"SELECT * FROM contacts_{table}")
