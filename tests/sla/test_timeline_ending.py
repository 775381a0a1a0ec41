"""How a case ends: the customer's silence, the proposal, the analysis, closing and coming back
(§12, §13).

Berlin, Monday to Friday 08:00-17:00, that is 06:00-15:00 UTC; 2 June 2025 is a Monday.
"""

from sla.timeline import ClockKind, ClockStatus, EndedBy, EventKind
from tests.sla.test_timeline_policy import case
from tests.sla.vectors.reading import BERLIN, BUSINESS_DAY, HOUR, at

# Response policy, §13


def test_the_customer_has_three_business_days_and_after_the_notice_one_more():
    wait = case(2, ("2025-06-03 09:00", EventKind.WAITING_ON_CUSTOMER)).latest(
        ClockKind.CUSTOMER_RESPONSE
    )
    assert wait.due_at == at("2025-06-06 09:00")
    assert wait.closure_due_at == at("2025-06-09 09:00")
    assert wait.state_at(at("2025-06-06 08:59:59")) is ClockStatus.RUNNING
    assert wait.state_at(at("2025-06-06 09:00")) is ClockStatus.RAN_OUT
    assert wait.breaches_at is None


def test_a_second_request_does_not_restart_the_wait():
    timeline = case(
        2,
        ("2025-06-03 09:00", EventKind.WAITING_ON_CUSTOMER),
        ("2025-06-04 09:00", EventKind.WAITING_ON_CUSTOMER),
    )
    assert [wait.started_at for wait in timeline.all_of(ClockKind.CUSTOMER_RESPONSE)] == [
        at("2025-06-03 09:00")
    ]


def test_an_answer_stops_the_wait_and_a_ruling_resumes_it_where_it_stood():
    wait = case(
        2,
        ("2025-06-02 09:00", EventKind.WAITING_ON_CUSTOMER),
        ("2025-06-03 09:00", EventKind.CUSTOMER_REPLY),
        ("2025-06-04 09:00", EventKind.RULED_INADEQUATE),
    ).latest(ClockKind.CUSTOMER_RESPONSE)
    assert wait.ordinal == 1
    assert wait.due_at == at("2025-06-06 09:00")


def test_an_answer_is_an_answer_even_after_the_time_ran_out():
    wait = case(
        2,
        ("2025-06-02 09:00", EventKind.WAITING_ON_CUSTOMER),
        ("2025-06-06 09:00", EventKind.CUSTOMER_REPLY),
    ).latest(ClockKind.CUSTOMER_RESPONSE)
    assert wait.state_at(at("2025-06-06 09:00")) is ClockStatus.ANSWERED


def test_a_new_wait_starts_from_nothing():
    waits = case(
        2,
        ("2025-06-02 09:00", EventKind.WAITING_ON_CUSTOMER),
        ("2025-06-03 09:00", EventKind.CUSTOMER_REPLY),
        ("2025-06-04 09:00", EventKind.WAITING_ON_CUSTOMER),
    ).all_of(ClockKind.CUSTOMER_RESPONSE)
    assert [(wait.ordinal, wait.due_at) for wait in waits] == [
        (1, at("2025-06-05 09:00")),
        (2, at("2025-06-09 09:00")),
    ]


def test_a_ruling_on_an_answer_nobody_asked_for_begins_a_wait():
    timeline = case(
        2,
        ("2025-06-02 09:00", EventKind.CUSTOMER_REPLY),
        ("2025-06-02 10:00", EventKind.RULED_INADEQUATE),
    )
    assert timeline.latest(ClockKind.CUSTOMER_RESPONSE).started_at == at("2025-06-02 10:00")


def test_a_case_closed_for_silence_shows_that_the_customers_time_ran_out():
    wait = case(
        2,
        ("2025-06-02 09:00", EventKind.WAITING_ON_CUSTOMER),
        ("2025-06-06 09:00", EventKind.CLOSED),
    ).latest(ClockKind.CUSTOMER_RESPONSE)
    assert wait.state_at(at("2025-06-06 09:00")) is ClockStatus.RAN_OUT


def test_a_silent_proposal_closes_at_the_end_of_the_third_business_day():
    timeline = case(3, ("2025-06-02 12:00", EventKind.RESOLUTION_PROPOSED))
    closure = timeline.latest(ClockKind.CLOSURE)
    assert closure.due_at == timeline.unopposed_closure_at == at("2025-06-05 15:00")
    assert closure.target_days == 3
    assert timeline.snapshot(at("2025-06-05 14:59:59"))["closed_at"] is None
    assert timeline.snapshot(at("2025-06-05 15:00"))["closed_at"] == at("2025-06-05 15:00")


def test_the_closing_the_sweep_tells_is_the_one_that_counts():
    timeline = case(
        3,
        ("2025-06-02 12:00", EventKind.RESOLUTION_PROPOSED),
        ("2025-06-05 15:00:20", EventKind.CLOSED),
    )
    assert timeline.snapshot(at("2025-06-06"))["closed_at"] == at("2025-06-05 15:00:20")
    assert timeline.unopposed_closure_at is None
    assert timeline.latest(ClockKind.CLOSURE).state_at(at("2025-06-06")) is ClockStatus.RAN_OUT


def test_an_issue_is_an_answer_to_the_proposal():
    timeline = case(
        3,
        ("2025-06-02 12:00", EventKind.RESOLUTION_PROPOSED),
        ("2025-06-03 12:00", EventKind.ISSUE_REPORTED),
    )
    assert timeline.latest(ClockKind.CLOSURE).ended_by is EndedBy.WITHDRAWN
    assert (
        timeline.latest(ClockKind.CLOSURE).state_at(at("2025-06-03 12:00")) is ClockStatus.ANSWERED
    )
    assert timeline.unopposed_closure_at is None


def test_a_second_proposal_takes_the_place_of_the_first():
    timeline = case(
        3,
        ("2025-06-02 12:00", EventKind.RESOLUTION_PROPOSED),
        ("2025-06-03 12:00", EventKind.RESOLUTION_PROPOSED),
    )
    first, second = timeline.all_of(ClockKind.CLOSURE)
    assert first.ended_by is EndedBy.SUPERSEDED
    assert second.due_at == timeline.unopposed_closure_at == at("2025-06-06 15:00")
    assert timeline.latest(ClockKind.RESTORE).stopped_at == at("2025-06-02 12:00")


def test_accepting_without_a_proposal_closes_nothing():
    assert case(3, ("2025-06-02 12:00", EventKind.RESOLUTION_ACCEPTED)).closed_at is None


# Root cause analysis, §12


def test_a_critical_case_does_not_close_before_its_root_cause_analysis_is_out():
    proposed = ("2025-06-02 08:00", EventKind.RESOLUTION_PROPOSED)
    accepted = ("2025-06-02 09:00", EventKind.RESOLUTION_ACCEPTED)
    lowered = ("2025-06-02 10:00", EventKind.SEVERITY_CHANGE, 3)
    waiting = case(1, proposed, accepted, lowered)
    assert waiting.unopposed_closure_at is None
    assert waiting.snapshot(at("2025-06-20"))["closed_at"] is None
    published = case(1, proposed, accepted, lowered, ("2025-06-10 09:00", EventKind.RCA_PUBLISHED))
    assert published.unopposed_closure_at == at("2025-06-10 09:00")
    assert published.snapshot(at("2025-06-20"))["auto_close_due"] == at("2025-06-05 15:00")


def test_published_in_time_it_closes_when_the_proposal_would_have():
    timeline = case(
        1,
        ("2025-06-02 08:00", EventKind.RESOLUTION_PROPOSED),
        ("2025-06-03 09:00", EventKind.RCA_PUBLISHED),
    )
    assert timeline.unopposed_closure_at == at("2025-06-05 15:00")
    assert timeline.latest(ClockKind.RCA).state_at(at("2025-06-03 09:00")) is ClockStatus.MET


def test_a_case_raised_to_critical_after_the_proposal_waits_only_while_it_is_critical():
    proposed, raised = (
        ("2025-06-02 08:00", EventKind.RESOLUTION_PROPOSED),
        ("2025-06-03 09:00", EventKind.SEVERITY_CHANGE, 1),
    )
    assert case(2, proposed, raised).unopposed_closure_at is None
    lowered = case(2, proposed, raised, ("2025-06-06 09:00", EventKind.SEVERITY_CHANGE, 2))
    assert lowered.unopposed_closure_at == at("2025-06-06 09:00")


def test_a_raise_after_the_closing_was_due_does_not_undo_it():
    timeline = case(
        2,
        ("2025-06-02 08:00", EventKind.RESOLUTION_PROPOSED),
        ("2025-06-06 09:00", EventKind.SEVERITY_CHANGE, 1),
    )
    assert timeline.snapshot(at("2025-06-06 09:00"))["closed_at"] == at("2025-06-05 15:00")


def test_a_withdrawn_proposal_withdraws_its_root_cause_analysis():
    timeline = case(
        2,
        ("2025-06-02 08:00", EventKind.RESOLUTION_PROPOSED),
        ("2025-06-03 09:00", EventKind.ISSUE_REPORTED),
    )
    assert timeline.latest(ClockKind.RCA).state_at(at("2025-06-20")) is ClockStatus.CANCELLED
    assert timeline.snapshot(at("2025-06-20"))["rca_due"] is None


def test_the_root_cause_analysis_is_owed_after_closing_all_the_same():
    proposed, accepted = (
        ("2025-06-02 08:00", EventKind.RESOLUTION_PROPOSED),
        ("2025-06-02 09:00", EventKind.RESOLUTION_ACCEPTED),
    )
    rca = case(2, proposed, accepted).latest(ClockKind.RCA)
    assert rca.stopped_at is None
    assert rca.breaches_at == at("2025-06-09 08:00")
    late = case(2, proposed, accepted, ("2025-06-10 08:00", EventKind.RCA_PUBLISHED)).latest(
        ClockKind.RCA
    )
    assert late.state_at(at("2025-06-10 08:00")) is ClockStatus.BREACHED


def test_a_change_of_severity_after_the_proposal_does_not_touch_the_root_cause_analysis():
    rca = case(
        1,
        ("2025-06-02 08:00", EventKind.RESOLUTION_PROPOSED),
        ("2025-06-02 10:00", EventKind.SEVERITY_CHANGE, 4),
    ).latest(ClockKind.RCA)
    assert (rca.severity, rca.due_at) == (1, at("2025-06-04 08:00"))


def test_a_medium_case_owes_no_root_cause_analysis():
    assert (
        case(3, ("2025-06-02 08:00", EventKind.RESOLUTION_PROPOSED)).latest(ClockKind.RCA) is None
    )


# Resolving, §11


def test_resolving_is_measured_up_to_the_proposal_that_stands():
    resolve = case(2, ("2025-06-03 07:00", EventKind.RESOLUTION_PROPOSED)).latest(ClockKind.RESOLVE)
    assert resolve.used_at_stop == BUSINESS_DAY
    assert resolve.state_at(at("2025-06-03 07:00")) is ClockStatus.MEASURED


def test_a_withdrawn_proposal_lets_resolving_run_on_as_if_it_had_not_been():
    resolve = case(
        2,
        ("2025-06-03 07:00", EventKind.RESOLUTION_PROPOSED),
        ("2025-06-04 07:00", EventKind.ISSUE_REPORTED),
    ).latest(ClockKind.RESOLVE)
    assert resolve.stopped_at is None
    assert resolve.used_seconds(at("2025-06-05 07:00"), BERLIN) == 3 * BUSINESS_DAY


# Closing and reopening, §13


def test_a_reopening_promises_a_response_and_a_restoration_from_its_own_instant():
    timeline = case(
        2,
        ("2025-06-02 07:10", EventKind.ANALYST_REPLY),
        ("2025-06-02 09:00", EventKind.CLOSED),
        ("2025-06-04 09:00", EventKind.REOPENED),
    )
    first, again = timeline.all_of(ClockKind.RESPONSE)
    assert (first.ordinal, first.stopped_at) == (1, at("2025-06-02 07:10"))
    assert (again.ordinal, again.started_at) == (2, at("2025-06-04 09:00"))
    assert again.due_at == at("2025-06-04 10:00")
    first, again = timeline.all_of(ClockKind.RESTORE)
    assert first.stopped_at == at("2025-06-02 09:00")
    assert (again.started_at, again.due_at) == (at("2025-06-04 09:00"), at("2025-06-06 09:00"))
    assert again.pauses == ()


def test_resolving_goes_on_after_a_reopening_and_the_time_the_case_was_closed_is_a_pause():
    timeline = case(
        2,
        ("2025-06-02 07:10", EventKind.ANALYST_REPLY),
        ("2025-06-02 09:00", EventKind.CLOSED),
        ("2025-06-04 09:00", EventKind.REOPENED),
    )
    assert (
        timeline.latest(ClockKind.RESOLVE).used_seconds(at("2025-06-04 10:00"), BERLIN) == 3 * HOUR
    )
    assert timeline.closed_at is None


def test_a_reopening_counts_by_the_severity_in_force():
    first, again = case(
        2,
        ("2025-06-02 07:30", EventKind.CLOSED),
        ("2025-06-02 09:00", EventKind.SEVERITY_CHANGE, 3),
        ("2025-06-03 07:00", EventKind.REOPENED),
    ).all_of(ClockKind.RESPONSE)
    assert first.state_at(at("2025-06-03 07:00")) is ClockStatus.CANCELLED
    assert (again.severity, again.due_at) == (3, at("2025-06-03 09:00"))


def test_a_breach_survives_closing_and_reopening():
    first, again = case(
        2, ("2025-06-05 09:00", EventKind.CLOSED), ("2025-06-10 09:00", EventKind.REOPENED)
    ).all_of(ClockKind.RESTORE)
    assert first.breaches_at == at("2025-06-04 07:00")
    assert first.state_at(at("2025-06-10 09:00")) is ClockStatus.BREACHED
    assert again.state_at(at("2025-06-10 09:00")) is ClockStatus.RUNNING


def test_a_reopened_case_keeps_the_restoration_it_was_judged_by():
    first, again = case(
        2,
        ("2025-06-02 09:00", EventKind.RESTORED),
        ("2025-06-02 10:00", EventKind.CLOSED),
        ("2025-06-10 09:00", EventKind.REOPENED),
        ("2025-06-20 09:00", EventKind.RESTORED),
    ).all_of(ClockKind.RESTORE)
    assert first.state_at(at("2025-06-20 09:00")) is ClockStatus.MET
    assert again.state_at(at("2025-06-20 09:00")) is ClockStatus.BREACHED


def test_each_reopening_promises_again():
    timeline = case(
        3,
        ("2025-06-02 07:10", EventKind.CLOSED),
        ("2025-06-02 08:00", EventKind.REOPENED),
        ("2025-06-02 08:30", EventKind.ANALYST_REPLY),
        ("2025-06-02 09:00", EventKind.CLOSED),
        ("2025-06-03 08:00", EventKind.REOPENED),
    )
    responses = timeline.all_of(ClockKind.RESPONSE)
    assert [clock.state_at(at("2025-06-03 08:00")) for clock in responses] == [
        ClockStatus.CANCELLED,
        ClockStatus.MET,
        ClockStatus.RUNNING,
    ]


def test_a_proposal_after_a_reopening_restores_only_the_second_promise_and_gives_it_back():
    restore = case(
        2,
        ("2025-06-02 08:00", EventKind.RESOLUTION_PROPOSED),
        ("2025-06-02 09:00", EventKind.RESOLUTION_ACCEPTED),
        ("2025-06-03 07:00", EventKind.REOPENED),
        ("2025-06-03 09:00", EventKind.RESOLUTION_PROPOSED),
        ("2025-06-03 10:00", EventKind.ISSUE_REPORTED),
    ).all_of(ClockKind.RESTORE)
    assert restore[0].stopped_at == at("2025-06-02 08:00")
    assert restore[1].stopped_at is None
    assert restore[1].due_at == at("2025-06-05 08:00")


def test_an_owed_analysis_becomes_due_anew_with_the_next_resolution():
    analyses = case(
        2,
        ("2025-06-02 08:00", EventKind.RESOLUTION_PROPOSED),
        ("2025-06-02 09:00", EventKind.RESOLUTION_ACCEPTED),
        ("2025-06-03 07:00", EventKind.REOPENED),
        ("2025-06-04 09:00", EventKind.RESOLUTION_PROPOSED),
    ).all_of(ClockKind.RCA)
    assert analyses[0].state_at(at("2025-06-04 09:00")) is ClockStatus.CANCELLED
    assert analyses[1].due_at == at("2025-06-11 09:00")


def test_reopening_an_accepted_case_withdraws_its_proposal():
    timeline = case(
        2,
        ("2025-06-02 09:00", EventKind.RESOLUTION_PROPOSED),
        ("2025-06-02 10:00", EventKind.RESOLUTION_ACCEPTED),
        ("2025-06-03 09:00", EventKind.REOPENED),
    )
    assert (
        timeline.latest(ClockKind.CLOSURE).state_at(at("2025-06-03 09:00")) is ClockStatus.ANSWERED
    )
    assert timeline.snapshot(at("2025-06-20"))["auto_close_due"] is None
    assert timeline.snapshot(at("2025-06-20"))["restoration_due"] == at("2025-06-05 09:00")


def test_what_is_said_in_a_closed_case_moves_no_clock():
    closed = [("2025-06-02 07:10", EventKind.ANALYST_REPLY), ("2025-06-02 09:00", EventKind.CLOSED)]
    chatter = [
        ("2025-06-02 10:00", EventKind.CUSTOMER_REPLY),
        ("2025-06-02 11:00", EventKind.WAITING_ON_CUSTOMER),
    ]
    assert case(2, *closed, *chatter).clocks == case(2, *closed).clocks
