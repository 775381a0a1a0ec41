"""The follow-up case of a root cause analysis ends with its publication (§12)."""

import pytest

from cases import actions
from cases.choices import CaseKind, CaseState, ClosingReason
from cases.models import Case
from core.errors import Refused
from sla.models import Clock, QueueEntry
from tests import cast


@pytest.fixture
def follow_up(ana, kim):
    """A Critical case with a proposed resolution has a follow-up case."""
    cast.proposed(ana, kim, severity=1)
    return Case.objects.get(kind=CaseKind.RCA_FOLLOW_UP)


def test_the_follow_up_ends_with_the_publication(follow_up, kim, maya):
    assert follow_up.state == CaseState.NEW
    cast.published(Case.objects.get(kind=CaseKind.PROBLEM), kim, maya)
    follow_up.refresh_from_db()
    assert (follow_up.state, follow_up.closing_reason) == ("closed", ClosingReason.DELIVERED)
    assert not QueueEntry.objects.filter(case=follow_up).exists()
    assert not Clock.objects.running().filter(case=follow_up).exists()


def test_nobody_else_ends_a_case_in_this_way(follow_up, kim, ana):
    with pytest.raises(Refused):
        actions.end_follow_up(follow_up, by=kim)
    with pytest.raises(Refused):
        actions.close(follow_up, by=kim, reason=ClosingReason.DELIVERED, text="Done.")
