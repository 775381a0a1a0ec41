"""What the command palette finds beyond its page, with the rights of the pages."""

import re

import pytest

from cases import macros
from contacts.models import Role
from tests import cast
from tests.web.test_query_budgets import statements

pytestmark = pytest.mark.django_db
ADDRESS = "/console/palette/"


def labels(client, **params):
    answer = client.get(ADDRESS, params)
    assert answer.status_code == 200
    return [entry["label"] for entry in answer.json()["entries"]]


def test_customers_are_found_by_any_name_in_japanese_too(client, kim, ana, acme):
    osaka = cast.organisation("nadeshiko", "なでしこ通信株式会社", zone="Asia/Tokyo")
    client.force_login(kim)
    for typed in ("なでしこ", "通信", "nadeshiko", str(osaka.public_id)):
        assert labels(client, q=typed) == ["なでしこ通信株式会社"], typed
    [entry] = client.get(ADDRESS, {"q": "acm"}).json()["entries"]
    assert (entry["kind"], entry["url"]) == ("Customer", "/console/customers/acme/")
    assert labels(client, q="Ana Albers") == [], "people are found by the search"
    assert len(statements(client, f"{ADDRESS}?q=acme")) <= 5


@pytest.mark.parametrize("role", [Role.ANALYST, Role.MANAGER, Role.ADMINISTRATOR])
def test_each_offered_page_opens_and_no_other_is_offered(client, db, role):
    client.force_login(cast.care("Some Body", "some@care.example", role))
    offered = client.get(ADDRESS).json()["entries"]
    for entry in offered:
        assert client.get(entry["url"], follow=True).status_code == 200, entry
    is_analyst = role == Role.ANALYST
    assert ("Insight: workload" in labels(client)) is not is_analyst
    assert ("Administration: Articles" in labels(client)) is not is_analyst


def test_on_a_case_macros_are_those_that_its_reader_may_use(client, kim, lee, ana, ben):
    case = cast.file(ana)
    macros.save(by=kim, name="Hello", text="Hello", folder="Start", audience="own")
    macros.save(by=lee, name="Secret", text="Secret", audience="own")
    client.force_login(kim)
    listed = client.get(ADDRESS, {"case": case.code}).json()["entries"]
    [macro] = [entry for entry in listed if entry["kind"] == "Macro"]
    assert macro["label"] == "Start / Hello"
    assert 'id="answer_text"' in client.get(macro["url"].split("#")[0]).content.decode()
    assert client.get(ADDRESS, {"case": "CT-0999999"}).status_code == 404
    client.force_login(ana)
    assert client.get(ADDRESS, {"case": case.code}).status_code in (403, 404)


def test_every_offered_action_of_a_case_is_a_command_without_keys_too(client, kim, ana):
    case = cast.file(ana)
    kim.key_settings = {"set": "off"}
    kim.save(update_fields=["key_settings"])
    client.force_login(kim)
    answer = client.get(f"/console/cases/{case.code}/")
    commands = set(re.findall(r'data-command="([^"]+)"', answer.content.decode()))
    offered = {str(action.label) for action, _form, _is_open in answer.context["actions"]}
    offered |= {str(panel.action.label) for panel in answer.context["composer"]}
    assert len(offered) > 8
    assert offered <= commands
