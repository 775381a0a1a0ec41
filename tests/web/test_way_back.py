"""From a case back to the list, the page and the row from which it was opened."""

import re

import pytest

from cases import actions
from insight import aggregation
from sla import sweeps
from tests import cast
from tests.cast import utc


def crumb(html):
    return re.search(r'<p class="crumb">\s*<a\s+href="([^"]*)"', html)[1].replace("&amp;", "&")


def opened(client, case, side, referer="", **more):
    headers = {"Referer": f"http://testserver{referer}"} if referer.startswith("/") else {}
    if referer and not headers:
        headers = {"Referer": referer}
    answer = client.get(f"/{side}/cases/{case.code}/", headers=headers, **more)
    assert answer.status_code == 200
    return crumb(answer.content.decode())


@pytest.mark.parametrize(
    ("side", "listed"),
    [
        ("console", "/console/?view=mine&severity=2"),
        ("console", "/console/?after=x&from=51"),
        ("console", "/insight/cases/?what=missed"),
        ("portal", "/portal/"),
        ("portal", "/portal/cases/?state=closed&sort=oldest"),
        ("portal", "/portal/cases/?state=all&q=calls+drop&from=25"),
    ],
)
def test_back_leads_to_the_list_the_page_and_the_row(side, listed, client, ana, kim):
    case = cast.file(ana)
    client.force_login(ana if side == "portal" else kim)
    assert opened(client, case, side, listed) == f"{listed}#case-{case.code}"
    page = f"/{side}/cases/{case.code}/"
    assert opened(client, case, side, page) == f"{listed}#case-{case.code}", "after an action too"
    assert client.cookies["caretrack_back"]["path"] == page, "each case has its own way back"


def test_a_drilldown_has_the_row_once(client, ana, kim, time_machine):
    """A case with two missed targets has two rows, and the way back leads to the first."""
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)
    case = cast.file(ana, severity=1)
    time_machine.move_to(utc("2026-03-02 15:00"), tick=False)
    sweeps.check_clocks()
    aggregation.run(utc("2026-03-02 15:00"))
    client.force_login(kim)
    page = client.get("/insight/cases/?what=missed&from=2026-03-02&to=2026-03-02")
    assert page.content.decode().count(f">{case.code}</a>") == 2
    assert page.content.decode().count(f'id="case-{case.code}"') == 1


@pytest.mark.parametrize(
    "referer",
    [
        "https://evil.example/console/",
        "/console/administration/",
        "/portal/cases/",
        "http://[",
        "/console/?x=" + "y" * 2000,
    ],
)
def test_only_a_list_of_the_same_side_is_a_way_back(referer, client, ana, kim):
    client.force_login(kim)
    assert opened(client, cast.file(ana), "console", referer) == "/console/"


@pytest.mark.parametrize("value", ["//evil.example/", "https://evil.example", "/console/%0Ax", "%"])
def test_an_odd_cookie_leads_nowhere(value, client, ana, kim):
    client.force_login(kim)
    client.cookies["caretrack_back"] = value
    assert opened(client, cast.file(ana), "console") == "/console/"


def test_rows_have_the_names_that_the_way_back_uses(client, ana, kim):
    case = cast.file(ana)
    for reader, address in ((ana, "/portal/cases/"), (ana, "/portal/"), (kim, "/console/")):
        client.force_login(reader)
        assert f'id="case-{case.code}"' in client.get(address).content.decode()


def test_the_queue_says_which_rows_it_shows_and_a_bulk_leads_back_to_its_page(client, ana, kim):
    for number in range(60):
        case = cast.file(ana, title=f"Case {number}")
    client.force_login(kim)
    first = client.get("/console/").content.decode()
    assert "1–50 of 60" in " ".join(first.split())
    assert "data-choose-all" in first
    following = re.search(r'href="(\?after=[^"]*&amp;from=51)"', first)[1].replace("&amp;", "&")
    second = client.get(f"/console/{following}").content.decode()
    assert "51–60 of 60" in " ".join(second.split())
    back = re.search(r'name="back" value="([^"]*)"', second)[1].replace("&amp;", "&")
    assert back == following[1:]
    form = client.post("/console/bulk/", {"noun": "assignment", "case": case.code, "back": back})
    assert f"/console/?{back}" in form.content.decode().replace("&amp;", "&")
    previous = re.search(r'href="(\?before=[^"]*)"', second)[1].replace("&amp;", "&")
    shown = client.get(f"/console/{previous}").content.decode()
    assert "1–50 of 60" in " ".join(shown.split())


def test_a_way_back_survives_an_answer(client, ana, kim):
    case = cast.waiting(ana, kim)
    client.force_login(ana)
    listed = "/portal/cases/?state=yours"
    opened(client, case, "portal", listed)
    actions.answer_as_contact(case, by=ana, text="Two phones.")
    assert opened(client, case, "portal") == f"{listed}#case-{case.code}"
