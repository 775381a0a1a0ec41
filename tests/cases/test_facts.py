"""What the rules know of a case's past."""

from datetime import timedelta

from cases import actions
from cases.choices import EventType
from cases.events import read
from cases.facts import VOID_A_CLOSING_NOTICE, CaseFacts, PastEvent, facts_of
from tests import cast
from tests.cast import utc

MONDAY = utc("2026-03-02 09:00")


def past(*verbs, **more):
    return CaseFacts.from_events(
        PastEvent(n, verb, MONDAY + timedelta(hours=n), read(verb, {}), **more)
        for n, verb in enumerate(verbs)
    )


def test_a_request_for_escalation_is_open_until_it_is_answered_or_the_case_closes():
    assert past(EventType.FILED, EventType.ESCALATION_REQUESTED).is_escalation_requested
    for end in (EventType.ESCALATION_ANSWERED, EventType.CLOSED):
        assert not past(EventType.ESCALATION_REQUESTED, end).is_escalation_requested


def test_a_severity_is_contested_once_until_it_is_set_again():
    contested = past(EventType.FILED, EventType.SEVERITY_CONTESTED)
    assert contested.is_severity_contested
    upheld = past(EventType.SEVERITY_CONTESTED, EventType.SEVERITY_UPHELD)
    assert not upheld.is_severity_contested
    assert upheld.was_severity_contested
    assert not past(EventType.SEVERITY_CONTESTED, EventType.SEVERITY_SET).was_severity_contested


def test_what_changes_nothing_for_the_contact_is_no_word_of_care():
    answered = past(EventType.ANSWERED, is_by_care=True)
    assert answered.care_spoke_at == MONDAY
    later = past(
        EventType.ANSWERED,
        EventType.TERMS_MOVED,
        EventType.RATED,
        EventType.PERSON_ERASED,
        is_by_care=True,
    )
    assert later.care_spoke_at == MONDAY
    assert past(EventType.NOTED, is_by_care=True, is_contact_facing=False).care_spoke_at is None
    assert past(EventType.CONTACT_ANSWERED).care_spoke_at is None


def test_only_an_answer_that_ended_a_wait_can_be_ruled_inadequate(ana, kim):
    case = cast.waiting(ana, kim)
    assert not facts_of(case).is_answer_to_judge
    case = actions.answer_as_contact(case, by=ana, text="That one.").case
    assert facts_of(case).is_answer_to_judge
    case = actions.answer_as_contact(case, by=ana, text="And more.").case
    assert not facts_of(case).is_answer_to_judge


def test_the_contact_wrote_since_the_proposal_until_care_answers(ana, kim):
    case = cast.proposed(ana, kim)
    assert not facts_of(case).has_contact_written_since_proposal
    case = actions.answer_as_contact(case, by=ana, text="Not sure.").case
    assert facts_of(case).has_contact_written_since_proposal
    case = actions.answer(case, by=kim, text="Please try once more.").case
    assert not facts_of(case).has_contact_written_since_proposal


def test_a_rating_counts_until_the_case_is_closed_again(ana, kim):
    case = actions.accept(cast.proposed(ana, kim), by=ana).case
    assert facts_of(case).score is None
    case = actions.rate(case, by=ana, score=2).case
    assert facts_of(case).score == 2
    assert (
        past(EventType.CLOSED, EventType.RATED, EventType.REOPENED, EventType.CLOSED).score is None
    )


def test_a_closing_notice_is_in_force_until_something_voids_it():
    def after(*verbs):
        announced = PastEvent(
            1,
            EventType.CLOSURE_ANNOUNCED,
            MONDAY,
            read(EventType.CLOSURE_ANNOUNCED, {"closes_at": "2026-03-03T09:00:00+00:00"}),
        )
        data = {EventType.ON_HOLD: {"until": "2026-03-09T07:00:00+00:00"}}
        later = [
            PastEvent(n, verb, MONDAY + timedelta(hours=n), read(verb, data.get(verb, {})))
            for n, verb in enumerate(verbs, 2)
        ]
        return CaseFacts.from_events([announced, *later]).closing_notice

    assert after().closes_at == utc("2026-03-03 09:00")
    assert after(EventType.NOTED, EventType.ANSWERED).seq == 1
    for verb in VOID_A_CLOSING_NOTICE:
        assert after(EventType.NOTED, verb) is None
