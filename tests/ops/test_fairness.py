"""No customer takes all of a web process: the others, and Care, always find room."""

import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from caretrack.web import fairness
from caretrack.web.fairness import TooMany, Turns
from core.tenancy import APP_ROLE, AUTH_ROLE, CARE_ROLE, Scope

ACME, GLOBEX, INITECH = (Scope(APP_ROLE, key) for key in (1, 2, 3))


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch):
    monkeypatch.setattr(fairness, "WAIT_SECONDS", 0.05)


def test_one_organisation_has_half_of_the_connections():
    turns = Turns(4)
    with turns.turn(ACME), turns.turn(ACME):
        with pytest.raises(TooMany), turns.turn(ACME):
            pass
        with turns.turn(GLOBEX):
            pass
    with turns.turn(ACME):
        pass


def test_all_customers_and_strangers_leave_one_connection_to_care():
    turns = Turns(4)
    with turns.turn(ACME), turns.turn(ACME), turns.turn(Scope(AUTH_ROLE)):
        for scope in (GLOBEX, Scope(AUTH_ROLE)):
            with pytest.raises(TooMany), turns.turn(scope):
                pass
        for _request in range(10):
            with turns.turn(Scope(CARE_ROLE)):
                pass


def test_a_request_that_waits_is_served_when_another_ends(monkeypatch):
    monkeypatch.setattr(fairness, "WAIT_SECONDS", 30)
    turns, served = Turns(2), threading.Event()

    def second():
        with turns.turn(INITECH):
            served.set()

    with turns.turn(ACME):
        thread = threading.Thread(target=second)
        thread.start()
        assert not served.is_set()
    thread.join(10)
    assert served.is_set()
    assert turns._running == {}


@pytest.mark.django_db
def test_who_waits_holds_no_connection(monkeypatch):
    """Reading whose token it is takes a connection before the turn is known; a pool of them would
    starve Care.
    """
    monkeypatch.setattr(fairness, "WAIT_SECONDS", 30)
    turns, waits, held = Turns(2), threading.Event(), []

    def second():
        connection.ensure_connection()
        waits.set()
        with turns.turn(ACME):
            held.append(connection.connection is not None)

    with turns.turn(ACME):
        thread = threading.Thread(target=second)
        thread.start()
        assert waits.wait(10)
        while not turns._changed._waiters:
            thread.join(0.01)
    thread.join(10)
    assert held == [False]


def test_too_many_at_once_are_asked_to_try_again_in_words(ana, monkeypatch):
    monkeypatch.setattr(fairness, "turns", Turns(2))
    client = Client()
    client.force_login(ana)
    with fairness.turns.turn(Scope(APP_ROLE, ana.organisation_id)):
        answer = client.get("/portal/")
        assert (answer.status_code, answer["Retry-After"]) == (429, "2")
        assert "asks for too much at once" in answer.content.decode()
    assert client.get("/portal/").status_code == 200


def test_an_upload_is_received_before_a_connection_is_taken(ana, monkeypatch):
    """A slow line holds a thread, and neither a turn nor a transaction."""
    seen = []
    client = Client()
    client.force_login(ana)
    real = fairness.Turns.turn

    def watched(self, scope):
        seen.append(connection.in_atomic_block)
        return real(self, scope)

    class Watched(SimpleUploadedFile):
        pass

    monkeypatch.setattr(fairness.Turns, "turn", watched)
    file = Watched("a.log", b"x" * 1000)
    assert client.post("/portal/evidence/", {"file": file, "files": file}).status_code < 500
    assert seen
