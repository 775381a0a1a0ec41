"""Parents, children, and links that are taken away again."""

import pytest

from cases import actions
from cases.models import CaseLink
from core.errors import Refused
from tests import cast


@pytest.fixture
def family(ana, kim):
    parent, child = cast.file(ana, title="Outage"), cast.file(ana, title="Berlin")
    actions.link(child, by=kim, other=parent, kind="child_of")
    return parent, child


def test_closing_a_parent_names_the_children_that_stay_open(family, kim):
    parent, child = family
    event = actions.close(parent, by=kim, reason="out_of_scope", text="It is your network.")
    assert event.particulars["open_children"] == [child.code]
    child.refresh_from_db()
    assert child.is_open


def test_a_closed_child_is_not_named(family, ana, kim):
    parent, child = family
    actions.withdraw(child, by=ana, text="It works.")
    event = actions.close(parent, by=kim, reason="out_of_scope", text="It is your network.")
    assert "open_children" not in event.particulars


def test_a_case_has_one_parent_and_a_child_no_children(family, ana, kim):
    parent, child = family
    other = cast.file(ana, title="Other")
    with pytest.raises(Refused, match="one parent"):
        actions.link(child, by=kim, other=other, kind="child_of")
    with pytest.raises(Refused, match="is a child itself"):
        actions.link(other, by=kim, other=child, kind="child_of")
    with pytest.raises(Refused, match="children of its own"):
        actions.link(parent, by=kim, other=other, kind="child_of")


def test_a_link_is_taken_away_and_the_journal_says_so(family, kim):
    parent, child = family
    event = actions.unlink(child, by=kim, other=parent, kind="child_of")
    assert (event.verb, event.particulars["other"]) == ("unlinked", parent.code)
    assert not CaseLink.objects.exists()
    with pytest.raises(Refused, match="not linked"):
        actions.unlink(child, by=kim, other=parent, kind="child_of")


def test_a_merge_and_a_split_stay_linked(ana, kim):
    first = cast.file(ana)
    second = actions.split(first, by=kim, seq=1, title="The other issue").case
    with pytest.raises(Refused, match="is a fact"):
        actions.unlink(second, by=kim, other=first, kind="split_from")
    actions.merge(second, by=kim, survivor=first, text="It was one issue after all.")
    with pytest.raises(Refused, match="is a fact"):
        actions.unlink(second, by=kim, other=first, kind="duplicates")
