"""Columns and density of the queue and of the list of all cases, for each person and saved view."""

import re

import pytest

from cases import saved_views
from cases.models import SavedView
from tests import cast
from tests.web.test_query_budgets import statements

pytestmark = pytest.mark.django_db
USUAL = [
    "Severity",
    "Case",
    "Title, organisation",
    "Priority reason",
    "Due",
    "State, turn",
    "Analyst",
]


def headings(client, address):
    html = client.get(address).content.decode()
    head = re.search(r"<thead>(.*?)</thead>", html, re.DOTALL)[1]
    cells = re.findall(r'<th\s+scope="col"[^>]*>(.*?)</th>', head, re.DOTALL)
    names = [" ".join(re.sub(r"<[^>]*>", " ", cell).split()) for cell in cells]
    row = re.search(r'<tr\s+class="board__row.*?</tr>', html, re.DOTALL)[0]
    assert row.count("<td") == len(names), "each heading has its cell"
    return names[1:]  # without the boxes


def test_columns_are_chosen_ordered_and_saved_for_one_person(client, ana, kim, lee):
    cast.file(ana)
    client.force_login(kim)
    assert headings(client, "/console/") == USUAL
    usual = len(statements(client, "/console/"))
    form = {
        "column": [
            "due",
            "contact",
            "organisation",
            "team",
            "tags",
            "opened",
            "priority",
            "nonsense",
        ],
        "place_case": "2",
        "place_due": "1",
        "place_contact": "3",
        "density": "compact",
        "back": "view=mine&severity=3",
    }
    answer = client.post("/console/columns/queue/", form)
    assert answer.url == "/console/?view=mine&severity=3"
    shown = headings(client, "/console/")
    assert shown[:3] == ["Due", "Case", "Contact"]
    assert set(shown[3:]) == {"Organisation", "Team", "Customer’s priority", "Opened", "Tags"}
    assert "board--compact" in client.get("/console/").content.decode()
    assert "board--compact" in client.get("/console/cases/").content.decode()
    # Two statements distinguish contacts of one name, however many rows there are.
    assert len(statements(client, "/console/")) == usual + 2
    client.force_login(lee)
    assert headings(client, "/console/") == USUAL, "for one person only"
    client.force_login(kim)
    client.post("/console/columns/queue/", {"usual": "1", "density": "comfortable"})
    assert headings(client, "/console/") == USUAL
    kim.refresh_from_db()
    assert kim.list_settings == {}
    assert client.post("/console/columns/queue/", {}).status_code == 403, "one column at least"
    assert client.post("/console/columns/nothing/", form).status_code == 404
    client.force_login(ana)
    assert client.post("/console/columns/queue/", form).status_code in (403, 404)


def test_the_list_of_all_cases_has_its_own_columns_with_their_orders(client, ana, kim):
    cast.file(ana)
    client.force_login(kim)
    usual = len(statements(client, "/console/cases/"))
    form = {
        "column": ["tags", "area", "team", "contact", "priority", "activity"],
        "origin": "cases",
    }
    answer = client.post("/console/columns/cases/", {**form, "back": "state=open&after=x"})
    assert answer.url == "/console/cases/?state=open&after=x"
    assert headings(client, "/console/cases/")[:2] == ["Case", "Last activity"]
    assert "sort=active" in client.get("/console/cases/").content.decode()
    assert len(statements(client, "/console/cases/")) == usual
    assert headings(client, "/console/") == USUAL


def test_a_saved_view_has_its_own_columns(client, ana, kim, lee):
    cast.file(ana)
    view = saved_views.save(
        by=kim, audience="console", name="Severe", query="severity=3", is_shared=True
    )
    client.force_login(kim)
    form = {"column": ["title", "team"], "own_view": view.pk, "back": "severity=3"}
    client.post("/console/columns/queue/", {**form, "view": view.pk})
    assert headings(client, "/console/?severity=3") == ["Case", "Title, organisation", "Team"]
    assert headings(client, "/console/") == USUAL
    client.force_login(lee)
    assert headings(client, "/console/?severity=3") == ["Case", "Title, organisation", "Team"]
    assert client.post("/console/columns/queue/", {**form, "view": view.pk}).status_code == 404
    client.force_login(kim)
    client.post("/console/columns/queue/", form)
    assert SavedView.objects.get().columns == ""
    assert headings(client, "/console/") == ["Case", "Title, organisation", "Team"]
