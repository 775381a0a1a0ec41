"""§8, §10: a new case goes to the team of its area and to somebody at work who can work it; round
robin is fair.
"""

import threading
from collections import Counter

import pytest
from django.db import connection

from cases import actions
from cases.choices import CaseState
from cases.models import Case, Notification
from contacts import actions as people
from contacts.models import Role
from core.errors import Refused
from core.tenancy import care_scope, organisation_scope
from routing import actions as routing_actions
from routing import assignment
from routing.models import AssignmentJob
from sla.models import Clock
from tests import cast
from tests.cast import utc

OFFICE = cast.OFFICE


@pytest.fixture
def monday(time_machine):
    """Monday morning, when everybody is at work."""
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    return time_machine


def team(maya, name, *members, assignment="round_robin", **more):
    created = people.save_team(
        None, by=maya, name=name, assignment=assignment, members=members, **more
    )
    for member in members:
        routing_actions.set_work_pattern(member, by=maya, week=OFFICE)
    return created


def placed(case) -> Case:
    assignment.assign(case.pk)
    case.refresh_from_db()
    return case


def test_a_case_goes_to_the_team_that_holds_its_area_and_else_to_the_intake(
    ana, kim, lee, maya, monday
):
    voice = team(maya, "Voice", kim, areas=["voice"])
    intake = team(maya, "First line", lee, is_intake=True)
    assert placed(cast.file(ana, area="Voice")).team == voice
    assert placed(cast.file(ana, area="Routing and queues")).team == intake
    assert placed(cast.file(ana)).team == intake


def test_without_a_team_for_it_a_case_stays_where_it_is(ana, kim, maya, monday):
    team(maya, "Voice", kim, areas=["voice"])
    case = placed(cast.file(ana, area="Chat and messaging"))
    assert (case.team, case.assignee, cast.verbs(case)) == (None, None, ["filed"])


def test_round_robin_gives_each_their_turn(ana, kim, lee, maya, monday):
    team(maya, "First line", kim, lee, is_intake=True)
    given = [placed(cast.file(ana)).assignee for _ in range(4)]
    assert given == [kim, lee, kim, lee]


def test_least_loaded_gives_to_whoever_has_the_fewest_open_cases(ana, kim, lee, maya, monday):
    team(maya, "First line", kim, lee, is_intake=True, assignment="least_loaded")
    cast.waiting(ana, kim)
    cast.waiting(ana, kim)
    assert [placed(cast.file(ana)).assignee for _ in range(2)] == [lee, lee]


def test_a_team_that_is_off_keeps_the_case_in_its_queue(ana, kim, maya, monday):
    front = team(maya, "First line", kim, is_intake=True, assignment="off")
    case = placed(cast.file(ana))
    assert (case.team, case.assignee, case.state) == (front, None, CaseState.NEW)


def test_who_lacks_the_skill_is_passed_over(ana, kim, lee, maya, monday):
    team(maya, "First line", kim, lee, is_intake=True)
    routing_actions.set_work_pattern(kim, by=maya, skills=["chat"])
    assert [placed(cast.file(ana, area="Voice")).assignee for _ in range(2)] == [lee, lee]


def test_who_is_not_at_work_or_is_away_is_passed_over(ana, kim, lee, maya, monday):
    team(maya, "First line", kim, lee, is_intake=True)
    routing_actions.set_work_pattern(kim, by=kim, away_until=utc("2026-03-09 08:00"))
    assert placed(cast.file(ana)).assignee == lee
    monday.move_to(utc("2026-03-02 20:00"), tick=False)
    assert placed(cast.file(ana)).assignee is None
    monday.move_to(utc("2026-03-09 09:00"), tick=False)
    assert placed(cast.file(ana)).assignee == kim


def test_a_case_of_the_night_goes_to_the_first_who_comes_to_work(ana, kim, maya, monday):
    front = team(maya, "First line", kim, is_intake=True)
    monday.move_to(utc("2026-03-02 03:00"), tick=False)
    case = placed(cast.file(ana))
    assert (case.team, case.assignee) == (front, None)
    monday.move_to(utc("2026-03-02 07:46"), tick=False)
    assignment.assign_waiting()
    monday.move_to(utc("2026-03-02 08:05"), tick=False)
    assignment.assign_waiting()
    case.refresh_from_db()
    assert case.assignee == kim
    assert cast.verbs(case) == ["filed", "assigned", "assigned"]
    assert AssignmentJob.objects.get(case=case).look_at is None


def test_managers_take_cases_by_hand(ana, maya, monday):
    team(maya, "First line", maya, is_intake=True)
    assert placed(cast.file(ana)).assignee is None


def test_somebody_works_the_hours_of_the_team_unless_they_have_their_own(ana, kim, maya, monday):
    office = cast.calendar("Lisbon office", "Europe/Lisbon")
    people.save_team(
        None,
        by=maya,
        name="First line",
        assignment="round_robin",
        members=[kim],
        calendar=office,
        is_intake=True,
    )
    assert placed(cast.file(ana)).assignee == kim


def test_an_assignment_is_internal_answers_nothing_and_is_told_to_whoever_got_it(
    ana, kim, maya, monday
):
    team(maya, "First line", kim, is_intake=True)
    case = placed(cast.file(ana))
    event = case.events.get(verb="assigned")
    assert (event.by.is_system, event.facing, event.particulars["to"]) == (
        True,
        "internal",
        "Kim Kato",
    )
    assert Clock.objects.get(case=case, kind="response").stopped_at is None
    assert case.state == CaseState.NEW
    notifications = Notification.objects.filter(event=event)
    assert [(notice.recipient, notice.subject) for notice in notifications] == [
        (kim, f"CareTrack assigned {case.code} to you")
    ]


def test_whoever_was_assigned_a_case_takes_it_to_begin(ana, kim, maya, monday):
    team(maya, "First line", kim, is_intake=True)
    case = placed(cast.file(ana))
    assert actions.take(case, by=kim).case.state == CaseState.IN_PROGRESS
    with pytest.raises(Refused, match="already yours"):
        actions.take(case, by=kim)


def test_somebody_who_took_it_before_keeps_it(ana, kim, lee, maya, monday):
    front = team(maya, "First line", kim, is_intake=True)
    case = cast.file(ana)
    actions.take(case, by=lee)
    case = placed(case)
    assert (case.assignee, case.team) == (lee, None)
    assert front.name == "First line"


def test_a_customer_files_without_knowing_of_teams_and_a_sweep_places_what_a_crash_left(
    ana, kim, maya, monday
):
    team(maya, "First line", kim, is_intake=True)
    with organisation_scope(ana.organisation_id):
        case = cast.file(ana)
    assert AssignmentJob.objects.filter(look_at__isnull=False).count() == 1
    assert assignment.assign_waiting() == 1
    assert assignment.assign_waiting() == 0
    case.refresh_from_db()
    assert case.assignee == kim


def test_placing_twice_assigns_once(ana, kim, lee, maya, monday):
    team(maya, "First line", kim, lee, is_intake=True)
    case = placed(cast.file(ana))
    assert cast.verbs(placed(case)) == ["filed", "assigned"]


def test_a_person_assigns_a_case_to_a_colleague_or_a_team(ana, kim, lee, maya, monday):
    voice = team(maya, "Voice", lee, areas=["voice"])
    case = actions.assign(cast.file(ana), by=kim, to=lee).case
    assert (case.assignee, case.team) == (lee, None)
    case = actions.assign(case, by=kim, team=voice).case
    assert (case.assignee, case.team) == (None, voice)
    for wrong in ({}, {"to": ana}, {"team": voice}):
        with pytest.raises(Refused):
            actions.assign(case, by=kim, **wrong)
    with pytest.raises(Refused):
        actions.assign(case, by=ana, to=kim)
    lee.is_active = False
    lee.save()
    with pytest.raises(Refused):
        actions.assign(case, by=kim, to=lee)


def test_of_many_cases_placed_at_once_each_analyst_gets_as_many(transactional_db, time_machine):
    with care_scope():
        ana = cast.contact(cast.organisation("acme", "Acme"), "Ana", "ana@acme.example")
        maya = cast.care("Maya", "maya@care.example", Role.MANAGER)
        analysts = [cast.care(f"Analyst {n}", f"a{n}@care.example", Role.ANALYST) for n in range(4)]
        front = people.save_team(
            None,
            by=maya,
            name="First line",
            assignment="round_robin",
            members=analysts,
            is_intake=True,
        )
        for analyst in analysts:
            week = {
                day: [["00:00", "24:00"]]
                for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
            }
            routing_actions.set_work_pattern(analyst, by=analyst, week=week)
        cases = [cast.file(ana) for _ in range(20)]
    ready, broken = threading.Barrier(20), []

    def place(case):
        try:
            ready.wait()
            assignment.assign(case.pk)
        except Exception as error:
            broken.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=place, args=(case,)) for case in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with care_scope():
        assert broken == []
        counted = Counter(Case.objects.filter(team=front).values_list("assignee__name", flat=True))
        assert counted == {f"Analyst {n}": 5 for n in range(4)}
