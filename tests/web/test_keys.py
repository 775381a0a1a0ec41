"""Every action of Care has a key, which can be switched off and changed (WCAG 2.1.4)."""

import re

import pytest

from caretrack.web.console.action_registry import ACTIONS
from caretrack.web.shared.key_bindings import (
    BINDINGS,
    BY_NAME,
    OFF,
    STANDARD,
    ZENDESK,
    clashes,
    has_modifier,
    keys_of,
    keys_of_set,
)
from tests import cast


def keys_on(client, address):
    return set(re.findall(r'data-key="([^"]+)"', client.get(address).content.decode()))


def saved(client, user, **changes):
    page = client.get("/preferences/").content.decode()
    data = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', page))
    for name, options in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', page, re.S):
        data[name] = re.search(r'value="([^"]*)" selected', options)[1]
    response = client.post("/preferences/", {**data, **changes})
    user.refresh_from_db()
    return response


def test_every_action_of_a_case_has_a_key():
    without = {"unlink", "split", "follower-removal"}  # offered beside what they are about
    assert {action.noun for action in ACTIONS} - without <= set(BY_NAME)


@pytest.mark.parametrize("chosen", [STANDARD, ZENDESK])
def test_no_two_commands_of_one_page_have_one_key(chosen):
    assert clashes(keys_of_set(chosen)) == []


def test_pages_have_the_keys_of_their_reader(client, ana, kim):
    case = cast.file(ana)
    client.force_login(kim)
    address = f"/console/cases/{case.code}/"
    assert {"a", "n", "i", "c", "m", "t", "T", "s", "#", "/", "N", "g q"} <= keys_on(
        client, address
    )
    assert saved(client, kim, key_set=ZENDESK, key_note="q").status_code == 302
    assert kim.key_settings == {"set": ZENDESK, "own": {"note": "q"}}
    assert {"Ctrl+Alt+c", "q", "Ctrl+Enter"} <= keys_on(client, address)
    assert "a" not in keys_on(client, address)


def test_keys_of_single_characters_can_be_switched_off(client, ana, kim):
    case = cast.file(ana)
    client.force_login(kim)
    saved(client, kim, key_set=OFF)
    for address in ("/console/", f"/console/cases/{case.code}/"):
        assert all(has_modifier(key) for key in keys_on(client, address)), address
    assert keys_of(kim)["send"] == "Ctrl+Enter"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"key_note": "a"}, "“Reply to the contact” has this key already."),
        ({"key_note": "g"}, "has this key already"),  # “g q” begins with it
        ({"key_note": "abc"}, "Write a key as: x, Ctrl+Alt+x"),
        ({"key_note": "Ctrl+"}, "Write a key as"),
        ({"key_note": "a b c"}, "Write a key as"),
    ],
)
def test_a_key_that_cannot_be_is_refused_with_the_reason(changes, problem, client, kim):
    client.force_login(kim)
    response = saved(client, kim, **changes)
    assert response.status_code == 422
    assert problem in response.content.decode()
    assert kim.key_settings == {}


def test_a_key_may_be_exchanged_with_another(client, kim):
    client.force_login(kim)
    assert saved(client, kim, key_note="a", key_answer="n").status_code == 302
    assert (keys_of(kim)["note"], keys_of(kim)["answer"]) == ("a", "n")


def test_contacts_have_no_keys(client, ana):
    case = cast.file(ana)
    client.force_login(ana)
    assert keys_on(client, f"/portal/cases/{case.code}/") == set()
    assert len(BINDINGS) == len(BY_NAME)
