"""A reopened case has promises again, and both sides see them (§13)."""

import html
import re

import pytest

from cases import actions
from tests import cast
from tests.cast import utc


def text_of(response) -> str:
    """The words of a page, without its elements."""
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", html.unescape(words))


@pytest.fixture
def reopened(ana, kim, time_machine):
    """A High case that was solved on Monday, accepted, and came back on Tuesday morning."""
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    case = actions.answer(cast.file(ana, severity=2), by=kim, text="We look.").case
    case = actions.propose_resolution(case, by=kim, text="Fixed.").case
    case = actions.accept(case, by=ana).case
    time_machine.move_to(utc("2026-03-03 09:00"), tick=False)
    return actions.reopen(case, by=ana, text="It came back.").case


def test_the_contact_reads_when_the_answer_is_due(reopened, as_ana):
    page = text_of(as_ana.get(f"/portal/cases/{reopened.code}/"))
    assert "We'll reply by" in page
    assert "Nothing is promised" not in page
    assert "Response after reopening" in page
    assert "Restoration after reopening" in page


def test_the_analysis_that_is_owed_is_shown_as_owed(reopened, as_ana, ana, kim):
    page = text_of(as_ana.get(f"/portal/cases/{reopened.code}/"))
    assert "Root cause analysis due again after the next resolution" in page
    proposed = actions.propose_resolution(reopened, by=kim, text="Fixed again.").case
    page = text_of(as_ana.get(f"/portal/cases/{proposed.code}/"))
    assert "due again after the next resolution" not in page


def test_care_reads_the_same(reopened, client, kim):
    client.force_login(kim)
    page = text_of(client.get(f"/console/cases/{reopened.code}/"))
    assert "The response after the reopening is due" in page
    assert "Root cause analysis due again after the next resolution" in page


def test_each_promise_explains_itself(reopened, as_ana):
    for clock in reopened.clocks.filter(kind="response"):
        page = text_of(as_ana.get(f"/cases/{reopened.code}/why/{clock.pk}/"))
        assert clock.label in page


def test_the_queue_orders_a_reopened_case_by_its_new_promise(reopened):
    entry = reopened.queue_entry
    assert (entry.nearest_kind, entry.due_at) == ("response", utc("2026-03-03 10:00"))
