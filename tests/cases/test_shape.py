"""Promises the code makes about its own shape."""

import threading

from django.db import connection

from caretrack import wiring
from cases import actions, signals
from cases.choices import EventType
from cases.events import EVENTS
from cases.models import Case
from contacts import signals as people
from core.errors import Refused
from core.tenancy import care_scope
from sla.event_mapping import EFFECTS
from sla.models import Clock
from tests import cast


def test_everything_that_listens_stands_on_the_page_of_the_wiring_in_order():
    for signal, listeners in (
        (signals.before_event, wiring.OBJECTIONS),
        (signals.event_recorded, wiring.CASE_LISTENERS),
        (people.event_recorded, wiring.PEOPLE_LISTENERS),
    ):
        assert [reference() for _key, reference, *_ in signal.receivers] == list(listeners)


def test_every_kind_of_event_has_its_class_and_its_sentence_and_the_clocks_know_no_other():
    assert set(EVENTS) == set(EventType)
    assert all(verb.label for verb in EventType)
    assert set(EFFECTS) <= set(EventType)


def test_a_set_of_rows_agrees_with_its_twin_on_a_row(ana, kim):
    for make in (
        lambda: cast.file(ana),
        lambda: cast.waiting(ana, kim),
        lambda: cast.proposed(ana, kim),
    ):
        make()
    actions.accept(cast.proposed(ana, kim), by=ana)
    assert set(Case.objects.being_worked()) == {case for case in Case.objects.all() if case.is_open}
    assert set(Case.objects.contacts_turn()) == {
        case for case in Case.objects.all() if case.is_contacts_turn
    }
    assert set(Clock.objects.running()) == {
        clock for clock in Clock.objects.all() if clock.is_running
    }


def test_of_many_who_take_a_case_at_once_each_is_recorded_in_turn(transactional_db):
    with care_scope():
        ana = cast.contact(cast.organisation("acme", "Acme"), "Ana", "ana@acme.example")
        team = [cast.care(f"Analyst {n}", f"a{n}@care.example", "analyst") for n in range(8)]
        case = cast.file(ana)
    refused = []

    def take_and_restore(analyst):
        try:
            with care_scope():
                actions.take(case, by=analyst)
                actions.restore(case, by=analyst, text="It works.")
        except Refused as refusal:
            refused.append(refusal.reason)
        finally:
            connection.close()

    threads = [threading.Thread(target=take_and_restore, args=(analyst,)) for analyst in team]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with care_scope():
        assert cast.verbs(case) == ["filed", "taken", "restored"]
        assert refused == ["The case is recorded as restored already."] * 7
