"""How often programs may ask: counted exactly, and nobody's unknown token slows down a known
one.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from contacts.models import ApiToken
from core.tenancy import care_scope
from tests import cast

CASES = "/api/v1/cases/"


@pytest.fixture(autouse=True)
def minute(time_machine):
    time_machine.move_to("2026-03-02 09:00:01Z", tick=False)
    return time_machine


@pytest.fixture
def ten_a_minute(settings):
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {"token": "10/min", "unknown_token": "3/min"},
    }


def program(person, source="192.0.2.1"):
    _, text = ApiToken.issue(
        person, name="t", scopes=["cases:read"], expires_at=timezone.now() + timedelta(days=1)
    )
    return Client(headers={"Authorization": f"Bearer {text}"}, REMOTE_ADDR=source)


def test_every_answer_says_how_much_is_left(ana, ten_a_minute):
    client = program(ana)
    answers = [client.get(CASES) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert [answer["RateLimit-Remaining"] for answer in answers[:3]] == ["9", "8", "7"]
    assert {answer["RateLimit-Limit"] for answer in answers} == {"10"}
    assert answers[-1]["Content-Type"] == "application/problem+json"


def test_whoever_waits_as_told_is_served(ana, ten_a_minute, minute):
    client = program(ana)
    for _ in range(10):
        client.get(CASES)
    for _ in range(3):
        refused = client.get(CASES)
    minute.move_to(timezone.now() + timedelta(seconds=int(refused["Retry-After"])), tick=False)
    assert client.get(CASES).status_code == 200


def test_a_new_minute_brings_no_second_burst(ana, ten_a_minute, minute):
    client = program(ana)
    minute.move_to("2026-03-02 09:00:59Z", tick=False)
    for _ in range(10):
        client.get(CASES)
    minute.move_to("2026-03-02 09:01:01Z", tick=False)
    assert client.get(CASES).status_code == 429


def test_threads_are_counted_exactly(transactional_db, ten_a_minute):
    with care_scope():
        client = program(
            cast.contact(cast.organisation("acme2", "Acme"), "Ana", "ana2@acme.example")
        )
    header = client.defaults

    def one(_):
        try:
            return Client(**header).get(CASES).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(one, range(40)))
    assert codes.count(200) == 10
    assert codes.count(429) == 30


def test_unknown_tokens_of_one_source_are_limited_and_a_known_token_beside_them_is_not(
    ana, ten_a_minute
):
    known = program(ana)
    guesser = Client(headers={"Authorization": "Bearer ct_00000000_guess"}, REMOTE_ADDR="192.0.2.1")
    answers = [guesser.get(CASES) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert known.get(CASES).status_code == 200
    elsewhere = Client(
        headers={"Authorization": "Bearer ct_00000000_guess"}, REMOTE_ADDR="192.0.2.2"
    )
    assert elsewhere.get(CASES).status_code == 401
