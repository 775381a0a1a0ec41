"""A conversation of hundreds of updates: pages, what is old and read folded, jumps, headings."""

import re

import pytest
from django.utils import timezone

from cases import actions
from cases.models import CaseEvent, CaseUpdate
from tests import cast
from tests.web.test_query_budgets import statements


def lengthen(case, people, count):
    """Add messages to a case, by turns; quicker than by the actions, and read in the same way."""
    case.refresh_from_db()
    events = [
        CaseEvent(
            organisation_id=case.organisation_id,
            case=case,
            seq=case.event_count + 1 + number,
            verb="answered" if people[number % len(people)].is_care else "contact_answered",
            by=people[number % len(people)],
            at=timezone.now(),
            facing="contact",
            particulars={"ended_wait": False},
            hash="0" * 64,
        )
        for number in range(count)
    ]
    CaseEvent.objects.bulk_create(events)
    CaseUpdate.objects.bulk_create(
        CaseUpdate(
            organisation_id=case.organisation_id,
            case=case,
            event=event,
            by=event.by,
            at=event.at,
            facing="contact",
            text=f"Message {event.seq}.",
        )
        for event in events
    )
    type(case).objects.filter(pk=case.pk).update(event_count=case.event_count + count)


def messages(html):
    """The messages of a page in their order; each also stands there as typed."""
    return list(dict.fromkeys(int(n) for n in re.findall(r"Message (\d+)\.", html)))


def folded(html):
    match = re.search(r'<details class="fold timeline__fold">(.*?)</details>', html, re.DOTALL)
    return messages(match[1]) if match else []


@pytest.fixture(params=["portal", "console"])
def side(request, client, ana, kim):
    """The case page of a side, with its reader signed in."""
    client.force_login(ana if request.param == "portal" else kim)
    return request.param


@pytest.fixture
def page(side, client):
    def get(case, query=""):
        answer = client.get(f"/{side}/cases/{case.code}/{query}")
        assert answer.status_code == 200
        shown = answer.content.decode()
        return re.sub(r'<details class="typed">.*?</details>', "", shown, flags=re.DOTALL)

    return get


def test_a_short_conversation_is_one_page_without_jumps(page, ana, kim):
    case = actions.answer(cast.file(ana), by=kim, text="Message 2.").case
    html = page(case)
    assert messages(html) == [2]
    assert 'class="jumps"' not in html
    assert '<details class="fold timeline__fold">' not in html


def test_five_hundred_updates_are_pages_of_a_hundred(page, ana, kim, lee):
    case = cast.file(ana)
    lengthen(case, [lee], 499)
    newest = page(case)
    assert messages(newest) == list(range(401, 501))
    assert folded(newest) == list(range(401, 491)), "the newest ten are open"
    assert "401 to 500 of 500" in newest
    first = page(case, "?page=1")
    assert "They just end." in first
    assert messages(first) == list(range(2, 101))
    assert folded(first) == []
    assert 'rel="next" href="?page=2#conversation"' in first
    assert messages(page(case, "?page=3")) == list(range(201, 301))
    assert len(newest) < 200_000


def test_the_page_opens_where_what_is_new_begins(page, side, client, ana, kim, lee):
    case = cast.file(ana)
    lengthen(case, [lee], 120)
    seen = page(case)
    assert 'id="new"' not in seen, "whoever was never here has no news"
    lengthen(case, [lee], 30)
    html = page(case)
    assert folded(html) == list(range(101, 122))
    assert html.index('id="new"') < html.index("Message 122.")
    assert "New since you were here (30)" in html
    assert 'id="new"' not in page(case), "now it is read"
    lengthen(case, [lee], 100)
    html = page(case)
    assert messages(html)[0] == 101, "the page of the first new entry, not the newest"
    assert 'href="?page=3#newest"' in html
    assert "New since you were here (100)" in page(case, "?page=1")


def test_what_one_reads_on_an_early_page_is_not_the_newest(page, ana, lee):
    case = cast.file(ana)
    lengthen(case, [lee], 150)
    page(case)
    lengthen(case, [lee], 5)
    page(case, "?page=1")
    assert "New since you were here (5)" in page(case)


def test_ones_own_last_words_are_read(page, side, client, ana, kim, lee):
    case = cast.file(ana)
    lengthen(case, [lee], 20)
    reader = ana if side == "portal" else kim
    lengthen(case, [reader], 1)
    lengthen(case, [lee, reader], 4)
    html = page(case)
    assert "New since you were here" not in html
    lengthen(case, [lee], 2)
    client.cookies.clear()
    client.force_login(reader)
    assert "New since you were here (2)" in page(case)


def test_another_reader_of_the_browser_has_read_nothing(client, ana, kim, lee, acme):
    eve = cast.contact(acme, "Eve", "eve@acme.example")
    case = cast.file(ana)
    lengthen(case, [lee], 20)
    address = f"/portal/cases/{case.code}/"
    client.force_login(eve)
    client.get(address)
    lengthen(case, [lee], 2)
    cookie = client.cookies["caretrack_read"]
    client.force_login(cast.contact(acme, "Fay", "fay@acme.example"))
    client.cookies["caretrack_read"] = cookie.value
    assert "New since you were here" not in client.get(address).content.decode()


@pytest.mark.parametrize("query", ["?page=0", "?page=9", "?page=x", "?entry=999", "?page=²"])
def test_a_link_to_no_page_shows_the_newest(query, page, ana, lee):
    case = cast.file(ana)
    lengthen(case, [lee], 150)
    assert messages(page(case, query))[-1] == 151


def test_a_link_to_an_entry_opens_its_page(page, ana, lee):
    case = cast.file(ana)
    lengthen(case, [lee], 250)
    html = page(case, "?entry=150")
    assert messages(html) == list(range(101, 201))
    assert 'id="entry-150"' in html


def test_each_message_has_a_heading_and_the_answer_one_jump(page, side, ana, kim, lee):
    case = cast.file(ana)
    lengthen(case, [lee], 30)
    html = page(case)
    target = "#act-answer" if side == "portal" else "#composer"
    assert f'<a href="{target}">Answer</a>' in html
    assert f'id="{target[1:]}"' in html
    assert html.count('<h3 class="timeline__who">') == 31
    assert html.index('id="conversation"') < html.index('<h3 class="timeline__who">')


@pytest.mark.parametrize("value", ["", "1", "x.y", "1.", ".5", "1.999999999999999999999", "²."])
def test_an_odd_cookie_is_nobodys(value, page, client, ana, lee):
    case = cast.file(ana)
    lengthen(case, [lee], 20)
    client.cookies["caretrack_read"] = value
    assert "Message 21." in page(case)


def test_jumps_lead_to_the_first_the_newest_and_ones_own_last_message(page, side, ana, kim, lee):
    case = cast.file(ana)
    reader = ana if side == "portal" else kim
    lengthen(case, [lee, reader], 150)
    lengthen(case, [lee], 60)
    html = page(case, "?page=3")
    assert 'href="?page=1#conversation"' in html
    assert 'href="#newest"' in html
    own = re.search(r'href="(\?entry=(\d+)#entry-\d+)"', html)
    assert f'id="entry-{own[2]}"' in page(case, own[1].split("#")[0])
    assert own[2] == "151"
    has_keys = side == "console"
    for key in ("{", "}", "y"):
        assert (f'data-key="{key}"' in html) is has_keys, key
    lengthen(case, [reader], 1)
    assert 'href="#entry-212"' in page(case), "on this page and open"


def test_a_short_conversation_has_the_keys_of_its_jumps(client, ana, kim):
    case = actions.answer(cast.file(ana), by=kim, text="Message 2.").case
    client.force_login(kim)
    html = client.get(f"/console/cases/{case.code}/").content.decode()
    assert 'href="#entry-2" data-key="y" data-key-label="My last message"' in html


def test_two_hundred_updates_cost_no_statement_more(page, side, client, ana, kim, lee):
    case = cast.file(ana)
    lengthen(case, [lee], 12)
    few = len(statements(client, f"/{side}/cases/{case.code}/"))
    lengthen(case, [lee, ana, kim], 200)
    assert len(statements(client, f"/{side}/cases/{case.code}/")) == few
