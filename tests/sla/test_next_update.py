"""The next update is promised too (§14): every message of Care promises the next one.

Berlin, Monday to Friday 08:00-17:00, that is 06:00-15:00 UTC in June 2025; 2 June 2025 is a Monday.
Ana's office is open 09:00-18:00 UTC; 2 March 2026 is a Monday.
"""

import html
from collections import Counter
from dataclasses import replace

import pytest

from cases import actions
from cases.models import Notification
from contacts.models import Team
from insight import aggregation
from insight.models import Fact
from sla import clocks, event_mapping, sweeps
from sla.models import CaseTerms, Clock, ClockFact, QueueEntry
from sla.timeline import ClockEvent, ClockKind, ClockStatus, EndedBy, EventKind, fold
from tests import cast
from tests.cast import utc
from tests.sla.test_timeline_policy import OPENED, case
from tests.sla.vectors.reading import BERLIN, SHIPPED_TERMS, at


def updates(timeline):
    return timeline.all_of(ClockKind.UPDATE)


# The fold


def test_a_new_case_promises_a_first_response_and_no_update_yet():
    assert updates(case(2)) == ()


def test_each_message_meets_the_last_promise_and_makes_the_next():
    first, second = updates(
        case(
            2,
            ("2025-06-02 08:00", EventKind.ANALYST_REPLY),
            ("2025-06-02 12:00", EventKind.ANALYST_REPLY),
        )
    )
    assert (first.started_at, first.due_at) == (at("2025-06-02 08:00"), at("2025-06-02 12:00"))
    assert first.state_at(at("2025-06-03")) is ClockStatus.MET
    assert (second.started_at, second.due_at) == (at("2025-06-02 12:00"), at("2025-06-03 07:00"))


def test_a_message_a_second_late_misses_the_update_at_its_due_time():
    first, _second = updates(
        case(
            2,
            ("2025-06-02 08:00", EventKind.ANALYST_REPLY),
            ("2025-06-02 12:00:01", EventKind.ANALYST_REPLY),
        )
    )
    assert first.state_at(at("2025-06-03")) is ClockStatus.BREACHED
    assert first.breaches_at == at("2025-06-02 12:00")


@pytest.mark.parametrize(
    ("severity", "due_at"),
    [
        (1, "2025-06-06 15:30"),  # an hour around the clock
        (2, "2025-06-09 09:30"),  # 4 business hours, over a weekend
        (3, "2025-06-09 14:30"),  # 1 business day
        (4, "2025-06-11 14:30"),  # 3 business days
    ],
)
def test_the_shipped_policy_promises_updates_by_severity(severity, due_at):
    (update,) = updates(case(severity, ("2025-06-06 14:30", EventKind.ANALYST_REPLY)))
    assert update.due_at == at(due_at)


def test_the_update_waits_while_the_case_waits_for_the_contact():
    (update,) = updates(
        case(
            2,
            ("2025-06-02 08:00", EventKind.ANALYST_REPLY),
            ("2025-06-02 09:00", EventKind.WAITING_ON_CUSTOMER),
            ("2025-06-04 09:00", EventKind.CUSTOMER_REPLY),
        )
    )
    assert update.due_at == at("2025-06-04 12:00")


def test_an_update_during_the_wait_promises_one_that_waits_too():
    timeline = case(
        2,
        ("2025-06-02 08:00", EventKind.ANALYST_REPLY),
        ("2025-06-02 08:00", EventKind.WAITING_ON_CUSTOMER),
        ("2025-06-02 10:00", EventKind.ANALYST_REPLY),
    )
    assert updates(timeline)[-1].is_paused
    assert updates(timeline)[-1].due_at is None


def test_a_ruling_that_the_reply_is_inadequate_pauses_the_update_again():
    timeline = case(
        2,
        ("2025-06-02 08:00", EventKind.ANALYST_REPLY),
        ("2025-06-02 08:00", EventKind.WAITING_ON_CUSTOMER),
        ("2025-06-02 10:00", EventKind.CUSTOMER_REPLY),
        ("2025-06-02 11:00", EventKind.UPDATE_GIVEN),
        ("2025-06-02 11:00", EventKind.RULED_INADEQUATE),
    )
    assert updates(timeline)[-1].started_at == at("2025-06-02 11:00")
    assert updates(timeline)[-1].is_paused


def test_a_restored_critical_case_is_promised_no_further_update():
    timeline = case(
        1,
        ("2025-06-02 07:05", EventKind.ANALYST_REPLY),
        ("2025-06-02 08:00", EventKind.RESTORED),
        ("2025-06-02 08:00", EventKind.ANALYST_REPLY),
        ("2025-06-02 12:00", EventKind.ANALYST_REPLY),
    )
    (update,) = updates(timeline)
    assert (update.stopped_at, update.ended_by) == (at("2025-06-02 08:00"), EndedBy.EVENT)


def test_a_restored_high_case_is_still_promised_updates():
    timeline = case(
        2,
        ("2025-06-02 08:00", EventKind.ANALYST_REPLY),
        ("2025-06-02 09:00", EventKind.RESTORED),
        ("2025-06-02 09:00", EventKind.ANALYST_REPLY),
    )
    assert updates(timeline)[-1].due_at == at("2025-06-02 13:00")


def test_a_proposal_is_the_last_update():
    (update,) = updates(
        case(
            3,
            ("2025-06-02 08:00", EventKind.ANALYST_REPLY),
            ("2025-06-02 09:00", EventKind.RESOLUTION_PROPOSED),
            ("2025-06-02 09:00", EventKind.ANALYST_REPLY),
        )
    )
    assert (update.stopped_at, update.ended_by) == (at("2025-06-02 09:00"), EndedBy.EVENT)


@pytest.mark.parametrize("spoke", [EventKind.ISSUE_REPORTED, EventKind.CUSTOMER_REPLY])
def test_a_word_of_the_contact_after_the_proposal_promises_an_update(spoke):
    timeline = case(
        3,
        ("2025-06-02 09:00", EventKind.RESOLUTION_PROPOSED),
        ("2025-06-03 09:00", spoke),
    )
    assert updates(timeline)[-1].due_at == at("2025-06-04 09:00")


def test_a_reply_of_the_contact_while_care_works_changes_no_promise():
    timeline = case(
        2,
        ("2025-06-02 08:00", EventKind.ANALYST_REPLY),
        ("2025-06-02 09:00", EventKind.CUSTOMER_REPLY),
    )
    assert [update.due_at for update in updates(timeline)] == [at("2025-06-02 12:00")]


def test_another_severity_retargets_the_running_update_from_its_start():
    (update,) = updates(
        case(
            3,
            ("2025-06-02 08:00", EventKind.ANALYST_REPLY),
            ("2025-06-02 09:00", EventKind.SEVERITY_CHANGE, 2),
        )
    )
    assert (update.severity, update.due_at) == (2, at("2025-06-02 12:00"))


def test_a_closing_ends_the_promise():
    (update,) = updates(
        case(
            3,
            ("2025-06-02 08:00", EventKind.ANALYST_REPLY),
            ("2025-06-02 09:00", EventKind.CLOSED),
        )
    )
    assert update.ended_by is EndedBy.CLOSED
    assert update.state_at(at("2025-07-01")) is ClockStatus.CANCELLED


def test_a_policy_without_updates_promises_none():
    silent = replace(SHIPPED_TERMS, update={})
    events = [ClockEvent(at("2025-06-02 08:00"), EventKind.ANALYST_REPLY)]
    assert updates(fold(OPENED, 2, events, silent, BERLIN)) == ()


def test_a_move_to_a_policy_without_updates_ends_the_running_one():
    silent = replace(SHIPPED_TERMS, update={})
    events = [
        ClockEvent(at("2025-06-02 08:00"), EventKind.ANALYST_REPLY),
        ClockEvent(at("2025-06-02 09:00"), EventKind.TERMS_MOVED, terms=silent),
    ]
    (update,) = updates(fold(OPENED, 2, events, SHIPPED_TERMS, BERLIN))
    assert (update.stopped_at, update.ended_by) == (at("2025-06-02 09:00"), EndedBy.WITHDRAWN)


# The product


@pytest.fixture
def move_to(time_machine):
    """Moves time to an instant."""
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    return lambda text: time_machine.move_to(utc(text), tick=False)


def due(case):
    clock = Clock.objects.running().filter(case=case, kind="update").first()
    return clock and clock.due_at


def test_what_is_written_for_the_contact_promises_and_what_is_not_does_not(ana, kim, move_to):
    case = cast.file(ana, severity=3)
    actions.take(case, by=kim)
    actions.note(case, by=kim, text="Looks like the trunk.")
    actions.log_call(case, by=kim, number="+1 555 0100", reached=False, text="Nobody there.")
    assert due(case) is None
    actions.log_call(case, by=kim, number="+1 555 0100", reached=True, text="We are on it.")
    assert due(case) == utc("2026-03-03 09:00")


def test_setting_the_severity_with_a_reason_is_an_update(ana, kim, move_to):
    case = actions.answer(cast.file(ana, severity=3), by=kim, text="We look into it.").case
    move_to("2026-03-02 12:00")
    actions.set_severity(case, by=kim, severity=2, text="More phones.")
    assert due(case) == utc("2026-03-02 16:00")


def test_the_update_is_warned_of_once_and_its_miss_is_a_fact_that_the_ladder_hears_of(
    ana, kim, maya, move_to
):
    team = Team.objects.create(name="First line")
    team.members.add(kim)
    case = actions.take(cast.file(ana, severity=2), by=kim, team=team).case
    actions.answer(case, by=kim, text="We look into it.")
    move_to("2026-03-02 12:59")
    sweeps.check_clocks()
    move_to("2026-03-02 13:01")
    sweeps.check_clocks()
    facts = ClockFact.objects.filter(case=case, clock__kind="update")
    assert list(facts.values_list("step", flat=True)) == ["warn:90", "breach"]
    assert facts.get(step="breach").at == utc("2026-03-02 13:00")
    subjects = Notification.objects.filter(recipient=maya).values_list("subject", flat=True)
    assert f"{case.code}: the next update was missed" in set(subjects)


def shown(client, person, address):
    client.force_login(person)
    return html.unescape(client.get(address).content.decode())


def test_both_sides_read_when_the_next_update_is_due(client, ana, kim, move_to):
    case = actions.answer(cast.file(ana, severity=4), by=kim, text="We look into it.").case
    assert "Next update by" in shown(client, ana, f"/portal/cases/{case.code}/")
    assert "The next update is due" in shown(client, kim, f"/console/cases/{case.code}/")


def test_updates_that_came_in_time_have_one_line_together(client, ana, kim, move_to):
    case = actions.answer(cast.file(ana, severity=4), by=kim, text="We look into it.").case
    once = shown(client, ana, f"/portal/cases/{case.code}/").count("Next update")
    for hour in (10, 11, 12, 13, 16):
        move_to(f"2026-03-02 {hour}:00")
        actions.answer(case, by=kim, text="Still at it.")
    assert Clock.objects.filter(case=case, kind="update").count() == 6
    page = shown(client, ana, f"/portal/cases/{case.code}/")
    assert page.count("Next update") == once + 1
    assert "5 in time" in page
    assert "the longest after 3\N{NO-BREAK SPACE}h" in page


def test_an_overdue_update_is_the_same_for_queue_wall_and_case(ana, kim, maya, move_to):
    case = actions.answer(cast.file(ana, severity=4), by=kim, text="We look into it.").case
    entry = QueueEntry.objects.get(case=case)
    assert entry.update_overdue_at == due(case) == utc("2026-03-05 09:00")
    actions.request_information(case, by=kim, text="Which phone?")
    assert QueueEntry.objects.get(case=case).update_overdue_at is None


def test_updates_count_in_attainment(client, ana, kim, maya, move_to):
    case = actions.answer(cast.file(ana, severity=4), by=kim, text="We look into it.").case
    move_to("2026-03-03 09:00")
    actions.answer(case, by=kim, text="Still at it.")
    move_to("2026-03-09 09:00")
    sweeps.check_clocks()
    actions.answer(case, by=kim, text="Late.")
    aggregation.run(utc("2026-03-09 10:00"))
    counted = Counter(Fact.objects.filter(kind="update").values_list("what", flat=True))
    assert counted == {"met": 1, "missed": 1, "late": 1}
    assert "Next update" in shown(client, maya, "/insight/attainment/?promise=update&period=month")


def test_the_clocks_of_updates_are_what_the_events_say(ana, kim, move_to):
    case = actions.answer(cast.file(ana, severity=1), by=kim, text="We look into it.").case
    move_to("2026-03-02 09:30")
    actions.restore(case, by=kim, text="It runs.")
    move_to("2026-03-02 11:30")
    actions.answer(case, by=kim, text="And it stays so.")
    assert list(clocks.verify([case.pk])) == []
    folded = clocks.project_clocks(
        case, CaseTerms.objects.get(case=case), event_mapping.rows_of(case)
    )
    assert [update.ended_by for update in updates(folded)] == [EndedBy.EVENT]
