"""`docs/api.md` is true: its examples are accepted, and its addresses exist."""

import json
import re
from pathlib import Path

import pytest
from django.urls import Resolver404, resolve

from caretrack.web.api.views import ACTS
from cases.models import Case
from tests import cast
from tests.web.api.test_api import Machine

DOCUMENT = (Path(__file__).parents[3] / "docs" / "api.md").read_text()
EXAMPLES = [json.loads(body) for body in re.findall(r"-d '(\{.*?\})'", DOCUMENT, re.S)]


@pytest.fixture
def machine(ana):
    return Machine(ana)


def test_the_examples_open_a_case_and_answer(machine, ana, kim):
    opening, answer, side_conversation = EXAMPLES
    response = machine.post("cases/", **opening)
    assert response.status_code == 201, response.content
    waiting = cast.waiting(ana, kim)
    assert machine.post(f"cases/{waiting.code}/contact-answers/", **answer).status_code == 201
    assert Case.objects.count() == 2
    path = f"cases/{waiting.code}/side-conversations/"
    assert Machine(kim).post(path, **side_conversation).status_code == 201


def test_the_addresses_exist_and_the_actions_are_nouns_of_the_api():
    rows = re.findall(r"^\| (`.*?`(?:, `.*?`)*.*?) \|", DOCUMENT, re.M)
    addresses = [address for row in rows for address in re.findall(r"`([a-z/…CT-]+/)`", row)]
    assert len(addresses) > 6
    for address in addresses:
        if address.rstrip("/") in ACTS:
            address = f"cases/CT-…/{address}"
        try:
            match = resolve("/api/v1/" + address.replace("…", "0000001"))
        except Resolver404:
            pytest.fail(f"{address} is no address")
        assert match.url_name, address
