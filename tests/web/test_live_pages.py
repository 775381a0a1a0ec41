"""Open pages ask every few seconds whether anything changed: with a token, without a session and
without a statement while nothing has changed.
"""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from caretrack.web.shared.live import token_for
from cases import actions
from tests import cast


@pytest.fixture
def case(ana):
    return cast.file(ana)


def ask(token, version="", bell=""):
    return Client().get("/live/", {"t": token, "v": version, "b": bell})


def test_a_page_learns_of_an_event_after_its_commit(
    case, kim, ana, django_capture_on_commit_callbacks, django_assert_num_queries
):
    token = token_for(kim, case.pk)
    first = ask(token).json()
    assert first == {"version": case.event_count, "bell": first["bell"]}
    with django_assert_num_queries(0):
        assert ask(token, first["version"], first["bell"]).status_code == 204
    with django_capture_on_commit_callbacks(execute=True):
        case = actions.answer_as_contact(case, by=ana, text="More.").case
    with django_assert_num_queries(0):
        changed = ask(token, first["version"], first["bell"])
    assert changed.json()["version"] == case.event_count > first["version"]


def test_a_lost_cache_delays_nothing(case, kim, ana):
    token = token_for(kim, case.pk)
    before = ask(token).json()["version"]
    actions.answer_as_contact(case, by=ana, text="More.")  # not committed: nothing is announced
    cache.clear()
    assert ask(token).json()["version"] > before


def test_a_contact_never_learns_of_an_internal_event(
    case, kim, ana, django_capture_on_commit_callbacks
):
    token = token_for(ana, case.pk)
    before = ask(token).json()
    with django_capture_on_commit_callbacks(execute=True):
        actions.note(case, by=kim, text="Between us.")
    assert ask(token, before["version"], before["bell"]).status_code == 204
    cache.clear()
    assert ask(token, before["version"], before["bell"]).status_code == 204
    with django_capture_on_commit_callbacks(execute=True):
        actions.answer(case, by=kim, text="Hello.")
    assert ask(token, before["version"], before["bell"]).json()["version"] > before["version"]


def test_the_bell_counts_what_came_and_what_was_read(
    case, kim, ana, client, django_capture_on_commit_callbacks
):
    token = token_for(ana)
    before = ask(token).json()["bell"] if ask(token).status_code == 200 else ""
    with django_capture_on_commit_callbacks(execute=True):
        actions.answer(case, by=kim, text="Hello.")
    count = ask(token, 0, before).json()["bell"]
    assert int(count) == int(before or 0) + 1
    client.force_login(ana)
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/portal/notices/all-read/")
    assert ask(token, 0, count).json()["bell"] == ""


@pytest.mark.parametrize("token", ["", "x", "a:b:c"])
def test_without_a_token_there_is_no_answer(token):
    response = ask(token)
    assert (response.status_code, response.content) == (403, b"")


def test_a_token_ends_and_is_renewed_by_the_session_alone(case, ana, ben, client, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    token = token_for(ana, case.pk)
    time_machine.move_to(timezone.now() + timedelta(seconds=301), tick=False)
    assert ask(token).json() == {"ended": True}
    address = f"/live/token/?case={case.number}"
    assert client.get(address).status_code == 302
    client.force_login(ben)
    assert client.get(address).status_code == 404
    client.force_login(ana)
    assert ask(client.get(address).content.decode()).status_code == 200


def test_pages_carry_their_token_and_parts(case, kim, ana, client):
    for user, address in (
        (kim, f"/console/cases/{case.code}/"),
        (ana, f"/portal/cases/{case.code}/"),
    ):
        client.force_login(user)
        page = client.get(address).content.decode()
        assert "data-live-token" in page
        assert f'data-live-case="{case.number}"' in page
        for part in ("signs", "turn", "timeline", "clocks"):
            assert f'data-live="{part}"' in page, (part, address)
    client.logout()
    assert "data-live-token" not in client.get("/help/").content.decode()
