"""Queue and page agree whose turn it is."""

import pytest
from django.utils import timezone

from caretrack.web.shared import clock_view, next_step
from cases import actions
from cases.facts import facts_of
from rca.gate import why_held
from tests import cast


def page_turn(case, kim) -> str:
    """Whose turn Care reads at the top of the case."""
    now = timezone.now()
    return next_step.sentence(
        case,
        clock_view.of_case(case, now, kim),
        kim,
        held=why_held(case),
        has_written=facts_of(case).has_contact_written_since_proposal,
    ).whose


def proposed_and_held(ana, kim, maya):
    return cast.proposed(ana, kim, severity=1)


def proposed_and_published(ana, kim, maya):
    case = cast.proposed(ana, kim, severity=1)
    cast.published(case, kim, maya)
    return case


def proposed(ana, kim, maya):
    return cast.proposed(ana, kim)


def proposed_and_written_to(ana, kim, maya):
    return actions.answer_as_contact(cast.proposed(ana, kim), by=ana, text="One more thing.").case


def proposed_written_to_and_answered(ana, kim, maya):
    case = proposed_and_written_to(ana, kim, maya)
    return actions.answer(case, by=kim, text="That is included.").case


def waiting(ana, kim, maya):
    return cast.waiting(ana, kim)


def taken(ana, kim, maya):
    return actions.take(cast.file(ana), by=kim).case


CASES = {
    proposed_and_held: False,
    proposed_and_published: True,
    proposed: True,
    proposed_and_written_to: False,
    proposed_written_to_and_answered: True,
    waiting: True,
    taken: False,
}


@pytest.mark.parametrize(
    ("history", "theirs"), CASES.items(), ids=lambda one: getattr(one, "__name__", "")
)
def test_the_queue_says_what_the_page_says(history, theirs, ana, kim, maya):
    case = history(ana, kim, maya)
    case.refresh_from_db()
    assert case.queue_entry.is_contacts_turn is theirs
    assert (page_turn(case, kim) == "theirs") is theirs


def test_the_row_of_a_case_whose_analysis_is_owed_is_ours(ana, kim, client):
    cast.proposed(ana, kim, severity=1)
    client.force_login(kim)
    assert "<strong>our" in client.get("/console/").content.decode()


def test_a_case_whose_analysis_is_owed_is_not_about_to_close(ana, kim):
    case = cast.proposed(ana, kim, severity=1)
    assert case.queue_entry.closing_at is None
