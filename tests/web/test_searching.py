"""One search for everything: cases open and closed, customers, people, analyses and articles, with
the same rights as the pages.
"""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cases import actions
from cases.choices import ClosingReason
from contacts.models import Role
from contacts.search import documents
from core.search_query import SearchQuery
from core.tenancy import organisation_scope
from rca import actions as rca
from rca.models import Analysis
from tests import cast

HOUR = timedelta(hours=1)
NORDLICHT = "Nordlicht Warenhaus"


def results_of(client, text, **params):
    """The results as (group, title), from the page."""
    page = client.get("/console/search/", {"q": text, **params}).content.decode()
    pairs = []
    for section in re.findall(r'<section class="group".*?</section>', page, re.S):
        group = re.search(r'id="group-(\w+)"', section)[1]
        pairs += [(group, title) for title in re.findall(r"<bdi>(.*?)</bdi>", section)]
    return pairs


@pytest.fixture
def desk(client, kim):
    client.force_login(kim)
    return client


@pytest.fixture
def closed(ana, kim):
    case = cast.file(ana, title="Hold music stutters")
    return actions.close(case, by=kim, reason=ClosingReason.WITHDRAWN, text="Not needed.").case


def test_a_closed_case_is_found_by_its_number_words_tag_and_file(desk, closed, kim, ana):
    other = cast.file(ana, title="No ringing")
    actions.tag(other, by=kim, add=["sip-trunk"], remove=[])
    actions.attach(other, by=ana, upload=SimpleUploadedFile("console-2026.log", b"x"))
    hold, ringing = ("cases", "Hold music stutters"), ("cases", "No ringing")
    assert results_of(desk, closed.code)[0] == hold
    assert results_of(desk, str(closed.number))[0] == hold
    assert hold in results_of(desk, "music stutt")
    assert results_of(desk, "sip-trunk")[0] == ringing
    assert results_of(desk, "console-2026.log")[0] == ringing


def test_customers_are_found_by_name_short_name_site_and_id(desk, acme):
    northern = cast.organisation("nordlicht", NORDLICHT, zone="Europe/Berlin")
    for text in ("Nordlicht", "warenhaus", "nordlicht", str(northern.public_id)):
        assert ("organisation", NORDLICHT) in results_of(desk, text), text
    assert ("organisation", NORDLICHT) in results_of(desk, "Nordlcht")  # a misspelling
    assert ("organisation", NORDLICHT) not in results_of(desk, "Acme")


def test_people_are_found_by_name_address_and_phone(desk, ana, kim):
    ana.work_phone = "+49 30 901820"
    ana.save(update_fields=["work_phone"])
    for text in ("Ana Albers", "albers", "ana@acme.example", "acme.example", "4930901820"):
        assert ("person", "Ana Albers") in results_of(desk, text), text
    assert ("person", "Kim Kato") in results_of(desk, "kato")


def test_a_japanese_name_is_found_by_a_part_of_it(desk, acme):
    cast.contact(acme, "山田花子", "hanako@acme.example")
    cast.organisation("osaka", "大阪電機株式会社", zone="Asia/Tokyo")
    assert ("person", "山田花子") in results_of(desk, "花子")
    assert ("organisation", "大阪電機株式会社") in results_of(desk, "電機")


def test_an_analysis_is_found_by_its_draft_by_care_and_once_published_by_its_text(
    desk, ana, kim, maya
):
    case = cast.proposed(ana, kim, severity=1)
    rca.save_draft(Analysis.objects.get(case=case), by=kim, sections=cast.document("kestrel"))
    assert ("analysis", case.title) in results_of(desk, "kestrel")
    with organisation_scope(ana.organisation_id):
        assert documents(SearchQuery.parse("kestrel"), ana) == {}
    cast.published(case, kim, maya, summary="The heron gateway.")
    with organisation_scope(ana.organisation_id):
        assert list(documents(SearchQuery.parse("heron"), ana)) == ["analysis"]


def test_articles_are_found_with_the_rest(desk):
    assert any(group == "articles" for group, _ in results_of(desk, "calls drop"))


def test_a_misspelt_title_is_found_where_few_cases_match(desk, closed):
    assert results_of(desk, "hold musik")[0] == ("cases", "Hold music stutters")


def test_filters_are_typed_and_named(desk, closed, ana, ben, kim):
    actions.take(cast.file(ben, severity=2, title="Reports are late"), by=kim)
    late, hold = ("cases", "Reports are late"), ("cases", "Hold music stutters")
    assert results_of(desk, "state:closed") == [hold]
    assert results_of(desk, "severity:high") == [late]
    assert results_of(desk, 'customer:"Globex KK"') == [late]
    assert results_of(desk, "customer:glob state:open assignee:me reports") == [late]
    assert results_of(desk, "assignee:nobody is:closed") == [hold]
    assert results_of(desk, "contact:ana from:1d before:2199") == [hold]
    assert results_of(desk, "from:2199 reports") == []
    page = desk.get("/console/search/", {"q": "severity:high reports"}).content.decode()
    assert 'aria-label="Remove severity: high"' in page


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("state:asleep", "“asleep” is not a state. Possible are: open, all, new"),
        ("severity:9", "“9” is not a severity"),
        ("customer:nobody-inc", "No customer is called “nobody-inc”"),
        ("assignee:zz", "No analyst is called “zz”"),
        ("team:zz", "No team is called “zz”"),
        ("contact:zz", "No contact is called “zz”"),
        ("from:yesterday", "“yesterday” is not a day"),
        ("from:2026-13-41", "“2026-13-41” is not a day"),
    ],
)
def test_a_filter_that_means_nothing_is_named_and_finds_nothing(text, problem, desk, closed):
    for address in ("/console/search/", "/console/cases/"):
        page = desk.get(address, {"q": text}).content.decode()
        assert problem in page
        assert "Hold music" not in page


def test_a_colon_that_is_no_filter_is_searched_as_words(desk, ana):
    cast.file(ana, title="See https://status.example/x", description="error:5060 at the edge")
    assert ("cases", "See https://status.example/x") in results_of(desk, "error:5060")


def test_while_typing_each_kind_shows_three_and_the_whole_list_is_one_step_away(desk, ana):
    for number in range(5):
        cast.file(ana, title=f"Echo number {number}")
    part = desk.get("/console/search/", {"q": "echo", "part": "1"}).content.decode()
    assert part.count('id="finder-cases-') == 3
    assert "/console/search/?q=echo" in part
    page = desk.get("/console/search/", {"q": "echo"}).content.decode()
    assert len(re.findall(r"<bdi>Echo number", page)) == 5


def test_a_search_costs_at_most_ten_statements(desk, ana, kim, django_assert_max_num_queries):
    for number in range(8):
        cast.file(ana, title=f"Ana Albers echo {number}")
    desk.get("/console/search/", {"q": "albers"})
    with django_assert_max_num_queries(14):
        assert len({group for group, _ in results_of(desk, "albers")}) >= 2


@pytest.mark.parametrize("text", ["", " ", ":", '"', "customer:", 'customer:""', "a:" * 200, "()"])
def test_anything_may_be_typed(text, desk):
    for address in ("/console/search/", "/console/cases/"):
        assert desk.get(address, {"q": text}).status_code == 200
        assert desk.get(address, {"q": text, "part": "1"}).status_code == 200


# --- The list of all cases


def listed(client, **params):
    page = client.get("/console/cases/", params).content.decode()
    return re.findall(r'id="case-(CT-\d+)"', page)


def test_all_and_closed_cases_are_listed_in_every_order_and_paged_both_ways(
    desk, ana, ben, kim, time_machine
):
    cases = []
    for number in range(60):
        time_machine.move_to(cast.utc("2026-03-02 09:00") + number * HOUR, tick=False)
        cases.append(cast.file((ana, ben)[number % 2], severity=number % 4 + 1))
        if number % 2:
            actions.close(cases[-1], by=kim, reason=ClosingReason.WITHDRAWN, text="Fine.")
    codes = [case.code for case in cases]
    assert listed(desk) == codes[:9:-1]
    assert listed(desk, state="closed", sort="oldest") == codes[1::2]
    assert listed(desk, state="closed", severity="2") == codes[1::4][::-1]
    for sort in ("newest", "oldest", "active", "quiet", "severe"):
        first = desk.get("/console/cases/", {"sort": sort}).content.decode()
        after = re.search(r'rel="next"[^>]*href="\?([^"]*)"', first, re.S)[1].replace("&amp;", "&")
        second = desk.get(f"/console/cases/?{after}").content.decode()
        shown = [re.findall(r'id="case-(CT-\d+)"', page) for page in (first, second)]
        assert sorted(shown[0] + shown[1]) == sorted(codes), sort
        before = re.search(r'rel="prev"[^>]*href="\?([^"]*)"', second, re.S)[1]
        again = desk.get(f"/console/cases/?{before.replace('&amp;', '&')}").content.decode()
        assert re.findall(r'id="case-(CT-\d+)"', again) == shown[0], sort


def test_the_page_of_a_contact_is_not_this_one(client, ana, closed):
    client.force_login(ana)
    for address in ("/console/search/?q=hold", "/console/cases/?q=hold"):
        assert client.get(address).status_code == 403


def test_the_way_back_from_a_case_leads_to_the_list(desk, closed):
    response = desk.get(
        f"/console/cases/{closed.code}/",
        headers={"referer": "http://testserver/console/cases/?state=closed"},
    )
    assert f"/console/cases/?state=closed#case-{closed.code}" in response.content.decode()


def test_only_care_is_named_among_people_without_an_organisation(desk, system):
    assert ("person", "CareTrack") not in results_of(desk, "CareTrack")
    assert system.role == Role.SYSTEM
