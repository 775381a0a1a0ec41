"""§4: a filing that is not finished waits on the server; no window loses text, and none files it
twice.
"""

import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from cases import filing_drafts
from cases.models import Attachment, Case, FilingDraft, StagedFile
from core.tenancy import care_scope, organisation_scope
from tests import cast
from tests.pages import holds
from tests.web.test_portal import filing


def html_of(answer) -> str:
    return answer.content.decode()


def save(client, **fields):
    return client.post("/portal/drafts/", fields)


def test_a_draft_is_kept_while_typing_and_found_on_another_device(
    as_ana, ana, client, django_user_model
):
    shown = html_of(save(as_ana, title="No sound", description="Since nine", degraded="severely"))
    draft = FilingDraft.objects.get()
    assert holds(shown, f'name="draft" value="{draft.pk}"')
    from django.test import Client

    elsewhere = Client()
    elsewhere.force_login(ana)
    assert "Your drafts" in html_of(elsewhere.get("/portal/"))
    assert "Your drafts" in html_of(elsewhere.get("/portal/cases/"))
    page = html_of(elsewhere.get("/portal/cases/new/", {"draft": draft.pk}))
    assert 'value="No sound"' in page
    assert "Since nine" in page


def test_a_draft_is_its_writers_alone(as_ana, ana, ben, cole, acme, client):
    save(as_ana, title="zebra secret")
    draft = FilingDraft.objects.get()
    for other in (cast.contact(acme, "Eve", "eve@acme.example"), cole, ben):
        client.force_login(other)
        for path in ("/portal/", "/portal/cases/", f"/portal/cases/new/?draft={draft.pk}"):
            assert "zebra" not in html_of(client.get(path))
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
    shown = html_of(save(as_ana, title="From window B", draft=draft.pk, revision=1))
    assert "in another window" in shown
    assert {d.title for d in FilingDraft.objects.all()} == {"From window A", "From window B"}


def test_two_windows_that_save_at_the_same_moment_lose_no_words(transactional_db):
    with care_scope():
        ana = cast.contact(cast.organisation("acme", "Acme"), "Ana", "ana@acme.example")
        draft = filing_drafts.save(by=ana, fields={"title": "First"})
    barrier, failed = threading.Barrier(4), []

    def save_draft(number):
        try:
            with organisation_scope(ana.organisation_id):
                barrier.wait()
                filing_drafts.save(
                    by=ana, fields={"title": f"Window {number}"}, key=draft.pk, revision=1
                )
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=save_draft, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with care_scope():
        assert failed == []
        assert {d.title for d in FilingDraft.objects.all()} == {
            f"Window {number}" for number in range(4)
        }


def test_one_draft_that_is_filed_from_many_windows_at_once_is_one_case(transactional_db):
    with care_scope():
        ana = cast.contact(cast.organisation("acme", "Acme"), "Ana", "ana@acme.example")
        draft = filing_drafts.save(by=ana, fields={"title": "First"})
        form_data, clients = filing(ana, draft=draft.pk), [Client() for _ in range(4)]
        for one in clients:
            one.force_login(ana)
    barrier, came_to = threading.Barrier(4), []

    def send(one):
        try:
            barrier.wait()
            came_to.append(one.post("/portal/cases/new/", form_data).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(one,)) for one in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with care_scope():
        assert sorted(came_to) == [302, 422, 422, 422]
        assert Case.objects.count() == 1


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
    assert save(as_ana, title="x y", draft=draft, revision=draft).status_code == 200


def test_a_draft_that_is_too_long_says_so(as_ana):
    answer = save(as_ana, title="x", description="x" * 100_000, business_impact="y" * 100_000)
    assert (answer.status_code, "send logs as files" in html_of(answer)) == (422, True)


def test_filing_takes_the_draft_away_in_the_same_transaction(as_ana, ana):
    save(as_ana, title="No sound")
    draft = FilingDraft.objects.get()
    answer = as_ana.post(
        "/portal/cases/new/", filing(ana, draft=draft.pk, conversation_ids="wrong")
    )
    assert answer.status_code == 422
    assert FilingDraft.objects.filter(pk=draft.pk).exists()
    assert as_ana.post("/portal/cases/new/", filing(ana, draft=draft.pk)).status_code == 302
    assert not FilingDraft.objects.exists()


def test_the_same_draft_is_not_filed_twice_by_mistake(as_ana, ana):
    save(as_ana, title="No sound")
    key = FilingDraft.objects.get().pk
    as_ana.post("/portal/cases/new/", filing(ana, draft=key))
    again = as_ana.post("/portal/cases/new/", filing(ana, draft=key))
    assert (again.status_code, "look at your cases first" in html_of(again)) == (422, True)
    assert f'name="draft" value="{key}"' not in html_of(again)
    assert Case.objects.count() == 1


def test_keep_for_later_without_scripts_keeps_words_and_files(as_ana, ana):
    upload = SimpleUploadedFile("console.log", b"x")
    answer = as_ana.post(
        "/portal/cases/new/", {"title": "Half a case", "keep": "1", "files": [upload]}
    )
    assert answer.status_code == 302
    draft = FilingDraft.objects.get()
    assert (draft.title, [file.name for file in draft.staged.all()]) == (
        "Half a case",
        ["console.log"],
    )
    assert "console.log" in html_of(as_ana.get("/portal/cases/new/", {"draft": draft.pk}))
    as_ana.post("/portal/cases/new/", filing(ana, draft=draft.pk, staged=[draft.staged.get().pk]))
    assert Attachment.objects.get().name == "console.log"


def test_a_draft_is_thrown_away_with_its_files(as_ana, ana):
    as_ana.post(
        "/portal/cases/new/",
        {"title": "x", "keep": "1", "files": [SimpleUploadedFile("a.log", b"x")]},
    )
    as_ana.post(f"/portal/drafts/{FilingDraft.objects.get().pk}/removal/")
    assert (FilingDraft.objects.count(), StagedFile.objects.count()) == (0, 0)


def test_a_person_has_only_so_many_drafts(as_ana):
    for number in range(filing_drafts.MOST_DRAFTS):
        save(as_ana, title=f"Draft {number}")
    answer = save(as_ana, title="One too many")
    assert (answer.status_code, "You have 20 drafts" in html_of(answer)) == (422, True)
