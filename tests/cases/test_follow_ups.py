"""§13: after the window an answer opens a new case that is linked to the old one."""

from datetime import timedelta

import pytest

from cases import actions
from cases.models import Case, CaseLink, Notification
from core.errors import Refused
from sla import clocks
from tests import cast


@pytest.fixture
def closed(ana, kim, time_machine):
    """A case that was accepted on Thursday, three weeks before now."""
    time_machine.move_to(cast.utc("2026-03-05 09:00"), tick=False)
    case = actions.accept(cast.proposed(ana, kim), by=ana).case
    time_machine.move_to(cast.utc("2026-03-26 09:00"), tick=False)
    return case


def test_an_answer_after_the_window_opens_a_new_linked_case_with_promises_of_its_own(closed, ana):
    with pytest.raises(Refused, match="time to reopen this case is over"):
        actions.reopen(closed, by=ana, text="It is back.")
    new = actions.continue_case(closed, by=ana, text="It is back.").case
    assert (new.title, new.severity, new.description, new.state) == (
        "Again: Calls drop after 30 s",
        closed.severity,
        "It is back.",
        "new",
    )
    link = CaseLink.objects.get()
    assert (link.case, link.other, link.kind) == (new, closed, "continues")
    assert new.clocks.get(kind="response").started_at == cast.utc("2026-03-26 09:00")
    closed.refresh_from_db()
    assert (closed.state, cast.verbs(closed)[-1]) == ("closed", "linked")
    assert list(clocks.verify()) == []
    assert Notification.objects.filter(case=new).exists()


def test_it_stays_one_again_however_often_it_comes_back(closed, ana, kim, time_machine):
    new = actions.continue_case(closed, by=ana, text="It is back.").case
    actions.withdraw(new, by=ana, text="Gone.")
    time_machine.shift(timedelta(days=30))
    assert (
        actions.continue_case(new, by=ana, text="Back.").case.title
        == "Again: Calls drop after 30 s"
    )


def test_only_a_contact_of_the_organisation_continues_and_only_what_is_closed(
    closed, ana, ben, cole, kim
):
    for stranger in (ben, cole, kim):
        with pytest.raises(Refused):
            actions.continue_case(closed, by=stranger, text="Mine.")
    with pytest.raises(Refused, match="is open"):
        actions.continue_case(cast.file(ana), by=ana, text="More.")
    assert Case.objects.count() == 2


def test_a_critical_case_is_filed_anew_with_a_number_to_call(closed, ana):
    Case.objects.filter(pk=closed.pk).update(severity=1)
    with pytest.raises(Refused, match="number on which we reach you"):
        actions.continue_case(closed, by=ana, text="Down again.")


def test_a_thank_you_on_a_closed_case_is_heard_and_reopens_nothing(ana, kim):
    closed = actions.accept(cast.proposed(ana, kim), by=ana).case
    case = actions.remark(closed, by=ana, text="Thank you!").case
    assert (case.state, case.closing_reason) == ("closed", "accepted")
    assert Notification.objects.get(
        case=case, recipient=kim, event__verb="remarked"
    ).subject.endswith("which stays closed")
    assert list(clocks.verify([case.pk])) == []


def test_an_open_case_is_answered_and_not_remarked_upon(ana, ben, kim):
    case = cast.waiting(ana, kim)
    with pytest.raises(Refused, match="please answer it"):
        actions.remark(case, by=ana, text="Thank you!")
    closed = actions.accept(cast.proposed(ana, kim), by=ana).case
    for stranger in (ben, kim):
        with pytest.raises(Refused):
            actions.remark(closed, by=stranger, text="Thank you!")
