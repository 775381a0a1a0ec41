"""The policy's sentences about a case's clocks. Berlin, Monday to Friday 08:00-17:00, that is
06:00-15:00 UTC.

2 June 2025 is a Monday.
"""

from datetime import timedelta

import pytest

from sla.businesstime import Pause
from sla.timeline import (
    ClockEvent,
    ClockKind,
    ClockStatus,
    EndedBy,
    EventKind,
    OutOfOrder,
    TimelineError,
    UnknownSeverity,
    fold,
)
from tests.sla.vectors.reading import BERLIN, BUSINESS_DAY, HOUR, SHIPPED_TERMS, at

OPENED = at("2025-06-02 07:00")


def case(severity, *happenings, opened=OPENED, incident=None):
    """A case of a severity, and what happened to it as ("2025-06-02 08:00", What, severity)."""
    events = [ClockEvent(at(when), *rest) for when, *rest in happenings]
    return fold(opened, severity, events, SHIPPED_TERMS, BERLIN, incident)


def test_a_case_begins_with_its_response_its_restoration_and_the_measuring_of_its_resolution():
    assert [clock.kind for clock in case(2).clocks] == [
        ClockKind.RESPONSE,
        ClockKind.RESTORE,
        ClockKind.RESOLVE,
    ]


# First response, §9


def test_a_reply_in_the_very_second_is_in_time():
    response = case(2, ("2025-06-02 08:00", EventKind.ANALYST_REPLY)).latest(ClockKind.RESPONSE)
    assert response.due_at == response.stopped_at == at("2025-06-02 08:00")
    assert response.state_at(at("2025-06-03")) is ClockStatus.MET
    assert response.breaches_at is None


def test_a_reply_a_second_later_is_a_breach_since_the_due_instant():
    response = case(2, ("2025-06-02 08:00:01", EventKind.ANALYST_REPLY)).latest(ClockKind.RESPONSE)
    assert response.state_at(at("2025-06-03")) is ClockStatus.BREACHED
    assert response.breaches_at == at("2025-06-02 08:00")


def test_an_unanswered_case_is_running_until_the_due_second_is_over():
    response = case(2).latest(ClockKind.RESPONSE)
    assert response.state_at(at("2025-06-02 08:00:00.9")) is ClockStatus.RUNNING
    assert response.state_at(at("2025-06-02 08:00:01")) is ClockStatus.BREACHED


def test_only_the_first_reply_counts():
    response = case(
        2,
        ("2025-06-02 07:30", EventKind.ANALYST_REPLY),
        ("2025-06-02 12:00", EventKind.ANALYST_REPLY),
    )
    assert response.latest(ClockKind.RESPONSE).stopped_at == at("2025-06-02 07:30")


def test_waiting_for_the_customer_does_not_pause_the_response():
    response = case(2, ("2025-06-02 07:10", EventKind.WAITING_ON_CUSTOMER)).latest(
        ClockKind.RESPONSE
    )
    assert (response.pauses, response.due_at) == ((), at("2025-06-02 08:00"))


def test_a_resolution_without_a_reply_leaves_the_response_unanswered():
    response = case(2, ("2025-06-02 07:30", EventKind.RESOLUTION_PROPOSED)).latest(
        ClockKind.RESPONSE
    )
    assert response.stopped_at is None
    assert response.state_at(at("2025-06-02 09:00")) is ClockStatus.BREACHED


def test_a_case_closed_unanswered_in_time_has_neither_met_nor_broken_the_promise():
    response = case(2, ("2025-06-02 07:30", EventKind.CLOSED)).latest(ClockKind.RESPONSE)
    assert response.ended_by is EndedBy.CLOSED
    assert response.state_at(at("2025-06-10")) is ClockStatus.CANCELLED


def test_a_case_closed_unanswered_too_late_has_broken_it():
    response = case(2, ("2025-06-02 09:00", EventKind.CLOSED)).latest(ClockKind.RESPONSE)
    assert response.state_at(at("2025-06-10")) is ClockStatus.BREACHED
    assert response.breaches_at == at("2025-06-02 08:00")


def test_critical_is_answered_around_the_clock():
    response = case(1, opened=at("2025-06-07 23:55")).latest(ClockKind.RESPONSE)
    assert response.due_at == at("2025-06-08 00:05")
    assert response.around_the_clock


# Restoration, §11


def test_restoring_pauses_while_the_customer_is_waited_for_and_nobody_knows_when_it_is_due():
    restore = case(2, ("2025-06-02 09:00", EventKind.WAITING_ON_CUSTOMER)).latest(ClockKind.RESTORE)
    assert restore.due_at is None
    assert restore.breaches_at is None
    assert restore.is_paused
    assert restore.state_at(at("2025-06-05 09:00")) is ClockStatus.PAUSED
    assert restore.used_seconds(at("2025-06-05 09:00"), BERLIN) == 2 * HOUR
    assert restore.remaining_seconds(at("2025-06-05 09:00"), BERLIN) == 2 * BUSINESS_DAY - 2 * HOUR


def test_a_hold_over_the_weekend_is_not_credited_with_the_weekend():
    restore = case(
        2,
        ("2025-06-02 09:00", EventKind.WAITING_ON_CUSTOMER),
        ("2025-06-09 09:00", EventKind.CUSTOMER_REPLY),
    ).latest(ClockKind.RESTORE)
    assert restore.due_at == at("2025-06-11 07:00")
    assert restore.pauses == (
        Pause(at("2025-06-02 09:00"), at("2025-06-09 09:00"), "waiting_on_customer"),
    )


def test_from_paused_straight_to_proposed_ends_the_wait_and_the_pause():
    timeline = case(
        2,
        ("2025-06-02 09:00", EventKind.WAITING_ON_CUSTOMER),
        ("2025-06-03 09:00", EventKind.RESOLUTION_PROPOSED),
    )
    restore, wait = timeline.latest(ClockKind.RESTORE), timeline.latest(ClockKind.CUSTOMER_RESPONSE)
    assert restore.stopped_at == at("2025-06-03 09:00")
    assert restore.used_at_stop == 2 * HOUR
    assert restore.state_at(at("2025-06-03 09:00")) is ClockStatus.MET
    assert wait.ended_by is EndedBy.SUPERSEDED
    assert wait.state_at(at("2025-06-03 09:00")) is ClockStatus.CANCELLED
    assert not timeline.is_waiting


def test_restored_while_waiting_is_in_time_and_leaves_the_due_instant_unknown():
    timeline = case(
        2,
        ("2025-06-02 09:00", EventKind.WAITING_ON_CUSTOMER),
        ("2025-06-20 09:00", EventKind.RESTORED),
    )
    restore = timeline.latest(ClockKind.RESTORE)
    assert restore.due_at is None
    assert restore.state_at(at("2025-06-20 09:00")) is ClockStatus.MET
    assert timeline.is_waiting


def test_a_target_missed_before_the_wait_stays_missed_in_it():
    restore = case(2, ("2025-06-05 09:00", EventKind.WAITING_ON_CUSTOMER)).latest(ClockKind.RESTORE)
    assert restore.breaches_at == restore.due_at == at("2025-06-04 07:00")
    assert restore.state_at(at("2025-06-05 10:00")) is ClockStatus.BREACHED


def test_a_platform_incident_counts_from_its_start_and_is_missed_at_the_earliest_when_it_is_filed():
    restore = case(1, incident=at("2025-06-02 01:00")).latest(ClockKind.RESTORE)
    assert restore.due_at == at("2025-06-02 05:00")
    assert restore.breaches_at == OPENED


def test_a_low_case_has_no_target_and_still_measures_its_time():
    restore = case(4, ("2025-06-03 07:00", EventKind.RESTORED)).latest(ClockKind.RESTORE)
    assert (restore.target_seconds, restore.due_at) == (None, None)
    assert restore.used_at_stop == BUSINESS_DAY
    assert restore.state_at(at("2025-06-03 07:00")) is ClockStatus.MEASURED
    assert restore.remaining_seconds(at("2025-06-03 07:00"), BERLIN) is None


def test_an_issue_with_the_proposal_lets_restoration_go_on_less_the_time_the_proposal_stood():
    restore = case(
        2,
        ("2025-06-02 09:00", EventKind.RESOLUTION_PROPOSED),
        ("2025-06-03 09:00", EventKind.ISSUE_REPORTED),
    ).latest(ClockKind.RESTORE)
    assert restore.stopped_at is None
    assert restore.due_at == at("2025-06-05 07:00")
    assert restore.pauses == (
        Pause(at("2025-06-02 09:00"), at("2025-06-03 09:00"), "resolution_proposed"),
    )


def test_an_issue_with_the_proposal_leaves_a_restoration_of_its_own_as_judged():
    restore = case(
        2,
        ("2025-06-02 09:00", EventKind.RESTORED),
        ("2025-06-02 10:00", EventKind.RESOLUTION_PROPOSED),
        ("2025-06-03 09:00", EventKind.ISSUE_REPORTED),
    ).latest(ClockKind.RESTORE)
    assert restore.stopped_at == at("2025-06-02 09:00")


# Severity, §7


def test_a_raise_that_puts_the_due_instant_in_the_past_is_a_miss_from_the_moment_of_the_change():
    restore = case(3, ("2025-06-03 09:00", EventKind.SEVERITY_CHANGE, 1)).latest(ClockKind.RESTORE)
    assert restore.due_at == at("2025-06-02 11:00")
    assert restore.breaches_at == at("2025-06-03 09:00")
    assert restore.state_at(at("2025-06-03 09:00")) is ClockStatus.BREACHED


def test_a_miss_that_was_known_before_the_raise_stays_as_old_as_it_was():
    response = case(2, ("2025-06-02 12:00", EventKind.SEVERITY_CHANGE, 1)).latest(
        ClockKind.RESPONSE
    )
    assert response.due_at == at("2025-06-02 07:10")
    assert response.breaches_at == at("2025-06-02 08:00")


def test_once_replied_the_response_stands_as_judged():
    response = case(
        3,
        ("2025-06-02 08:30", EventKind.ANALYST_REPLY),
        ("2025-06-02 08:40", EventKind.SEVERITY_CHANGE, 1),
    ).latest(ClockKind.RESPONSE)
    assert (response.severity, response.due_at) == (3, at("2025-06-02 09:00"))


def test_a_severity_changed_while_paused_counts_the_pause_on_the_new_clock():
    restore = case(
        2,
        ("2025-06-02 09:00", EventKind.WAITING_ON_CUSTOMER),
        ("2025-06-02 16:00", EventKind.SEVERITY_CHANGE, 1),
        ("2025-06-02 20:00", EventKind.CUSTOMER_REPLY),
    ).latest(ClockKind.RESTORE)
    assert restore.due_at == at("2025-06-02 22:00")


def test_after_restoration_a_change_of_severity_leaves_it_as_it_was():
    restore = case(
        2,
        ("2025-06-02 09:00", EventKind.RESTORED),
        ("2025-06-02 10:00", EventKind.SEVERITY_CHANGE, 4),
    ).latest(ClockKind.RESTORE)
    assert (restore.severity, restore.state_at(at("2025-06-03"))) == (2, ClockStatus.MET)


def test_a_severity_changed_while_a_proposal_stands_applies_when_restoration_goes_on():
    restore = case(
        2,
        ("2025-06-02 09:00", EventKind.RESOLUTION_PROPOSED),
        ("2025-06-02 10:00", EventKind.SEVERITY_CHANGE, 3),
        ("2025-06-02 11:00", EventKind.ISSUE_REPORTED),
    ).latest(ClockKind.RESTORE)
    assert restore.severity == 3
    assert restore.due_at == at("2025-06-09 09:00")


# Escalation, §10


def test_each_request_for_escalation_has_its_own_clock_that_never_pauses():
    clocks = case(
        2,
        ("2025-06-02 08:00", EventKind.ESCALATION_REQUESTED),
        ("2025-06-02 09:00", EventKind.WAITING_ON_CUSTOMER),
        ("2025-06-02 10:00", EventKind.ESCALATION_ANSWERED),
        ("2025-06-03 08:00", EventKind.ESCALATION_REQUESTED),
        ("2025-06-03 09:00", EventKind.ESCALATION_REQUESTED),
    ).all_of(ClockKind.ESCALATION)
    assert [(clock.ordinal, clock.due_at) for clock in clocks] == [
        (1, at("2025-06-02 12:00")),
        (2, at("2025-06-03 12:00")),
    ]
    assert clocks[0].state_at(at("2025-06-03 09:00")) is ClockStatus.MET


# Warnings, §10


def test_warnings_come_when_half_three_quarters_and_nine_tenths_of_the_target_are_used():
    response = case(2).latest(ClockKind.RESPONSE)
    assert response.instants_of_interest((50, 75, 90), BERLIN) == (
        (50, at("2025-06-02 07:30")),
        (75, at("2025-06-02 07:45")),
        (90, at("2025-06-02 07:54")),
    )


def test_a_pause_hides_the_warnings_it_came_before():
    restore = case(2, ("2025-06-03 08:00", EventKind.WAITING_ON_CUSTOMER)).latest(ClockKind.RESTORE)
    assert restore.instants_of_interest((50, 75), BERLIN) == (
        (50, at("2025-06-03 07:00")),
        (75, None),
    )


def test_a_stopped_clock_warns_of_nothing():
    response = case(2, ("2025-06-02 07:10", EventKind.ANALYST_REPLY)).latest(ClockKind.RESPONSE)
    assert response.instants_of_interest((50,), BERLIN) == ()


def test_reminders_of_a_proposal_count_the_business_time_until_it_closes():
    closure = case(3, ("2025-06-02 12:00", EventKind.RESOLUTION_PROPOSED)).latest(ClockKind.CLOSURE)
    assert closure.remaining_seconds(at("2025-06-05 14:00"), BERLIN) == HOUR
    assert closure.instants_of_interest((100,), BERLIN) == ((100, at("2025-06-05 15:00")),)


# Refusals


def test_a_snapshot_before_the_last_event_is_refused():
    with pytest.raises(OutOfOrder):
        case(2, ("2025-06-02 08:00", EventKind.ANALYST_REPLY)).snapshot(at("2025-06-02 07:59"))


def test_events_before_the_opening_or_out_of_order_are_refused():
    with pytest.raises(OutOfOrder, match="sort the events"):
        case(2, ("2025-06-02 06:59:59", EventKind.ANALYST_REPLY))
    with pytest.raises(OutOfOrder):
        case(
            2,
            ("2025-06-02 09:00", EventKind.ANALYST_REPLY),
            ("2025-06-02 08:59", EventKind.RESTORED),
        )


def test_a_severity_without_terms_is_refused():
    with pytest.raises(UnknownSeverity):
        case(5)
    with pytest.raises(UnknownSeverity):
        case(2, ("2025-06-02 09:00", EventKind.SEVERITY_CHANGE, 9))
    with pytest.raises(UnknownSeverity):
        case(2, ("2025-06-02 09:00", EventKind.SEVERITY_CHANGE))


def test_a_word_no_clock_knows_is_refused():
    with pytest.raises(TimelineError, match="EventKind"):
        case(2, ("2025-06-02 09:00", "renamed"))


def test_events_in_one_second_happen_in_the_order_told():
    moment = "2025-06-02 09:00"
    folded = case(2, (moment, EventKind.CUSTOMER_REPLY), (moment, EventKind.WAITING_ON_CUSTOMER))
    answered = case(2, (moment, EventKind.WAITING_ON_CUSTOMER), (moment, EventKind.CUSTOMER_REPLY))
    assert (folded.is_waiting, answered.is_waiting) == (True, False)
    assert answered.latest(ClockKind.RESTORE).due_at == case(2).latest(ClockKind.RESTORE).due_at


def test_fractions_of_a_second_are_dropped():
    timeline = fold(OPENED + timedelta(milliseconds=900), 2, [], SHIPPED_TERMS, BERLIN)
    assert timeline.clocks == case(2).clocks
