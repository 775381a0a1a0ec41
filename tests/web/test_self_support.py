"""§3, §4: help for everyone, what an organisation may use, and who writes the articles."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.models import Area, Deflection
from core.tenancy import care_scope
from tests import cast


def html_of(answer) -> str:
    return answer.content.decode()


# --- Help, and cases that were not needed


def test_articles_are_open_to_everyone(client, db):
    assert "Calls drop" in html_of(client.get("/help/"))
    assert "<mark>" in html_of(client.get("/help/", {"q": "firewall"}))
    shown = html_of(client.get("/help/calls-drop/"))
    assert "Version 1" in shown
    assert client.get("/help/no-such/").status_code == 404


def test_what_is_typed_and_what_is_written_is_never_run(client, maya):
    from tests.cases.test_articles import write

    write(maya, body="zebra <script>alert(1)</script> [x](javascript:alert(1)) zebra")
    for path in ("/help/?q=zebra", "/help/?q=<script>alert(1)</script>", "/help/new-one/"):
        assert "<script>alert" not in html_of(client.get(path))
        assert 'href="javascript:' not in html_of(client.get(path))


def test_a_visitor_has_one_word(client, db):
    for helpful in ("no", "yes"):
        client.post("/help/calls-drop/vote/", {"helpful": helpful, "comment": "hm"})
    with care_scope():
        from cases.models import ArticleVote

        assert [(vote.is_helpful, vote.person) for vote in ArticleVote.objects.all()] == [
            (True, None)
        ]


def test_nobody_votes_without_end_from_one_address(db):
    from django.test import Client

    codes = [
        Client().post("/help/calls-drop/vote/", {"helpful": "yes"}).status_code for _ in range(31)
    ]
    assert codes == [302] * 30 + [403]


def test_visitors_behind_a_trusted_proxy_are_counted_one_by_one(db, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    codes = [
        Client(headers={"X-Forwarded-For": f"203.0.113.{n}"}).post(
            "/help/calls-drop/vote/", {"helpful": "yes"}
        )
        for n in range(31)
    ]
    assert {answer.status_code for answer in codes} == {302}


def test_a_case_that_an_article_spared_is_counted_once(as_ana, ana):
    for _ in range(2):
        answer = as_ana.post("/help/calls-drop/vote/", {"helpful": "yes", "from": "filing"})
    assert answer["Location"] == "/portal/"
    assert [(one.person, one.article.slug) for one in Deflection.objects.all()] == [
        (ana, "calls-drop")
    ]
    as_ana.post("/help/one-way-audio/vote/", {"helpful": "no", "from": "filing"})
    as_ana.post("/help/one-way-audio/vote/", {"helpful": "yes"})
    assert Deflection.objects.count() == 1


# --- Entitlements


def test_the_entitlements_are_in_the_readers_own_time(as_ana, time_machine):
    time_machine.move_to(cast.utc("2026-03-03 18:30"))  # Tuesday 13:30 in New York, 19:30 in Berlin
    shown = html_of(as_ana.get("/portal/entitlements/"))
    assert (
        "<dt>Today</dt><dd>00:00–03:00, 14:00–24:00</dd>" in shown.replace("\n", "")
        or "14:00–24:00" in shown
    )
    assert "<strong>Open now</strong> until" in shown
    assert "By PureCloud 2, without an end" in shown
    assert "Network and devices" in shown
    time_machine.move_to(cast.utc("2026-03-07 18:30"))  # Saturday
    assert "opens <time" in html_of(as_ana.get("/portal/entitlements/"))


def test_the_entitlements_cost_eight_statements(as_ana):
    as_ana.get("/portal/entitlements/")
    with CaptureQueriesContext(connection) as page:
        as_ana.get("/portal/entitlements/")
    assert (
        len([q for q in page.captured_queries if "SAVEPOINT" not in q["sql"]]) <= 9
    )  # the tests' own scope, too


def test_an_organisation_without_licences_is_told_what_is_missing_and_where_to_go(as_ana, ana):
    ana.organisation.licences.update(ends_on=timezone.localdate() - timedelta(days=1))
    shown = html_of(as_ana.get("/portal/entitlements/"))
    assert "Not open to you" in shown
    assert "has none of the licences" in shown
    assert "Search the articles" in shown


def test_japan_reads_its_own_edition(client, ben):
    client.force_login(ben)
    shown = html_of(client.get("/portal/entitlements/"))
    assert "+81 50 5550 0111" in shown
    assert "+1 555 0111" not in shown
    assert "(Japan)" in shown


# --- The editors


def test_a_manager_writes_looks_publishes_and_compares(client, maya):
    client.force_login(maya)
    for path in ("articles/", "areas/", "areas/voice/", "articles/calls-drop/versions/1/"):
        assert client.get(f"/console/{path}").status_code == 200
    text = {"title": "Quasars", "summary": "About them.", "body": "They are *far*.", "area": ""}
    assert client.post("/console/articles/new/", text)["Location"] == "/console/articles/quasars/"
    assert "<em>far</em>" in html_of(
        client.post("/console/articles/quasars/", {**text, "preview": "1"})
    )
    assert client.get("/help/quasars/").status_code == 404
    assert "Quasars" in html_of(client.get("/console/articles/"))
    client.post("/console/articles/quasars/", {**text, "publish": "1"})
    client.post("/console/articles/quasars/", {**text, "body": "They are near.", "publish": "1"})
    shown = html_of(client.get("/console/articles/quasars/versions/2/"))
    assert "<ins>+ They are near.</ins>" in shown
    assert "<del>− They are *far*.</del>" in shown
    again = client.post(
        "/console/articles/quasars/", {**text, "body": "They are near.", "publish": "1"}
    )
    assert (again.status_code, "Nothing has changed" in html_of(again)) == (422, True)
    client.post("/console/articles/quasars/withdrawal/")
    assert client.get("/help/quasars/").status_code == 404


def test_a_manager_changes_an_area_and_cases_keep_their_name(client, maya, ana):
    case = cast.file(ana, area="Voice")
    client.force_login(maya)
    changed = {
        "name": "Telephony",
        "responsibility": "ours",
        "why": "Because.",
        "position": 1,
        "is_active": "on",
    }
    assert client.post("/console/areas/voice/", changed).status_code == 302
    assert client.post("/console/areas/new/", {**changed, "key": "v2"}).status_code == 422
    case.refresh_from_db()
    assert (Area.objects.get(key="voice").name, case.area) == ("Telephony", "Voice")


@pytest.mark.parametrize(
    "path", ["articles/", "articles/new/", "articles/calls-drop/", "areas/", "areas/voice/"]
)
def test_analysts_and_customers_do_not_write_articles(client, kim, ana, path):
    for reader in (kim, ana):
        client.force_login(reader)
        assert client.get(f"/console/{path}").status_code == 403
