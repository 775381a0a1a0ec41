"""The follow-up case of a root cause analysis ends with its publication (§12)."""

import pytest
from django.test import Client

from cases import actions
from cases.choices import CaseKind, CaseState, ClosingReason
from cases.models import Case
from core.errors import Refused
from rca.models import Analysis
from sla.models import Clock, QueueEntry
from tests import cast
from tests.cast import utc


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


def pages(follow_up, kim, ana):
    """The page of Care, that of the customer, the customer's list, and the print view."""
    us, them = Client(), Client()
    us.force_login(kim)
    them.force_login(ana)
    ours = us.get(f"/console/cases/{follow_up.code}/").content.decode()
    theirs = [
        them.get(address).content.decode()
        for address in (
            f"/portal/cases/{follow_up.code}/",
            f"/portal/cases/?q={follow_up.code}",
            f"/portal/cases/{follow_up.code}/print/",
        )
    ]
    return ours, *theirs


@pytest.fixture
def at(time_machine):
    return lambda text: time_machine.move_to(utc(text), tick=False)


@pytest.fixture
def early(at):
    at("2026-03-02 09:00")


def test_both_sides_read_when_the_analysis_is_due(early, follow_up, kim, ana, at):
    clock = Clock.objects.get(kind="rca")
    ours, theirs, listed, printed = pages(follow_up, kim, ana)
    assert "The root cause analysis is due" in ours
    assert "by CareTrack" in " ".join(ours.split())
    assert "by portal" not in " ".join(ours.split())
    assert "We aim to deliver our root cause analysis by" in theirs
    due = f'datetime="{clock.due_at.isoformat().replace("+00:00", "Z")}"'
    for page in (ours, theirs, listed):
        assert "No SLA running" not in page
        assert "no deadline" not in page
    assert due in theirs.replace("+00:00", "Z")
    assert "no deadline" not in printed
    why = Client()
    for reader in (kim, ana):
        why.force_login(reader)
        assert why.get(f"/cases/{follow_up.code}/why/{clock.pk}/").status_code == 200
    at("2026-05-02 09:00")
    ours, theirs, *_ = pages(follow_up, kim, ana)
    assert "The root cause analysis was due" in ours
    assert "We are late, and we are on it." in theirs


def test_an_analysis_that_waits_for_the_next_resolution_says_so(early, follow_up, kim, ana):
    original = Case.objects.get(kind=CaseKind.PROBLEM)
    actions.report_issue(original, by=ana, text="It still drops.")
    ours, theirs, listed, _printed = pages(follow_up, kim, ana)
    for page in (ours, theirs, listed):
        assert "The root cause analysis is due again after the next resolution." in page


@pytest.mark.parametrize("reason", ["withdrawn", "duplicate", "out_of_scope"])
def test_a_follow_up_that_ends_otherwise_leaves_the_analysis_owed(
    early, reason, follow_up, kim, maya, ana
):
    actions.close(follow_up, by=kim, reason=reason, text="Their own wish.")
    ours, theirs, _listed, printed = pages(follow_up, kim, ana)
    for page in (ours, theirs, printed):
        assert str(ClosingReason(reason).label) in page
        assert "aim to deliver our root cause" not in page
    original = Case.objects.get(kind=CaseKind.PROBLEM)
    assert Analysis.objects.get(case=original).state == "owed"
    assert Clock.objects.running().filter(case=original, kind="rca").exists()
    cast.published(original, kim, maya)
    follow_up.refresh_from_db()
    assert follow_up.closing_reason == reason


def test_a_held_case_names_its_analysis_in_the_list_and_no_closure(early, follow_up, kim, ana):
    original = Case.objects.get(kind=CaseKind.PROBLEM)
    actions.set_severity(original, by=kim, severity=3, text="Few are affected.")
    client = Client()
    client.force_login(ana)
    rows = {row.code: row.next for row in client.get("/portal/cases/").context["rows"]}
    assert "Root cause analysis" in rows[original.code]
    assert "Closure" not in rows[original.code]
    exported = b"".join(client.get("/portal/cases/export/")).decode()
    assert "Closure" not in exported
    client.force_login(kim)
    assert "see its root cause analysis" in client.get("/console/").content.decode()
