"""A duplicate leads its contact to the case that goes on (§5, §13)."""

import pytest

from cases import actions
from cases.actions.catalogue import possible
from cases.actions.context import ActionContext
from core.errors import Refused
from tests import cast


@pytest.fixture
def merged(ana, kim):
    """An older case, and its duplicate that was merged into it."""
    older, newer = cast.file(ana, title="Older"), cast.file(ana, title="Newer")
    actions.merge(newer, by=kim, survivor=older, text="The same outage.")
    newer.refresh_from_db()
    return older, newer


def test_the_contact_neither_reopens_nor_continues_a_duplicate(merged, ana):
    older, newer = merged
    offered = possible(ActionContext(newer, ana))
    assert "reopen" not in offered
    assert "continue" not in offered
    with pytest.raises(Refused, match=f"goes on as {older.code}"):
        actions.reopen(newer, by=ana, text="It came back.")
    with pytest.raises(Refused, match=f"goes on as {older.code}"):
        actions.continue_case(newer, by=ana, text="It came back.")


def test_care_may_undo_a_merge(merged, kim):
    _, newer = merged
    assert actions.reopen(newer, by=kim, text="It is another outage.").case.is_open


def test_the_page_leads_to_the_case_that_goes_on(merged, ana, client):
    older, newer = merged
    client.force_login(ana)
    page = client.get(f"/portal/cases/{newer.code}/").content.decode()
    assert f'It goes on as <a href="/portal/cases/{older.code}/">{older.code}</a>' in page
    assert "you can reopen the case until" not in page
    assert f"/portal/cases/{newer.code}/reopening/" not in page
    printed = client.get(f"/portal/cases/{newer.code}/print/").content.decode()
    assert f"{older.code}</a>" in printed


def test_another_closed_case_can_be_reopened_as_before(ana, kim, client):
    case = actions.accept(cast.proposed(ana, kim), by=ana).case
    client.force_login(ana)
    page = client.get(f"/portal/cases/{case.code}/").content.decode()
    assert "you can reopen the case until" in page
