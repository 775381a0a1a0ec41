"""§10: warnings escalate, assignee → team → manager → on-call, as the policy's version says;
each is met.
"""

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from cases import actions
from cases.models import Notification
from contacts import actions as people
from routing import actions as routing_actions
from sla import fact_texts, policy_files, sweeps
from sla.models import ClockFact, Policy, PolicyVersion
from tests import cast
from tests.cast import utc


@pytest.fixture
def at(time_machine):
    """Moves time to an instant."""
    return lambda text: time_machine.move_to(utc(text), tick=False)


@pytest.fixture
def voice(kim, lee, maya, at):
    """The team Voice: Kim and Lee."""
    at("2026-03-02 08:00")
    return people.save_team(None, by=maya, name="Voice", members=[kim, lee], areas=["voice"])


def notified_at(step) -> set[str]:
    keys = Notification.objects.filter(key__contains=f":{step}").values_list(
        "recipient__name", flat=True
    )
    return set(keys)


def alerts_of(case) -> list[str]:
    return [
        fact_texts.sentence_of(fact)
        for fact in ClockFact.objects.filter(case=case, clock__kind="response").order_by("at")
    ]


def test_the_whole_ladder_of_a_first_answer(ana, kim, lee, maya, voice, at):
    noor = cast.care("Noor Nasser", "noor@care.example", "analyst")
    rota = routing_actions.save_rota(
        None,
        by=maya,
        name="Nights",
        zone="UTC",
        begins_on=utc("2026-03-02 00:00").date(),
        hands_over="09:00",
        minutes=5,
        people=[noor],
    )
    routing_actions.add_shift(rota, by=maya, weekdays=range(7), starts="00:00", ends="24:00")
    at("2026-03-02 09:00")  # Monday 10:00 in Berlin; Medium: two business hours
    case = actions.assign(cast.file(ana), by=lee, to=kim, team=voice).case
    at("2026-03-02 10:00")
    sweeps.check_clocks()
    assert notified_at("warn:50") == {"Kim Kato"}
    at("2026-03-02 10:30")
    sweeps.check_clocks()
    assert notified_at("warn:75") == {"Kim Kato", "Lee Lind"}
    at("2026-03-02 10:48")
    sweeps.check_clocks()
    assert notified_at("warn:90") == {"Kim Kato", "Lee Lind", "Maya Moss"}
    at("2026-03-02 11:00:01")
    sweeps.check_clocks()
    assert notified_at("breach") == {"Kim Kato", "Maya Moss", "Noor Nasser"}
    assert alerts_of(case) == [
        "50 % of the time for the first response used: notified Kim Kato",
        "75 % of the time for the first response used: notified Kim Kato and the team Voice",
        (
            "90 % of the time for the first response used: "
            "notified Kim Kato, the team Voice and Maya Moss"
        ),
        "First response missed: notified Kim Kato, Maya Moss and Noor Nasser (on call)",
    ]


def test_a_batch_costs_the_sweep_a_fixed_number_of_statements(ana, kim, lee, maya, voice, at):
    rota = routing_actions.save_rota(
        None,
        by=maya,
        name="Nights",
        zone="UTC",
        begins_on=utc("2026-03-02 00:00").date(),
        hands_over="09:00",
        minutes=5,
        people=[kim, lee],
    )
    routing_actions.add_shift(rota, by=maya, weekdays=range(7), starts="00:00", ends="24:00")
    at("2026-03-02 09:00")
    for _ in range(30):
        actions.assign(cast.file(ana), by=lee, to=kim, team=voice)
    at("2026-03-02 11:00:01")
    with CaptureQueriesContext(connection) as seen:
        assert sweeps.check_clocks() == 30
    request = [
        query["sql"]
        for query in seen.captured_queries
        if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))
    ]
    assert len(request) <= 10, "\n".join(request)
    assert notified_at("breach") == {"Kim Kato", "Maya Moss"}


def test_while_nobody_has_a_case_its_team_is_told_and_without_a_team_a_manager(
    ana, kim, lee, maya, voice, at
):
    at("2026-03-02 09:00")
    actions.assign(cast.file(ana), by=maya, team=voice)
    cast.file(ana)
    at("2026-03-02 10:00")
    sweeps.check_clocks()
    assert notified_at("warn:50") == {"Kim Kato", "Lee Lind", "Maya Moss"}
    assert sorted(ClockFact.objects.values_list("notified", flat=True)) == [
        ["Maya Moss"],
        ["the team Voice"],
    ]


def test_an_analyst_who_has_left_is_stood_in_for_by_the_team(ana, kim, lee, voice, at):
    at("2026-03-02 09:00")
    actions.assign(cast.file(ana), by=lee, to=kim, team=voice)
    kim.is_active = False
    kim.save()
    at("2026-03-02 10:00")
    sweeps.check_clocks()
    assert notified_at("warn:50") == {"Lee Lind"}


def test_the_managers_of_the_team_come_before_all_others(ana, kim, maya, at):
    at("2026-03-02 08:00")
    mia = cast.care("Mia Moon", "mia@care.example", "manager")
    reports = people.save_team(None, by=maya, name="Reports", members=[kim, mia])
    at("2026-03-02 09:00")
    actions.assign(cast.file(ana), by=maya, to=kim, team=reports)
    at("2026-03-02 11:00:01")
    sweeps.check_clocks()
    assert notified_at("breach") == {"Kim Kato", "Mia Moon"}


def test_what_the_contact_is_reminded_of_climbs_no_ladder(ana, kim, maya, voice, at):
    at("2026-03-02 09:00")
    cast.waiting(ana, kim)
    at("2026-03-03 09:00")
    sweeps.check_clocks()
    assert notified_at("remind:1") == {"Ana Albers"}


def test_a_version_without_a_ladder_tells_whoever_has_the_case(ana, kim, maya, voice, at, tmp_path):
    file = tmp_path / "old.toml"
    shipped = policy_files.SHIPPED.read_text()
    file.write_text(
        shipped[: shipped.index("# §10: recipients")]
        + shipped[shipped.index("# §9, by severity") :]
    )
    policy_files.load(file)
    at("2026-03-02 09:00")
    actions.assign(cast.file(ana), by=maya, to=kim, team=voice)
    at("2026-03-02 11:00:01")
    sweeps.check_clocks()
    assert notified_at("breach") == {"Kim Kato"}


def test_the_ladder_is_part_of_the_version_and_never_changes(db):
    assert Policy.objects.get(key="customer-care").versions.get().ladder["90"] == [
        "assignee",
        "team",
        "manager",
    ]
    with pytest.raises(DatabaseError), transaction.atomic():
        PolicyVersion.objects.update(ladder={})
    assert policy_files.load()[1] is False


@pytest.mark.parametrize("wrong", ['60 = ["team"]', '50 = ["moon"]', "50 = []"])
def test_a_ladder_that_cannot_be_is_refused(wrong, db, tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text(policy_files.SHIPPED.read_text().replace('50 = ["assignee"]', wrong))
    with pytest.raises(CommandError, match="ladder"):
        call_command("load_policy", str(bad))


def test_a_note_between_the_miss_and_the_sweep_takes_nothing_from_who_was_told(
    ana, kim, maya, voice, at
):
    at("2026-03-02 09:00")
    case = actions.assign(cast.file(ana), by=maya, to=kim, team=voice).case
    at("2026-03-02 11:00:05")
    actions.note(case, by=kim, text="I am late.")
    sweeps.check_clocks()
    assert "Kim Kato" in ClockFact.objects.get(case=case, step="breach").notified
