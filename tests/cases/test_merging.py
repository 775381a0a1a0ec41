"""§5: duplicates are merged, and the clocks of the case that goes on are never shortened or
lost.
"""

import pytest

from cases import actions, event_log
from cases.actions import closing
from cases.choices import CaseState, EventType
from cases.models import CaseLink, Notification
from core.errors import Refused
from sla import auto_closure, clocks
from sla.models import ClockFact
from tests import cast
from tests.cast import utc

TEXT = "It is the same codec."
SHOWN = (
    "kind",
    "ordinal",
    "severity",
    "started_at",
    "target_seconds",
    "pauses",
    "due_at",
    "stopped_at",
    "outcome",
)


@pytest.fixture
def monday(time_machine):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    return time_machine


@pytest.fixture
def ivo(acme):
    """Another Designated Contact of Acme's."""
    return cast.contact(acme, "Ivo Ito", "ivo@acme.example")


@pytest.fixture
def pair(ana, ivo, monday):
    """Ana's case of nine o'clock, and Ivo's of ten about the same."""
    survivor = cast.file(ana)
    monday.move_to(utc("2026-03-02 10:00"), tick=False)
    return cast.file(ivo, title="No sound"), survivor


def merge(pair, by):
    return actions.merge(pair[0], by=by, survivor=pair[1], text=TEXT)


def test_the_duplicate_closes_with_a_link_and_the_survivors_clocks_stay_as_they_were(pair, kim):
    duplicate, survivor = pair
    before = list(survivor.clocks.order_by("id").values(*SHOWN))
    merge(pair, kim)
    duplicate.refresh_from_db(), survivor.refresh_from_db()
    assert (duplicate.state, duplicate.closing_reason) == (CaseState.CLOSED, "duplicate")
    link = CaseLink.objects.get()
    assert (link.case, link.other, link.kind) == (duplicate, survivor, "duplicates")
    assert list(survivor.clocks.order_by("id").values(*SHOWN)) == before
    assert (survivor.severity, survivor.state) == (3, CaseState.NEW)
    assert list(clocks.verify()) == list(event_log.breaks()) == []


def test_both_journals_say_it(pair, kim):
    duplicate, survivor = pair
    merge(pair, kim)
    assert duplicate.events.latest("seq").particulars["merged_into"] == survivor.code
    assert survivor.events.latest("seq").particulars["other"] == duplicate.code


def test_the_duplicates_contact_and_watchers_watch_the_survivor_and_are_told(
    pair, ana, ivo, cole, kim
):
    duplicate, survivor = pair
    actions.watch(duplicate, by=cole)
    Notification.objects.all().delete()
    merge(pair, kim)
    assert {watch.watcher for watch in survivor.watches.all()} == {ivo, cole}
    notified = {(notice.recipient, notice.case) for notice in Notification.objects.all()}
    assert notified >= {(ivo, duplicate), (ana, survivor), (ivo, survivor), (cole, survivor)}


def test_a_breach_of_the_duplicate_stays_a_fact(pair, kim, monday):
    monday.move_to(utc("2026-03-03 10:00"), tick=False)
    merge(pair, kim)
    assert ClockFact.objects.filter(case=pair[0], step__startswith="breach").exists()


def test_the_older_case_goes_on_so_that_no_promise_begins_later(pair, kim):
    with pytest.raises(Refused, match="is the older one"):
        merge(tuple(reversed(pair)), kim)


def test_the_milder_case_does_not_swallow_the_graver_one(pair, kim):
    duplicate = actions.set_severity(pair[0], by=kim, severity=2, text="Worse.").case
    with pytest.raises(Refused, match="set the severity"):
        merge((duplicate, pair[1]), kim)
    survivor = actions.set_severity(pair[1], by=kim, severity=2, text="Worse.").case
    merge((duplicate, survivor), kim)
    survivor.refresh_from_db()
    assert survivor.severity == 2


def test_a_critical_case_cannot_be_merged_away_from_its_root_cause_analysis(ana, ivo, kim, monday):
    survivor, duplicate = cast.file(ana, severity=1), cast.file(ivo, severity=1)
    with pytest.raises(Refused, match="root cause analysis"):
        merge((duplicate, survivor), kim)
    duplicate.refresh_from_db()
    assert duplicate.is_open
    assert not CaseLink.objects.exists()
    assert cast.verbs(survivor) == ["filed"]


def test_a_proposal_on_a_critical_case_that_was_lowered_since_holds_too(ana, kim, monday):
    survivor = cast.file(ana)
    duplicate = actions.set_severity(
        cast.proposed(ana, kim, severity=1), by=kim, severity=3, text="Over."
    ).case
    with pytest.raises(Refused, match="analysis"):
        merge((duplicate, survivor), kim)


def test_what_counts_as_restored_takes_no_duplicate_that_is_not(pair, ana, kim):
    survivor = actions.restore(
        actions.answer(pair[1], by=kim, text="On it.").case, by=kim, text="It works."
    ).case
    with pytest.raises(Refused, match="promise would be lost"):
        merge((pair[0], survivor), kim)


def test_what_the_contact_asked_on_the_duplicate_is_answered_first(pair, ivo, kim):
    contested = actions.contest_severity(pair[0], by=ivo, text="Nobody can work.").case
    with pytest.raises(Refused, match="contests the severity"):
        merge((contested, pair[1]), kim)
    upheld = actions.uphold_severity(contested, by=kim, text="A workaround is there.").case
    escalation = actions.request_escalation(upheld, by=ivo, text="It takes long.").case
    with pytest.raises(Refused, match="escalation"):
        merge((escalation, pair[1]), kim)


def test_words_on_the_duplicate_end_a_wait_that_began_before_them(ana, ivo, kim, monday):
    survivor = cast.waiting(ana, kim)
    monday.move_to(utc("2026-03-02 11:00"), tick=False)
    duplicate = cast.file(ivo, title="No sound")
    merge((duplicate, survivor), kim)
    survivor.refresh_from_db()
    assert survivor.state == CaseState.IN_PROGRESS
    assert survivor.clocks.get(kind="customer_response").outcome == "answered"
    assert survivor.clocks.get(kind="restore").pauses[-1][1] is not None
    assert list(clocks.verify()) == []


def test_a_wait_goes_on_where_the_duplicate_was_filed_before_it(ana, ivo, kim, monday):
    survivor, duplicate = cast.file(ana), cast.file(ivo)
    monday.move_to(utc("2026-03-02 11:00"), tick=False)
    survivor = actions.request_information(survivor, by=kim, text="Which phones?").case
    merge((duplicate, survivor), kim)
    survivor.refresh_from_db()
    assert survivor.state == CaseState.WAITING_ON_CONTACT
    assert auto_closure.allowed_at(survivor)[0] is None


def test_cases_of_two_organisations_are_never_merged(ana, ben, kim, monday):
    with pytest.raises(Refused, match="two organisations"):
        merge((cast.file(ben), cast.file(ana)), kim)


def test_only_open_cases_are_merged(pair, kim):
    merge(pair, kim)
    with pytest.raises(Refused, match="is closed"):
        merge(pair, kim)
    assert cast.verbs(pair[1]).count(EventType.MERGED) == 1


def test_only_care_merges(pair, ana):
    with pytest.raises(Refused, match="Only Care"):
        merge(pair, ana)


def test_a_duplicate_of_a_duplicate_leads_to_the_case_that_goes_on(ana, kim, monday, client):
    first, second, third = (cast.file(ana, title=title) for title in ("A", "B", "C"))
    actions.merge(third, by=kim, survivor=second, text="The same.")
    actions.merge(second, by=kim, survivor=first, text="The same.")
    client.force_login(ana)
    page = client.get(f"/portal/cases/{third.code}/").content.decode()
    assert f"{first.code}</a>: please write there." in page
    with pytest.raises(Refused, match=f"goes on as {first.code}"):
        actions.reopen(third, by=ana, text="Again.")
    actions.close(first, by=kim, reason="out_of_scope", text="Not ours.")
    page = client.get(f"/portal/cases/{third.code}/").content.decode()
    assert f'It went on as <a href="/portal/cases/{first.code}/">' in page
    assert "which is closed too." in page


def test_a_duplicate_that_was_reopened_and_merged_again_leads_to_the_later_case(ana, kim, monday):
    first, second, third = (cast.file(ana, title=title) for title in ("A", "B", "C"))
    actions.merge(third, by=kim, survivor=second, text="The same.")
    third = actions.reopen(third, by=kim, text="It is another one.").case
    actions.merge(third, by=kim, survivor=first, text="The same as A.")
    third.refresh_from_db()
    assert closing.survivor_of(third) == first
