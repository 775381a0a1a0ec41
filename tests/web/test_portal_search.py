"""One search for everything in the portal: cases open and closed, people, published analyses and
articles; what the reader's own pages show, and nothing else.
"""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cases import actions
from cases.choices import ClosingReason, Facing
from rca import actions as rca
from rca.models import Analysis
from tests import cast

SEARCH = "/portal/search/"
HOLD, RINGING = ("cases", "Hold music stutters"), ("cases", "No ringing")


def results_of(client, text="", **params):
    """The results as (group, title), from the page."""
    page = client.get(SEARCH, {"q": text, **params}).content.decode()
    pairs = []
    for section in re.findall(r'<section class="group".*?</section>', page, re.S):
        group = re.search(r'id="group-(\w+)"', section)[1]
        pairs += [(group, title) for title in re.findall(r"<bdi>(.*?)</bdi>", section)]
    return pairs


@pytest.fixture
def closed(ana, kim):
    case = cast.file(ana, title="Hold music stutters")
    return actions.close(case, by=kim, reason=ClosingReason.WITHDRAWN, text="Not needed.").case


def test_cases_open_and_closed_are_found_by_number_words_and_file(as_ana, closed, ana):
    other = cast.file(ana, title="No ringing")
    actions.attach(other, by=ana, upload=SimpleUploadedFile("console-2026.log", b"x"))
    for text in (closed.code, str(closed.number), "music stutt", "hold musik"):
        assert results_of(as_ana, text)[0] == HOLD, text
    assert results_of(as_ana, "console-2026.log")[0] == RINGING


def test_people_published_analyses_and_articles_are_found(as_ana, ana, kim, maya, ben):
    cast.colleague(ana.organisation, "Dora Diaz", "dora@acme.example")
    for text in ("Dora Diaz", "diaz", "dora@acme.example", "Dora Diax"):
        assert ("person", "Dora Diaz") in results_of(as_ana, text), text
    case = cast.proposed(ana, kim, severity=1)
    rca.save_draft(Analysis.objects.get(case=case), by=kim, sections=cast.document("kestrel"))
    assert results_of(as_ana, "kestrel") == []
    cast.published(case, kim, maya, summary="The heron gateway.")
    assert ("analysis", case.title) in results_of(as_ana, "heron")
    assert any(group == "articles" for group, _ in results_of(as_ana, "calls drop"))


def test_nothing_internal_and_nothing_of_another_organisation_is_found(as_ana, ana, ben, kim):
    case = cast.file(ana, title="No ringing")
    actions.note(case, by=kim, text="Their kestrel trunk is misconfigured.")
    actions.tag(case, by=kim, add=["kestrel-tag"], remove=[])
    log = SimpleUploadedFile("kestrel.log", b"x")
    actions.attach(case, by=kim, upload=log, facing=Facing.INTERNAL)
    other = cast.file(ben, title="The kestrel of Globex")
    for text in ("kestrel", "kestrel-tag", "kestrel.log", other.code, ben.email, "Globex", "Kim"):
        assert [pair for pair in results_of(as_ana, text) if pair[0] != "articles"] == [], text
    for typed in ("contact:ben", "site:Osaka", f"contact:{kim.email}"):
        assert "is called" in as_ana.get(SEARCH, {"q": typed}).content.decode()


def test_who_reads_no_cases_searches_none(client, ana, acme, kim):
    cast.file(ana)
    applicant = cast.applicant(acme, "Ivo Iten", "ivo@acme.example")
    client.force_login(applicant.user)
    assert client.get(SEARCH, {"q": "calls"}).status_code == 302
    client.force_login(kim)
    assert client.get(SEARCH, {"q": "calls"}).status_code == 403


def test_filters_are_typed_or_chosen_and_can_be_removed(as_ana, ana, closed, kim):
    actions.take(cast.file(ana, severity=2, title="No ringing"), by=kim)
    assert results_of(as_ana, "state:closed") == [HOLD]
    assert results_of(as_ana, "is:open severity:high ringing") == [RINGING]
    assert results_of(as_ana, 'state:"with us" contact:me from:1d before:2199') == [RINGING]
    assert results_of(as_ana, state="closed", contact=ana.email) == [HOLD]
    assert results_of(as_ana, "area:voice") == results_of(as_ana, area="Voice")
    assert results_of(as_ana, f"site:{ana.site.name[:4]} state:closed") == [HOLD]
    assert results_of(as_ana, "from:2199 ringing") == []
    page = as_ana.get(SEARCH, {"q": "severity:high ringing"}).content.decode()
    assert 'aria-label="Remove Severity: high"' in page
    assert 'href="?q=ringing"' in page


def test_filters_can_be_typed_in_japanese(client, ben):
    cast.file(ben, severity=2, title="電話が鳴りません")
    ben.language = "ja"
    ben.save(update_fields=["language"])
    client.force_login(ben)
    ringing = ("cases", "電話が鳴りません")
    for typed in ("状態:対応中以外", "重大度:九"):
        assert "notice--warning" in client.get(SEARCH, {"q": typed}).content.decode(), typed
    for typed in (
        "電話",
        "状態:未終了 電話",
        "状態:「弊社にて対応中」",
        "重大度：高",
        "severity:2 登録者:自分",
        "以降:30日 以前:2199年1月1日",
        "以降：２０２０年",
    ):
        assert ringing in results_of(client, typed), typed
    assert "notice--warning" not in client.get(SEARCH, {"q": "以降:1年 電話"}).content.decode()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("state:asleep", "“asleep” is not a state. Possible are: Open, Waiting for you"),
        ("severity:9", "“9” is not a severity"),
        ("area:zz", "No area is called “zz”"),
        ("site:zz", "No site is called “zz”"),
        ("contact:zz", "No contact is called “zz”"),
        ("from:yesterday", "“yesterday” is not a day"),
        ("before:2026-13-41", "“2026-13-41” is not a day"),
    ],
)
def test_a_filter_that_means_nothing_is_named_and_finds_nothing(text, problem, as_ana, closed):
    for params in ({"q": text}, {"q": text, "part": "1"}):
        page = as_ana.get(SEARCH, params).content.decode()
        assert problem in page
        assert "Hold music" not in page


def test_while_typing_each_kind_shows_three_and_the_whole_list_says_its_limit(as_ana, ana):
    for number in range(6):
        cast.file(ana, title=f"Zebra number {number}")
    part = as_ana.get(SEARCH, {"q": "zebra", "part": "1"}).content.decode()
    assert part.count('id="finder-cases-') == 3
    assert "/portal/search/?q=zebra" in part
    page = as_ana.get(SEARCH, {"q": "zebra"}).content.decode()
    assert "/portal/search/?q=zebra&amp;kind=cases" in page
    assert len(results_of(as_ana, "zebra")) == 5
    assert len(results_of(as_ana, "zebra", kind="cases")) == 6


def test_the_first_hundred_are_named_as_such(as_ana, ana, monkeypatch):
    monkeypatch.setattr("caretrack.web.shared.search.results.MANY", 2)
    for number in range(3):
        cast.file(ana, title=f"Echo number {number}")
    page = as_ana.get(SEARCH, {"q": "echo", "kind": "cases"}).content.decode()
    assert "These are the first 2." in page


def test_a_search_costs_at_most_ten_statements(as_ana, ana, django_assert_max_num_queries):
    cast.colleague(ana.organisation, "Echo Eder", "echo@acme.example")
    for number in range(8):
        cast.file(ana, title=f"Echo number {number}")
    for params in ({"q": "echo"}, {"q": "echo", "part": "1"}, {"q": "calls", "state": "open"}):
        as_ana.get(SEARCH, params)
        with django_assert_max_num_queries(14):
            as_ana.get(SEARCH, params)


@pytest.mark.parametrize(
    "text", ["", " ", ":", '"', "site:", 'site:""', "a:" * 200, "()", "site:%"]
)
def test_anything_may_be_typed(text, as_ana):
    for params in ({"q": text}, {"q": text, "part": "1"}, {"q": text, "kind": "x"}):
        assert as_ana.get(SEARCH, params).status_code == 200


def test_the_way_back_from_a_case_leads_to_the_search(as_ana, closed):
    response = as_ana.get(
        f"/portal/cases/{closed.code}/",
        headers={"referer": "http://testserver/portal/search/?q=hold"},
    )
    assert f"/portal/search/?q=hold#case-{closed.code}" in response.content.decode()
