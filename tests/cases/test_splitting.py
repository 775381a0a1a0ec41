"""§5: one issue a case.

What a customer says about something else becomes a case of its own, and loses no time.
"""

import pytest

from cases import actions, event_log
from cases.choices import EventType
from cases.models import Case, CaseLink, Notification
from core.errors import Refused
from sla import clocks
from sla.models import ClockFact
from tests import cast
from tests.cast import utc

MONDAY = "2026-03-02 09:00"  # 10:00 in Berlin


@pytest.fixture
def monday(time_machine):
    time_machine.move_to(utc(MONDAY), tick=False)
    return time_machine


@pytest.fixture
def two_issues(ana, kim, monday):
    """On Monday at ten Ana also writes about reports; Kim reads it at eleven."""
    case = actions.answer(cast.file(ana), by=kim, text="We look into it.").case
    case = actions.answer_as_contact(case, by=ana, text="And the reports are empty.").case
    monday.move_to(utc("2026-03-02 10:00"), tick=False)
    return case


def split(case, by, **more):
    return actions.split(case, by=by, seq=3, title="Reports are empty", **more)


def test_the_promises_of_the_new_case_count_from_when_the_customer_said_it(two_issues, kim):
    new = split(two_issues, kim).case
    response = new.clocks.get(kind="response")
    assert (new.opened_at, response.started_at) == (utc(MONDAY), utc(MONDAY))
    assert response.due_at == utc("2026-03-02 11:00")
    assert (new.contact, new.severity, new.description) == (
        two_issues.contact,
        3,
        "And the reports are empty.",
    )
    assert list(clocks.verify()) == list(event_log.breaks()) == []


def test_what_care_answered_on_the_first_case_answers_nothing_on_the_new_one(two_issues, kim):
    case = actions.answer(two_issues, by=kim, text="The codec.").case
    assert split(case, kim).case.clocks.get(kind="response").stopped_at is None


def test_what_is_late_by_the_time_of_the_split_is_late(two_issues, kim, monday):
    monday.move_to(utc("2026-03-03 09:00"), tick=False)
    new = split(two_issues, kim).case
    assert ClockFact.objects.get(case=new).at == utc("2026-03-02 11:00")


def response_of(case):
    return case.clocks.get(kind="response")


def misses_of_responses():
    return ClockFact.objects.filter(clock__kind="response", kind="breached").count()


@pytest.mark.parametrize("answered_at", ["2026-03-02 10:30", "2026-03-02 12:00"])
def test_what_the_first_response_answered_is_answered_and_counted_once(
    ana, kim, monday, answered_at
):
    """Medium: two business hours. Whether the answer was in time or late, it is one answer."""
    case = cast.file(ana)
    monday.move_to(utc(answered_at), tick=False)
    actions.answer(case, by=kim, text="We look into both.")
    before = misses_of_responses()
    monday.move_to(utc("2026-03-03 09:00"), tick=False)
    new = actions.split(case, by=kim, seq=1, title="Another").case
    assert response_of(new).outcome == "cancelled"
    assert misses_of_responses() == before
    assert list(clocks.verify()) == list(event_log.breaks()) == []


def test_a_response_that_is_missed_and_still_owed_is_promised_again_from_the_split(
    ana, kim, monday
):
    case = cast.file(ana)
    monday.move_to(utc("2026-03-02 13:00"), tick=False)
    new = actions.split(case, by=kim, seq=1, title="Another").case
    assert response_of(new).started_at == utc("2026-03-02 13:00")
    assert response_of(new).due_at == utc("2026-03-02 15:00")
    actions.answer(new, by=kim, text="We look into it.")
    actions.answer(case, by=kim, text="And into this.")
    assert misses_of_responses() == 1
    assert list(clocks.verify()) == []


def test_a_response_that_is_not_decided_yet_is_owed_on_both(ana, kim, monday):
    case = cast.file(ana)
    monday.move_to(utc("2026-03-02 10:00"), tick=False)
    new = actions.split(case, by=kim, seq=1, title="Another").case
    assert response_of(new).due_at == response_of(case).due_at == utc("2026-03-02 11:00")


def test_a_split_of_a_split_counts_no_response_twice_either(ana, kim, monday):
    case = cast.file(ana)
    monday.move_to(utc("2026-03-02 12:00"), tick=False)
    actions.answer(case, by=kim, text="We look into it.")
    new = actions.split(case, by=kim, seq=1, title="Another").case
    third = actions.split(new, by=kim, seq=1, title="A third").case
    assert response_of(third).outcome == "cancelled"
    assert misses_of_responses() == 1


def test_the_first_case_keeps_its_words_and_its_clocks(two_issues, kim):
    before = list(
        two_issues.clocks.order_by("id").values(
            "kind", "due_at", "started_at", "stopped_at", "outcome"
        )
    )
    split(two_issues, kim)
    two_issues.refresh_from_db()
    assert list(two_issues.clocks.order_by("id").values(*before[0])) == before
    assert two_issues.events.get(seq=3).update.text == "And the reports are empty."


def test_both_journals_say_it_and_the_cases_are_linked(two_issues, kim):
    new = split(two_issues, kim).case
    assert new.events.get().particulars["split_from"] == two_issues.code
    payload = two_issues.events.get(verb=EventType.SPLIT).particulars
    assert (payload["other"], payload["seq"]) == (new.code, 3)
    link = CaseLink.objects.get()
    assert (link.case, link.other, link.kind) == (new, two_issues, "split_from")


def test_the_contact_is_told_and_who_watched_watches_on(two_issues, ana, cole, kim):
    actions.watch(two_issues, by=cole)
    new = split(two_issues, kim).case
    assert set(Notification.objects.filter(case=new).values_list("recipient", flat=True)) == {
        ana.pk
    }
    assert Notification.objects.filter(
        case=two_issues, recipient=ana, subject__contains="separate case"
    ).exists()
    assert new.watches.get().watcher == cole


def test_a_part_of_the_words_can_be_split_at_another_severity(two_issues, kim):
    new = split(two_issues, kim, text="Reports.", severity=2).case
    assert (new.description, new.severity) == ("Reports.", 2)


def test_the_filing_itself_can_hold_a_second_issue(two_issues, kim):
    new = actions.split(two_issues, by=kim, seq=1, title="Another").case
    assert (new.description, new.opened_at) == ("They just end.", two_issues.opened_at)


def test_cares_own_words_make_a_case_that_counts_from_now(two_issues, kim):
    new = actions.split(two_issues, by=kim, seq=2, title="What we saw").case
    assert new.opened_at == utc("2026-03-02 10:00")


def test_an_internal_note_is_never_split(two_issues, kim):
    case = actions.note(two_issues, by=kim, text="Their firewall.").case
    with pytest.raises(Refused, match="Care's own"):
        actions.split(case, by=kim, seq=4, title="Firewall")
    assert Case.objects.count() == 1


def test_the_same_words_are_not_split_twice_by_a_button_pressed_twice(two_issues, kim):
    split(two_issues, kim)
    with pytest.raises(Refused, match="already"):
        split(two_issues, kim)


def test_only_care_splits(two_issues, ana):
    with pytest.raises(Refused, match="Only Care"):
        split(two_issues, ana)


def test_a_critical_part_names_who_is_there(two_issues, ana, kim):
    case = actions.set_severity(two_issues, by=kim, severity=2, text="Worse.").case
    new = split(case, kim, severity=1).case
    assert (new.on_duty_name, new.call_back_number) == _named_for(ana)


def _named_for(ana):
    from contacts import roster

    return roster.named_for(ana, utc("2026-03-02 10:00"))
