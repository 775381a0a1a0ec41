"""Living with many cases: the list and its views, the notices under the bell, and what each person
prefers.
"""

import csv
import itertools
from datetime import time, timedelta

import pytest

from caretrack.web.portal import case_export
from caretrack.web.portal.case_order import ORDERS
from cases import actions, saved_views
from cases.models import Notification, SavedView
from contacts import actions as people
from contacts.models import PeopleEvent
from core.errors import Refused
from tests import cast
from tests.cast import utc
from tests.pages import holds


def page(client, address="/portal/cases/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def titles(client, query="") -> list[str]:
    return [row.case.title for row in client.get(f"/portal/cases/?{query}").context["rows"]]


# --- The list


def test_what_is_missed_and_due_soonest_comes_first_and_the_list_says_so(
    as_ana, ana, kim, time_machine
):
    time_machine.move_to(utc("2026-03-02 06:00"), tick=False)
    cast.file(ana, severity=4, title="Low, missed")
    time_machine.move_to(utc("2026-03-05 10:00"), tick=False)
    cast.file(ana, severity=1, title="Critical, missed")
    time_machine.move_to(utc("2026-03-05 10:15"), tick=False)
    cast.file(ana, severity=3, title="Medium, due at 12:15")
    cast.file(ana, severity=2, title="High, due at 11:15")
    waiting = actions.answer(cast.file(ana, severity=4, title="Waits"), by=kim, text="?").case
    actions.request_information(waiting, by=kim, text="Which phones?")
    # A Critical case that is restored is promised neither an update nor a restoration (§14).
    outage = actions.take(cast.file(ana, severity=1, title="Nothing due"), by=kim).case
    actions.restore(outage, by=kim, text="It runs.")
    as_ana.force_login(ana)
    assert titles(as_ana) == [
        "Critical, missed",
        "Low, missed",
        "High, due at 11:15",
        "Medium, due at 12:15",
        "Waits",
        "Nothing due",
    ]
    assert "Order: Missed and soonest due first" in page(as_ana)
    actions.accept(cast.proposed(ana, kim), by=ana)
    assert "Order: Newest first" in page(as_ana, "/portal/cases/?state=closed")


def test_every_order_is_paged_forward_and_back_and_shows_each_case_once(
    subtests, as_ana, ana, kim, acme, time_machine
):
    other = cast.contact(acme, "Zoë O'Neil. Jr", "zoe@acme.example")
    for number in range(30):
        time_machine.move_to(utc("2026-03-02 06:00") + timedelta(hours=number), tick=False)
        case = cast.file(
            [ana, other][number % 2],
            severity=1 + number % 4,
            area=["Voice", "Sign-in", ""][number % 3],
            title=f"Case {number}",
        )
        if number % 5 == 0:
            actions.request_information(case, by=kim, text="?")
    as_ana.force_login(ana)
    first_read, second_read = utc("2026-03-03 12:00"), utc("2026-03-04 06:00")
    for sort, state in itertools.product(["", *ORDERS], ["open", "all"]):
        with subtests.test(sort=sort, state=state):
            base = f"/portal/cases/?state={state}&sort={sort}"
            time_machine.move_to(first_read, tick=False)
            first = as_ana.get(base).context
            time_machine.move_to(second_read, tick=False)
            second = as_ana.get(f"{base}&after={first['page'].after}").context
            assert second["page"].after == ""
            back = as_ana.get(f"{base}&before={second['page'].before}").context
            codes = [row.code for row in [*first["rows"], *second["rows"]]]
            assert len(codes) == len(set(codes)) == 30
            assert [row.code for row in back["rows"]] == codes[:25]


def test_a_click_on_a_heading_orders_the_list_and_another_turns_it_round(as_ana, ana):
    cast.file(ana, severity=3, title="Medium")
    cast.file(ana, severity=2, title="High")
    cast.file(ana, severity=4, title="Low")
    heading = next(c for c in as_ana.get("/portal/cases/").context["columns"] if c.query)
    assert (str(heading.label), heading.query) == ("Severity", "sort=severe")
    assert titles(as_ana, heading.query) == ["High", "Medium", "Low"]
    assert 'aria-sort="descending"' in page(as_ana, f"/portal/cases/?{heading.query}")
    again = as_ana.get(f"/portal/cases/?{heading.query}").context["columns"][0]
    assert titles(as_ana, again.query) == ["Low", "Medium", "High"]


def test_a_list_names_area_and_site(as_ana, ana):
    cast.file(ana, area="Voice")
    shown = page(as_ana)
    assert "Voice<br>" in " ".join(shown.split()).replace("> <", "><")
    assert "Main office" in shown


def test_your_turn_first_and_newest_first_can_be_asked_for(as_ana, ana, kim):
    old = cast.file(ana, title="Waits for you")
    cast.file(ana, title="With us")
    actions.request_information(old, by=kim, text="Which phones?")
    assert titles(as_ana, "sort=turn") == ["Waits for you", "With us"]
    assert titles(as_ana, "sort=newest") == ["With us", "Waits for you"]


def test_filters_stand_in_the_address_and_narrow_together(as_ana, ana, kim, acme):
    cast.file(ana, severity=2, title="High voice", area="Voice")
    cast.file(ana, severity=3, title="Medium voice", area="Voice")
    cast.file(ana, severity=3, title="Medium reports", area="Reports")
    assert titles(as_ana, "severity=3&area=Voice") == ["Medium voice"]
    assert len(titles(as_ana, f"person={ana.pk}&site={acme.sites.get().pk}")) == 3
    assert titles(as_ana, f"person={kim.pk}") == []
    assert titles(as_ana, "stage=closed") == []
    assert titles(as_ana, "severity=2&q=voice") == ["High voice"]


def test_opened_from_and_until_are_days_on_the_readers_calendar(as_ana, ana, time_machine):
    time_machine.move_to(
        utc("2026-03-01 23:30"), tick=False
    )  # half past midnight on the second in Berlin
    cast.file(ana)
    as_ana.force_login(ana)
    assert len(titles(as_ana, "since=2026-03-02&until=2026-03-02")) == 1
    assert titles(as_ana, "until=2026-03-01") == []


STRANGE = """
    state=x severity=9 site=x person=-1 since=soon until=9999-99-99 after=x before=1.2.3.4
    after=9.9.9 sort=x stage=x after=t9.n1.n2.t3.n4 after=t1.s00.n1 after=t1.sff.n1
    sort=person&after=t1.n1.n1 after=t9.n1.n2.t99999999999999999.n4
    since=0001-01-01 q=%25 from=x q=a&from=99999 after=1.999999999999999999.1
"""


@pytest.mark.parametrize("query", STRANGE.split())
def test_an_address_with_strange_words_still_shows_a_list(query, as_ana, ana):
    cast.file(ana)
    page(as_ana, f"/portal/cases/?{query}")


def test_pages_go_on_and_back_and_show_each_case_once(as_ana, ana, kim):
    for number in range(30):
        case = cast.file(ana, title=f"Case {number}")
        if number % 3 == 0:
            actions.request_information(case, by=kim, text="?")
    first = as_ana.get("/portal/cases/?sort=turn").context
    second = as_ana.get(f"/portal/cases/?sort=turn&after={first['page'].after}").context
    back = as_ana.get(f"/portal/cases/?sort=turn&before={second['page'].before}").context
    shown = [row.code for row in [*first["rows"], *second["rows"]]]
    assert (len(shown), len(set(shown)), second["page"].after, first["page"].before) == (
        30,
        30,
        "",
        "",
    )
    assert [row.code for row in back["rows"]] == [row.code for row in first["rows"]]
    assert [row.turn for row in first["rows"]][:10] == ["Waiting for you"] * 10


def test_the_hit_is_marked_where_it_was_said(as_ana, ana, kim):
    actions.answer(cast.file(ana), by=kim, text="It is <b>the codec</b> of the gateway.")
    assert "&lt;b&gt;the <mark>codec</mark>&lt;/b&gt;" in page(as_ana, "/portal/cases/?q=codec")


def test_every_page_of_a_contact_searches_all_cases(as_ana, ana, kim):
    actions.accept(cast.proposed(ana, kim), by=ana)
    assert 'name="q"' in page(as_ana, "/portal/organisation/")
    assert titles(as_ana, "q=drop") == ["Calls drop after 30 s"]


def test_empty_lists_say_what_would_be_here(as_ana, ana):
    assert "open one" in page(as_ana)
    cast.file(ana)
    assert "No case matches “xylophone”" in page(as_ana, "/portal/cases/?q=xylophone")
    assert "No case matches" in page(as_ana, "/portal/cases/?severity=4")


# --- Views


def test_a_list_is_kept_renamed_and_removed(as_ana, ana):
    answer = as_ana.post(
        "/portal/views/",
        {"name": " Voice,  high ", "query": "severity=2&area=Voice&after=1.2.3&x=y"},
    )
    view = SavedView.objects.get()
    assert (answer["Location"], view.name, view.organisation) == (
        "/portal/cases/?severity=2&area=Voice",
        "Voice, high",
        ana.organisation,
    )
    assert holds(page(as_ana, answer["Location"]), '<h1 class="title">Voice, high</h1>')
    as_ana.post(f"/portal/views/{view.pk}/name/", {"name": "Voice"})
    assert "<bdi>Voice</bdi>" in page(as_ana)
    as_ana.post(f"/portal/views/{view.pk}/removal/")
    assert not SavedView.objects.exists()


def test_a_view_needs_a_name_of_its_own(as_ana, ana):
    as_ana.post("/portal/views/", {"name": "Mine", "query": ""})
    assert as_ana.post("/portal/views/", {"name": "Mine", "query": "q=x"}).status_code == 403
    assert as_ana.post("/portal/views/", {"name": "  ", "query": "q=x"}).status_code == 403
    assert SavedView.objects.count() == 1


def test_a_colleagues_view_is_seen_when_shared_and_changed_by_nobody_else(
    client, as_ana, ana, cole
):
    as_ana.post("/portal/views/", {"name": "For us", "query": "severity=2"})
    view = SavedView.objects.get()
    page(client)  # which says that the view was saved
    client.force_login(cole)
    name, removal = f"/portal/views/{view.pk}/name/", f"/portal/views/{view.pk}/removal/"
    assert "For us" not in page(client)
    assert client.post(name, {"name": "Theirs", "shared": "1"}).status_code == 404
    client.force_login(ana)
    client.post(name, {"name": "For us", "shared": "1"})
    client.force_login(cole)
    assert holds(page(client), 'For us</bdi> <span class="muted">(Ana Albers)</span>')
    assert "Ana Albers made and shared this view" in page(client, "/portal/cases/?severity=2")
    assert client.post(name, {"name": "Theirs", "shared": "1"}).status_code == 403
    assert client.post(removal).status_code == 403
    assert SavedView.objects.get().name == "For us"


def test_the_primary_contact_changes_a_shared_view_and_no_other(client, as_ana, ana, cole, maya):
    people.make_primary(ana.designation, by=maya)
    theirs = saved_views.save(by=cole, audience="portal", name="Own", query="q=1")
    shared = saved_views.save(by=cole, audience="portal", name="Us", query="q=2", is_shared=True)
    assert as_ana.post(f"/portal/views/{theirs.pk}/removal/").status_code == 404
    assert "Cole Conrad made this view" in page(as_ana, "/portal/cases/?q=2")
    as_ana.post(f"/portal/views/{shared.pk}/name/", {"name": "All", "shared": "1"})
    assert (as_ana.post(f"/portal/views/{shared.pk}/removal/").status_code) == 302
    assert SavedView.objects.get() == theirs


def test_an_organisation_shares_fifty_views_at_most(ana, cole, monkeypatch):
    monkeypatch.setattr(saved_views, "MOST", 1)
    saved_views.save(by=ana, audience="portal", name="Us", query="q=1", is_shared=True)
    with pytest.raises(Refused, match="Your organisation shares 1 views already"):
        saved_views.save(by=cole, audience="portal", name="Them", query="q=1", is_shared=True)


# --- As a file


def exported(client, query=""):
    answer = client.get(f"/portal/cases/export/?{query}")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return answer, list(csv.DictReader(text.splitlines()))


def test_the_list_is_exported_as_it_is_filtered_and_ordered(as_ana, ana, ben, kim, monkeypatch):
    monkeypatch.setattr(case_export, "BATCH", 2)
    cases = [cast.file(ana, severity=2, title=f"={number}+1") for number in range(5)]
    cast.file(ana, severity=4)
    cast.file(ben, severity=2)
    closed = cast.file(ana, severity=2)
    actions.withdraw(closed, by=ana, text="Fine.")
    answer, rows = exported(as_ana, "severity=2&sort=oldest")
    assert [row["Case"] for row in rows] == [case.code for case in cases]
    assert rows[0]["Title"] == "'=0+1"  # no spreadsheet runs it
    assert (rows[0]["State"], rows[0]["Whose turn"], rows[0]["Opened by"]) == (
        "New",
        "With us",
        "Ana Albers",
    )
    assert rows[0]["Next target"] == "First response"
    assert 'filename="acme-cases-' in answer["Content-Disposition"]
    _answer, rows = exported(as_ana, "state=closed")
    assert (rows[0]["Case"], rows[0]["Reason for closing"]) == (closed.code, "Withdrawn")
    assert [row["Case"] for row in exported(as_ana, "q=calls&state=all")[1]] != []


def test_a_file_that_is_cut_says_so(as_ana, ana, monkeypatch):
    monkeypatch.setattr(case_export, "MOST_EXPORTED", 2)
    for _ in range(3):
        cast.file(ana)
    _answer, rows = exported(as_ana)
    assert [row["Case"][:9] for row in rows[:2]] != []
    assert rows[2]["Case"] == "This file ends after 2 cases. Use filters for the others."
    assert len(rows) == 3


# --- Under the bell


def test_the_bell_counts_what_is_unread_and_opening_reads_it(as_ana, ana, kim):
    case = actions.answer(cast.file(ana), by=kim, text="We look.").case
    assert holds(page(as_ana, "/portal/"), "data-bell-count>2<")
    notice = Notification.objects.get(recipient=ana, kind="answer")
    answer = as_ana.post(f"/portal/notices/{notice.pk}/")
    assert answer["Location"] == f"/portal/cases/{case.code}/"
    assert holds(page(as_ana, "/portal/"), "data-bell-count>1<")
    as_ana.post("/portal/notices/all-read/")
    assert holds(page(as_ana, "/portal/notices/"), "data-bell-count></span>")


def test_the_bell_stops_counting_at_a_hundred(as_ana, ana):
    case = cast.file(ana)
    notification = Notification.objects.get()
    Notification.objects.bulk_create(
        Notification(
            organisation=ana.organisation,
            case=case,
            recipient=ana,
            key=f"k{n}",
            subject="s",
            text="t",
            address="",
            created_at=notification.created_at,
            next_attempt_at=notification.created_at,
        )
        for n in range(120)
    )
    assert holds(page(as_ana, "/portal/"), "data-bell-count>99+<")


def test_a_notice_is_read_by_its_reader_alone(as_ana, client, ana, ben, cole):
    cast.file(ana)
    notice = Notification.objects.get()
    for other in (ben, cole):
        client.force_login(other)
        assert client.post(f"/portal/notices/{notice.pk}/").status_code == 404
        assert "No notifications yet" in page(client, "/portal/notices/")
        client.post("/portal/notices/all-read/")
    assert Notification.objects.get().read_at is None


def test_who_moved_to_another_organisation_reads_no_notices_of_the_old_one(
    client, ana, cole, kim, globex
):
    actions.watch(case := cast.file(ana), by=cole)
    actions.answer(case, by=kim, text="We look.")
    assert Notification.objects.filter(recipient=cole).exists()
    type(cole).objects.filter(pk=cole.pk).update(organisation=globex, site=None)
    cole.refresh_from_db()
    client.force_login(cole)
    assert "No notifications yet" in page(client, "/portal/notices/")


def test_a_notice_is_not_read_by_looking_at_an_address(as_ana, ana):
    cast.file(ana)
    assert as_ana.get(f"/portal/notices/{Notification.objects.get().pk}/").status_code == 405


def test_care_has_a_bell_too(client, ana, kim):
    case = cast.waiting(ana, kim)
    actions.answer_as_contact(case, by=ana, text="Desk phones.")
    client.force_login(kim)
    assert "Ana Albers answered" in page(client, "/notices/")
    answer = client.post(f"/notices/{Notification.objects.get(recipient=kim).pk}/")
    assert answer["Location"] == f"/console/cases/{case.code}/"


# --- Preferences

WISHES = {
    "language": "ja",
    "zone": "Asia/Tokyo",
    "theme": "dark",
    "quiet_from": "20:00",
    "quiet_until": "07:30",
    "digest_hour": "6",
    "news_turn": "email",
    "news_answer": "digest",
    "news_case": "portal",
    "news_mention": "email",
    "news_watched": "digest",
}


def test_a_contact_says_how_they_want_to_be_told(as_ana, ana):
    assert "only after this notification was really sent" in page(as_ana, "/portal/preferences/")
    assert as_ana.post("/portal/preferences/", WISHES)["Location"] == "/portal/preferences/"
    ana.refresh_from_db()
    assert (ana.language, ana.zone, ana.theme, ana.digest_hour) == ("ja", "Asia/Tokyo", "dark", 6)
    assert (ana.quiet_from, ana.quiet_until) == (time(20), time(7, 30))
    assert ana.notice_channels == {"answer": "digest", "case": "portal", "watched": "digest"}
    payload = PeopleEvent.objects.get(about=ana, verb="changed").particulars
    assert payload["after"] == {"language": "ja", "zone": "Asia/Tokyo"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"zone": "Mars/Base"},
        {"quiet_until": ""},
        {"quiet_until": "20:00"},
        {"digest_hour": "24"},
        {"news_turn": "pigeon"},
        {"language": "xx"},
    ],
)
def test_a_wish_that_cannot_be_is_said_so_and_the_rest_is_kept_on_the_page(wrong, as_ana, ana):
    answer = as_ana.post("/portal/preferences/", {**WISHES, **wrong})
    assert answer.status_code == 422
    assert 'value="07:30"' in answer.content.decode() or "quiet_until" in wrong
    ana.refresh_from_db()
    assert ana.language == "en"


def test_the_notice_before_a_closure_cannot_be_wished_away(as_ana, ana):
    as_ana.post("/portal/preferences/", {**WISHES, "news_closure": "portal"})
    ana.refresh_from_db()
    assert "closure" not in ana.notice_channels


def test_care_has_the_same_page_with_its_own_news(client, kim):
    client.force_login(kim)
    html = page(client, "/preferences/")
    assert "A service target is at risk or missed" in html
    assert "unless you object" not in html
    wishes = {**WISHES, "news_mention": "email", "news_promise": "digest"}
    wishes["news_reminder"] = "portal"
    assert client.post("/preferences/", wishes).status_code == 302
    kim.refresh_from_db()
    assert kim.notice_channels["promise"] == "digest"
