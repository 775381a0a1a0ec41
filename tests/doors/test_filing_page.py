"""§3, §4, §6, §7: the filing page suggests, explains, keeps drafts, and names who is there for a Critical case."""

import threading
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases import drafting, similar
from cases.models import Area, Attachment, Case, Deflection, FilingDraft, StagedFile
from contacts.models import RosterEntry
from contacts.tenancy import care_scope, organisation_scope
from tests import cast
from tests.doors.test_portal import filing

ALL_WEEK = [0, 1, 2, 3, 4, 5, 6]


@pytest.fixture
def as_ana(client, ana):
    client.force_login(ana)
    return client


def said(answer) -> str:
    return answer.content.decode()


# --- Suggestions and areas


def test_the_title_finds_articles_and_ones_own_open_cases(as_ana, ana, ben):
    mine, other = cast.file(ana, title="Calls drop after 30 s"), cast.file(ben, title="Calls drop after 30 s")
    shown = said(as_ana.get("/portal/cases/new/suggestions/", {"title": "calls drop after 30 seconds", "draft": "7"}))
    assert f"This is my problem: add to {mine.code}" in shown
    assert other.code not in shown
    assert "/help/calls-drop/?from=filing&amp;draft=7" in shown


@pytest.mark.parametrize("title", ["", "ab", "\0\0\0\0\0", "zzzzqqqq", "%%%%"])
def test_a_title_that_says_nothing_suggests_nothing(as_ana, ana, title):
    cast.file(ana)
    assert "<li" not in said(as_ana.get("/portal/cases/new/suggestions/", {"title": title}))


def test_closed_cases_are_not_suggested(ana, kim):
    from cases import actions

    actions.accept(cast.proposed(ana, kim), by=ana)
    assert similar.to("Calls drop after 30 s", reader=ana) == []


def test_without_scripts_a_button_looks_first_and_keeps_the_words(as_ana, ana):
    mine = cast.file(ana, title="Calls drop after 30 s")
    shown = as_ana.post("/portal/cases/new/", filing(ana, title="Calls drop after 30 s", look="1"))
    assert shown.status_code == 200
    assert f"add to {mine.code}" in said(shown)
    assert "Silence on every call." in said(shown)
    assert Case.objects.count() == 1


def test_an_area_says_at_once_who_answers_for_it(as_ana, ana):
    shown = said(as_ana.get("/portal/cases/new/area/", {"area": "Network and devices"}))
    assert "Yours" in shown
    assert "You can file all the same" in shown
    assert "/help/network-and-ports/" in shown
    assert said(as_ana.get("/portal/cases/new/area/", {"area": "No such"})).strip() == ""


def test_an_area_that_is_no_longer_offered_is_not_filed(as_ana, ana):
    Area.objects.filter(name="Voice").update(is_active=False)
    assert as_ana.post("/portal/cases/new/", filing(ana)).status_code == 422


def test_an_installation_without_areas_files_all_the_same(as_ana, ana):
    Area.objects.all().delete()
    assert as_ana.post("/portal/cases/new/", filing(ana, area="")).status_code == 302


def test_the_filing_page_costs_the_same_for_one_case_and_for_fifty(as_ana, ana):
    cast.file(ana)
    url, looking = "/portal/cases/new/", {"title": "Calls drop after 30 s"}
    as_ana.get(url), as_ana.get("/portal/cases/new/suggestions/", looking)
    with CaptureQueriesContext(connection) as page:
        as_ana.get(url)
    with CaptureQueriesContext(connection) as few:
        as_ana.get("/portal/cases/new/suggestions/", looking)
    for number in range(49):
        cast.file(ana, title=f"Calls drop after {number} s")
    with CaptureQueriesContext(connection) as many:
        as_ana.get("/portal/cases/new/suggestions/", looking)
    counted = [
        len([q for q in one if "SAVEPOINT" not in q["sql"]]) for one in (page.captured_queries, few.captured_queries)
    ]
    assert len(many) == len(few)
    assert counted[0] <= 9  # the last one is the tests' own scope, taken again
    assert counted[1] <= 8


# --- Critical


def on_roster(ana, phone="+49 30 7777"):
    RosterEntry.objects.create(
        organisation=ana.organisation, user=ana, weekdays=ALL_WEEK, starts="00:00", ends="24:00", zone=ana.zone,
        phone=phone,
    )  # fmt: skip


def test_a_critical_card_names_who_is_on_duty_and_how_fast_we_call(as_ana, ana):
    on_roster(ana)
    shown = said(as_ana.get("/portal/cases/new/proposal/", filing(ana, function_down="yes", workaround="no")))
    assert "On duty now: <strong>Ana Albers</strong>" in shown
    assert 'value="+49 30 7777"' in shown
    assert "We call back within 10 min" in shown
    assert "+1 555 0111" in shown


def test_the_time_to_call_back_is_the_policys(as_ana, ana):
    from sla import calendars
    from sla.models import PolicyTarget, PolicyVersion
    from sla.models.policy import Promise

    last = PolicyVersion.objects.latest("number")
    targets = list(PolicyTarget.objects.filter(version=last))
    last.pk, last.number = None, last.number + 1
    last.save(force_insert=True)
    for target in targets:
        target.pk, target.version = None, last
        if (target.promise, target.severity) == (Promise.RESPONSE, 1):
            target.amount = 25
        target.save(force_insert=True)
    calendars.terms_of.cache_clear()
    shown = said(as_ana.get("/portal/cases/new/proposal/", filing(ana, function_down="yes", workaround="no")))
    assert "within 25 min" in shown


def test_an_empty_roster_is_said_and_somebody_must_be_named(as_ana, ana):
    critical = filing(ana, function_down="yes", workaround="no")
    assert "Nobody stands on your roster" in said(as_ana.get("/portal/cases/new/proposal/", critical))
    answer = as_ana.post("/portal/cases/new/", {**critical, "on_duty_name": "", "call_back_number": "+49 1"})
    assert (answer.status_code, "name who is there" in said(answer)) == (422, True)


def test_who_is_on_duty_is_kept_with_the_case_and_in_its_journal(as_ana, ana):
    on_roster(ana)
    as_ana.post("/portal/cases/new/", filing(ana, function_down="yes", workaround="no"))
    case = Case.objects.get()
    assert (case.on_duty_name, case.call_back_number) == ("Ana Albers", "+49 30 7777")
    told = case.events.first().particulars
    assert (told["on_duty"], told["call_back"]) == ("Ana Albers", "+49 30 7777")


def test_a_site_in_japan_is_given_the_number_for_japan(client, ben):
    client.force_login(ben)
    shown = said(client.get("/portal/cases/new/proposal/", filing(ben, function_down="yes", workaround="no")))
    assert "+81 50 5550 0111" in shown


# --- Drafts


def save(client, **fields):
    return client.post("/portal/drafts/", fields)


def test_a_draft_is_kept_while_typing_and_found_on_another_device(as_ana, ana, client, django_user_model):
    shown = said(save(as_ana, title="No sound", description="Since nine", degraded="severely"))
    draft = FilingDraft.objects.get()
    assert f'name="draft" value="{draft.pk}"' in shown
    from django.test import Client

    elsewhere = Client()
    elsewhere.force_login(ana)
    assert "1 draft" in said(elsewhere.get("/portal/"))
    assert "1 draft" in said(elsewhere.get("/portal/cases/"))
    page = said(elsewhere.get("/portal/cases/new/", {"draft": draft.pk}))
    assert 'value="No sound"' in page
    assert "Since nine" in page


def test_a_draft_is_its_writers_alone(as_ana, ana, ben, cole, acme, client):
    save(as_ana, title="zebra secret")
    draft = FilingDraft.objects.get()
    for other in (cast.contact(acme, "Eve", "eve@acme.example"), cole, ben):
        client.force_login(other)
        for path in ("/portal/", "/portal/cases/", f"/portal/cases/new/?draft={draft.pk}"):
            assert "zebra" not in said(client.get(path))
        client.post(f"/portal/drafts/{draft.pk}/removal/")
        save(client, title="mine now", draft=draft.pk, revision=draft.revision)
    draft.refresh_from_db()
    assert draft.fields == {"title": "zebra secret"}
    with organisation_scope(ben.organisation_id):
        assert not FilingDraft.objects.filter(pk=draft.pk).exists()


def test_two_windows_of_one_draft_lose_no_words(as_ana, ana):
    save(as_ana, title="First")
    draft = FilingDraft.objects.get()
    save(as_ana, title="From window A", draft=draft.pk, revision=1)
    shown = said(save(as_ana, title="From window B", draft=draft.pk, revision=1))
    assert "Another window" in shown
    assert {d.title for d in FilingDraft.objects.all()} == {"From window A", "From window B"}


def test_two_windows_that_save_at_the_same_moment_lose_no_words(transactional_db):
    with care_scope():
        ana = cast.contact(cast.organisation("acme", "Acme"), "Ana", "ana@acme.example")
        draft = drafting.save(by=ana, fields={"title": "First"})
    barrier, failed = threading.Barrier(4), []

    def keep(number):
        try:
            with organisation_scope(ana.organisation_id):
                barrier.wait()
                drafting.save(by=ana, fields={"title": f"Window {number}"}, key=draft.pk, revision=1)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=keep, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with care_scope():
        assert failed == []
        assert {d.title for d in FilingDraft.objects.all()} == {f"Window {number}" for number in range(4)}


def test_saving_the_same_words_again_changes_nothing(as_ana):
    save(as_ana, title="Same")
    draft = FilingDraft.objects.get()
    save(as_ana, title="Same", draft=draft.pk, revision=1)
    assert FilingDraft.objects.get().revision == 1


@pytest.mark.parametrize("fields", [{}, {"title": "  "}, {"degraded": "hardly", "priority": "3"}])
def test_nothing_worth_keeping_is_not_kept(as_ana, fields):
    assert save(as_ana, **fields).status_code == 200
    assert not FilingDraft.objects.exists()


@pytest.mark.parametrize("draft", ["x", "-1", "9" * 40, "²", "0", ""])
def test_strange_keys_of_drafts_break_nothing(as_ana, ana, draft):
    assert as_ana.get("/portal/cases/new/", {"draft": draft}).status_code == 200
    assert save(as_ana, title="x\0y", draft=draft, revision=draft).status_code == 200


def test_a_draft_that_is_too_long_says_so(as_ana):
    answer = save(as_ana, title="x", description="x" * 100_000, business_impact="y" * 100_000)
    assert (answer.status_code, "send logs as files" in said(answer)) == (422, True)


def test_filing_takes_the_draft_away_in_the_same_transaction(as_ana, ana):
    save(as_ana, title="No sound")
    draft = FilingDraft.objects.get()
    answer = as_ana.post("/portal/cases/new/", filing(ana, draft=draft.pk, conversation_ids="wrong"))
    assert answer.status_code == 422
    assert FilingDraft.objects.filter(pk=draft.pk).exists()
    assert as_ana.post("/portal/cases/new/", filing(ana, draft=draft.pk)).status_code == 302
    assert not FilingDraft.objects.exists()


def test_the_same_draft_is_not_filed_twice_by_mistake(as_ana, ana):
    save(as_ana, title="No sound")
    key = FilingDraft.objects.get().pk
    as_ana.post("/portal/cases/new/", filing(ana, draft=key))
    again = as_ana.post("/portal/cases/new/", filing(ana, draft=key))
    assert (again.status_code, "look at your cases first" in said(again)) == (422, True)
    assert f'name="draft" value="{key}"' not in said(again)
    assert Case.objects.count() == 1


def test_keep_for_later_without_scripts_keeps_words_and_files(as_ana, ana):
    upload = SimpleUploadedFile("console.log", b"x")
    answer = as_ana.post("/portal/cases/new/", {"title": "Half a case", "keep": "1", "files": [upload]})
    assert answer.status_code == 302
    draft = FilingDraft.objects.get()
    assert (draft.title, [file.name for file in draft.staged.all()]) == ("Half a case", ["console.log"])
    assert "console.log" in said(as_ana.get("/portal/cases/new/", {"draft": draft.pk}))
    as_ana.post("/portal/cases/new/", filing(ana, draft=draft.pk, staged=[draft.staged.get().pk]))
    assert Attachment.objects.get().name == "console.log"


def test_a_draft_is_thrown_away_with_its_files(as_ana, ana):
    as_ana.post("/portal/cases/new/", {"title": "x", "keep": "1", "files": [SimpleUploadedFile("a.log", b"x")]})
    as_ana.post(f"/portal/drafts/{FilingDraft.objects.get().pk}/removal/")
    assert (FilingDraft.objects.count(), StagedFile.objects.count()) == (0, 0)


def test_a_person_has_only_so_many_drafts(as_ana):
    for number in range(drafting.MOST_DRAFTS):
        save(as_ana, title=f"Draft {number}")
    answer = save(as_ana, title="One too many")
    assert (answer.status_code, "You have 20 drafts" in said(answer)) == (422, True)


# --- Help, and cases that were not needed


def test_articles_are_open_to_everyone(client, db):
    assert "Calls drop" in said(client.get("/help/"))
    assert "<mark>" in said(client.get("/help/", {"q": "firewall"}))
    shown = said(client.get("/help/calls-drop/"))
    assert "Version 1" in shown
    assert client.get("/help/no-such/").status_code == 404


def test_what_is_typed_and_what_is_written_is_never_run(client, maya):
    from tests.cases.test_articles import write

    write(maya, body="zebra <script>alert(1)</script> [x](javascript:alert(1)) zebra")
    for path in ("/help/?q=zebra", "/help/?q=<script>alert(1)</script>", "/help/new-one/"):
        assert "<script>alert" not in said(client.get(path))
        assert 'href="javascript:' not in said(client.get(path))


def test_a_visitor_has_one_word(client, db):
    for helpful in ("no", "yes"):
        client.post("/help/calls-drop/vote/", {"helpful": helpful, "comment": "hm"})
    with care_scope():
        from cases.models import ArticleVote

        assert [(vote.is_helpful, vote.person) for vote in ArticleVote.objects.all()] == [(True, None)]


def test_nobody_votes_without_end_from_one_address(db):
    from django.test import Client

    codes = [Client().post("/help/calls-drop/vote/", {"helpful": "yes"}).status_code for _ in range(31)]
    assert codes == [302] * 30 + [403]


def test_visitors_behind_a_trusted_proxy_are_counted_one_by_one(db, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    codes = [
        Client(headers={"X-Forwarded-For": f"203.0.113.{n}"}).post("/help/calls-drop/vote/", {"helpful": "yes"})
        for n in range(31)
    ]
    assert {answer.status_code for answer in codes} == {302}


def test_a_case_that_an_article_spared_is_counted_once(as_ana, ana):
    for _ in range(2):
        answer = as_ana.post("/help/calls-drop/vote/", {"helpful": "yes", "from": "filing"})
    assert answer["Location"] == "/portal/"
    assert [(one.person, one.article.slug) for one in Deflection.objects.all()] == [(ana, "calls-drop")]
    as_ana.post("/help/one-way-audio/vote/", {"helpful": "no", "from": "filing"})
    as_ana.post("/help/one-way-audio/vote/", {"helpful": "yes"})
    assert Deflection.objects.count() == 1


# --- Entitlements


def test_the_entitlements_are_in_the_readers_own_time(as_ana, time_machine):
    time_machine.move_to(cast.utc("2026-03-03 18:30"))  # Tuesday 13:30 in New York, 19:30 in Berlin
    shown = said(as_ana.get("/portal/entitlements/"))
    assert "<dt>Today</dt><dd>00:00–03:00, 14:00–24:00</dd>" in shown.replace("\n", "") or "14:00–24:00" in shown
    assert "<strong>Open now</strong> until" in shown
    assert "By PureCloud 2, without an end" in shown
    assert "Network and devices" in shown
    time_machine.move_to(cast.utc("2026-03-07 18:30"))  # Saturday
    assert "opens <time" in said(as_ana.get("/portal/entitlements/"))


def test_the_entitlements_cost_eight_statements(as_ana):
    as_ana.get("/portal/entitlements/")
    with CaptureQueriesContext(connection) as page:
        as_ana.get("/portal/entitlements/")
    assert len([q for q in page.captured_queries if "SAVEPOINT" not in q["sql"]]) <= 9  # the tests' own scope, too


def test_an_organisation_without_licences_is_told_what_is_missing_and_where_to_go(as_ana, ana):
    ana.organisation.licences.update(ends_on=timezone.localdate() - timedelta(days=1))
    shown = said(as_ana.get("/portal/entitlements/"))
    assert "Not open to you" in shown
    assert "holds none of the licences" in shown
    assert "Search the articles" in shown


def test_japan_reads_its_own_edition(client, ben):
    client.force_login(ben)
    shown = said(client.get("/portal/entitlements/"))
    assert "+81 50 5550 0111" in shown
    assert "+1 555 0111" not in shown
    assert "(Japan)" in shown


# --- The editors


def test_a_manager_writes_looks_publishes_and_compares(client, maya):
    client.force_login(maya)
    for path in ("articles/", "areas/", "areas/voice/", "articles/calls-drop/versions/1/"):
        assert client.get(f"/console/{path}").status_code == 200
    words = {"title": "Quasars", "summary": "About them.", "body": "They are *far*.", "area": ""}
    assert client.post("/console/articles/new/", words)["Location"] == "/console/articles/quasars/"
    assert "<em>far</em>" in said(client.post("/console/articles/quasars/", {**words, "preview": "1"}))
    assert client.get("/help/quasars/").status_code == 404
    assert "Quasars" in said(client.get("/console/articles/"))
    client.post("/console/articles/quasars/", {**words, "publish": "1"})
    client.post("/console/articles/quasars/", {**words, "body": "They are near.", "publish": "1"})
    shown = said(client.get("/console/articles/quasars/versions/2/"))
    assert "<ins>+ They are near.</ins>" in shown
    assert "<del>− They are *far*.</del>" in shown
    again = client.post("/console/articles/quasars/", {**words, "body": "They are near.", "publish": "1"})
    assert (again.status_code, "Nothing has changed" in said(again)) == (422, True)
    client.post("/console/articles/quasars/withdrawal/")
    assert client.get("/help/quasars/").status_code == 404


def test_a_manager_changes_an_area_and_cases_keep_their_name(client, maya, ana):
    case = cast.file(ana, area="Voice")
    client.force_login(maya)
    changed = {"name": "Telephony", "responsibility": "ours", "why": "Because.", "position": 1, "is_active": "on"}
    assert client.post("/console/areas/voice/", changed).status_code == 302
    assert client.post("/console/areas/new/", {**changed, "key": "v2"}).status_code == 422
    case.refresh_from_db()
    assert (Area.objects.get(key="voice").name, case.area) == ("Telephony", "Voice")


@pytest.mark.parametrize("path", ["articles/", "articles/new/", "articles/calls-drop/", "areas/", "areas/voice/"])
def test_analysts_and_customers_do_not_write_articles(client, kim, ana, path):
    for reader in (kim, ana):
        client.force_login(reader)
        assert client.get(f"/console/{path}").status_code == 403
