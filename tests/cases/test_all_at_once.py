"""Fifty people at one case in one moment, on real PostgreSQL: what results is a history that the
policy allows.
"""

import random
import threading
from datetime import timedelta

import pytest
from django.db import close_old_connections, connection
from django.utils import timezone
from django_fsm import TransitionNotAllowed

from cases import actions, event_log, presence, reply_drafts
from cases.choices import CaseState, EventType
from cases.facts import facts_of
from cases.models import Case, CaseLink, Presence
from core.errors import Refused
from core.tenancy import care_scope
from sla import clocks, holding
from sla.models import Clock
from tests import cast

MANY = 50


@pytest.fixture
def people(transactional_db):
    with care_scope():
        acme = cast.organisation("acme", "Acme Retail")
        ana = cast.contact(acme, "Ana Albers", "ana@acme.example")
        desk = [
            cast.care(f"Analyst {number}", f"a{number}@care.example", "analyst")
            for number in range(5)
        ]
        return ana, desk


def all_at_once(acts):
    """Do every act in a thread of its own, a few connections at a time; what each came to, in the
    order of the acts.
    """
    begun, room, came_to = threading.Barrier(len(acts)), threading.Semaphore(12), [""] * len(acts)

    def do(place, act):
        begun.wait()
        with room:
            try:
                with care_scope():
                    act()
                came_to[place] = "done"
            except (Refused, TransitionNotAllowed) as refused:
                came_to[place] = type(refused).__name__
            except Exception as broken:
                came_to[place] = repr(broken)
            finally:
                connection.close()

    threads = [threading.Thread(target=do, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    close_old_connections()
    return came_to


def is_proven() -> bool:
    with care_scope():
        return list(event_log.breaks()) == list(clocks.verify()) == []


def test_fifty_conflicting_verbs_on_one_case_leave_a_legal_history(people):
    ana, desk = people
    with care_scope():
        case, other = cast.file(ana, title="The older"), cast.file(ana, title="The duplicate")
    verbs = [
        lambda by: actions.take(other, by=by),
        lambda by: actions.answer(other, by=by, text="We look into it."),
        lambda by: actions.request_information(other, by=by, text="Which phones?"),
        lambda by: actions.answer_as_contact(other, by=ana, text="All."),
        lambda by: actions.set_severity(other, by=by, severity=4, text="Milder."),
        lambda by: actions.set_severity(other, by=by, severity=3, text="As it was."),
        lambda by: actions.split(other, by=by, seq=1, title=f"Part of {by.name}"),
        lambda by: actions.restore(other, by=by, text="It works."),
        lambda by: actions.merge(other, by=by, survivor=case, text="The same."),
        lambda by: actions.merge(case, by=by, survivor=other, text="The other way round."),
    ]
    acts = [lambda verb=verb, by=by: verb(by) for verb in verbs for by in desk]
    random.Random(4021).shuffle(acts)
    came_to = all_at_once(acts)
    assert len(came_to) == MANY
    assert set(came_to) <= {"done", "Refused", "TransitionNotAllowed"}, came_to
    assert is_proven()
    with care_scope():
        other.refresh_from_db(), case.refresh_from_db()
        events = cast.verbs(other)
        assert events.count(EventType.RESTORED) == (1 if other.restored_at else 0)
        assert events.count(EventType.CLOSED) == cast.verbs(case).count(EventType.MERGED) <= 1
        assert case.is_open
        assert (other.state == CaseState.CLOSED) == CaseLink.objects.filter(
            kind="duplicates"
        ).exists()
        if other.state == CaseState.CLOSED:  # nothing happens to a case after its end
            assert events[-1] == EventType.CLOSED
        splits = CaseLink.objects.filter(kind="split_from").count()
        assert splits == events.count(EventType.SPLIT) <= len(desk)


def test_of_fifty_who_merge_or_split_at_once_each_thing_happens_once(people):
    ana, desk = people
    with care_scope():
        case, other = cast.file(ana, title="The older"), cast.file(ana, title="The duplicate")
        before = list(
            Clock.objects.filter(case=case).order_by("id").values("kind", "due_at", "started_at")
        )
    acts = [
        lambda by=by: actions.merge(other, by=by, survivor=case, text="The same.")
        for by in desk * 5
    ]
    acts += [
        lambda by=by: actions.split(case, by=by, seq=1, title="Another issue") for by in desk * 5
    ]
    came_to = all_at_once(acts)
    assert (came_to[:25].count("done"), came_to[25:].count("done")) == (1, 1), came_to
    assert is_proven()
    with care_scope():
        assert Case.objects.count() == 3
        assert list(Clock.objects.filter(case=case).order_by("id").values(*before[0])) == before


def test_cases_that_are_linked_both_ways_at_once_hold_each_other_up_and_nobody_else(people):
    ana, desk = people
    with care_scope():
        first, second = cast.file(ana, title="First"), cast.file(ana, title="Second")
    acts = [
        lambda by=by: actions.link(first, by=by, other=second, kind="child_of") for by in desk * 5
    ]
    acts += [
        lambda by=by: actions.link(second, by=by, other=first, kind="child_of") for by in desk * 5
    ]
    came_to = all_at_once(acts)
    assert came_to.count("done") == 1, came_to
    assert set(came_to) == {"done", "Refused"}
    assert is_proven()


def test_fifty_pages_that_say_they_are_open_at_once_are_as_many_people_as_there_are(people):
    ana, desk = people
    with care_scope():
        case = cast.file(ana)
    came_to = all_at_once([lambda by=by: presence.be_here(case, by=by) for by in desk * 10])
    assert came_to == ["done"] * MANY
    with care_scope():
        assert Presence.objects.count() == len(desk)


def test_two_windows_that_save_one_draft_at_once_lose_no_words(people):
    ana, desk = people
    with care_scope():
        case = cast.file(ana)
        draft = reply_drafts.save(case, by=desk[0], noun="answer", text="Begun")

    def save(text):
        reply_drafts.save(case, by=desk[0], noun="answer", text=text, key=draft.pk, revision=1)

    all_at_once([lambda: save("From one window"), lambda: save("From the other")])
    with care_scope():
        assert {one.text for one in reply_drafts.mine(case, desk[0])} == {
            "From one window",
            "From the other",
        }


def test_cases_that_wait_for_one_another_never_block_each_other(people):
    """The awaited case is the newer one: its resolution finds the older ones, which others hold."""
    ana, (kim, lee, *_) = people
    until = timezone.now() + timedelta(hours=5)

    def waits(case):
        return lambda: actions.put_on_hold(case, by=lee, until=until, text="It waits.", after=other)

    with care_scope():
        older = [cast.waiting(ana, kim) for _ in range(4)]
        other = actions.answer(cast.file(ana), by=kim, text="We look.").case
        for case in older:
            waits(case)()
    acts = [waits(case) for case in [*older, *older]]
    acts.append(lambda: actions.propose_resolution(other, by=kim, text="Fixed."))
    acts.append(lambda: actions.answer_as_contact(older[0], by=ana, text="These."))
    assert set(all_at_once(acts)) <= {"done", "Refused"}
    holding.end_left_behind()
    with care_scope():
        assert [facts_of(case).hold for case in older] == [None] * 4
    assert is_proven()


def test_people_who_close_a_circle_of_holds_at_once_leave_one_that_ends(people):
    """No two of these holds have a case in common, so their cases' locks do not see the circle."""
    ana, (kim, *desk) = people
    until = timezone.now() + timedelta(hours=5)
    with care_scope():
        circle = [cast.waiting(ana, kim) for _ in range(8)]

    def waits(number):
        case, after = circle[number], circle[(number + 1) % len(circle)]
        by = desk[number % len(desk)]
        return lambda: actions.put_on_hold(case, by=by, until=until, text="It waits.", after=after)

    with care_scope():
        for number in range(0, 8, 2):
            waits(number)()
    came_to = all_at_once([waits(number) for number in range(1, 8, 2)])
    assert sorted(came_to) == ["Refused", "done", "done", "done"]
    with care_scope():
        ends = [case for case in circle if facts_of(case).hold is None]
    assert len(ends) == 1
    assert is_proven()
