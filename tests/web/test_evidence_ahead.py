"""§5: files go ahead of the case or answer they are for; each can be taken back, and none is lost
or left behind.
"""

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from cases import actions, tasks
from cases.files import attachments, staging
from cases.models import Attachment, Case, StagedFile
from tests import cast
from tests.web.test_portal import filing


def send(client, name="console.log", content=b"SIP/2.0 408\n", **more):
    return client.post("/portal/evidence/", {"file": SimpleUploadedFile(name, content), **more})


def store(settings):
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_a_file_goes_ahead_and_becomes_an_attachment_with_the_case(as_ana, ana, settings):
    answer = send(as_ana)
    staged = StagedFile.objects.get()
    assert (answer.status_code, staged.name, staged.content_type) == (
        200,
        "console.log",
        "text/plain",
    )
    assert f'name="staged" value="{staged.pk}"' in answer.content.decode()
    as_ana.post("/portal/cases/new/", filing(ana, staged=[staged.pk]))
    attachment = Attachment.objects.get()
    assert (attachment.case, attachment.sha256) == (Case.objects.get(), staged.sha256)
    assert attachment.file.read() == b"SIP/2.0 408\n"
    assert not StagedFile.objects.exists()
    assert len(store(settings)) == 1


def test_a_file_goes_ahead_of_an_answer_and_ends_the_wait_with_it(as_ana, ana, kim):
    case = cast.waiting(ana, kim)
    send(as_ana, case=case.code)
    staged = StagedFile.objects.get()
    assert (
        f'data-staged="{staged.pk}"' in as_ana.get(f"/portal/cases/{case.code}/").content.decode()
    )
    answer = as_ana.post(f"/portal/cases/{case.code}/answer/", {"text": "", "staged": [staged.pk]})
    assert answer.status_code == 302
    case.refresh_from_db()
    assert (case.state, Attachment.objects.get().name) == ("in_progress", "console.log")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("evil.exe", b"MZ\x90", "is a program"),
        ("invoice.exe.txt", b"hello", "is a program"),
        ("picture.png", b"\x7fELF", "is a program"),
        ("empty.log", b"", "is empty"),
    ],
)
def test_a_refused_file_says_why_in_words_and_leaves_nothing(as_ana, settings, name, content, says):
    answer = send(as_ana, name, content)
    assert (answer.status_code, answer["Content-Type"]) == (422, "text/plain; charset=utf-8")
    assert says in answer.content.decode()
    assert store(settings) == []


@pytest.mark.parametrize(
    "name", ["app.acme.com.har", "deploy.sh.log", "notes.v1.2.txt", "report.js.map"]
)
def test_names_that_only_look_odd_are_taken(as_ana, name):
    assert send(as_ana, name).status_code == 200


def test_the_form_lists_every_ending_before_a_file_is_chosen(as_ana):
    page = as_ana.get("/portal/cases/new/").content.decode()
    assert f"<code>{attachments.accepted_endings()}</code>" in page
    assert "25 MB each" in page


@pytest.mark.parametrize(
    ("name", "content"), [("a.xml", b"<html><script>"), ("a.txt", b"<svg xmlns='x'>")]
)
def test_pages_and_drawings_leave_as_plain_bytes(as_ana, ana, name, content):
    send(as_ana, name, content)
    as_ana.post("/portal/cases/new/", filing(ana, staged=[StagedFile.objects.get().pk]))
    answer = as_ana.get(f"/attachments/{Attachment.objects.get().pk}/")
    assert answer["Content-Type"] in ("application/octet-stream", "text/plain")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment")


def test_a_file_is_taken_back_with_and_without_scripts(
    as_ana, ana, settings, django_capture_on_commit_callbacks
):
    send(as_ana), send(as_ana, "second.log")
    first, second = StagedFile.objects.all()
    with django_capture_on_commit_callbacks(execute=True):
        assert as_ana.post(f"/portal/evidence/{first.pk}/removal/").status_code == 204
    with django_capture_on_commit_callbacks(execute=True):
        shown = as_ana.post(
            "/portal/cases/new/", filing(ana, staged=[second.pk], remove_staged=second.pk)
        )
    assert shown.status_code == 200
    assert "Silence on every call." in shown.content.decode()
    assert not StagedFile.objects.exists()
    assert store(settings) == []
    assert not Case.objects.exists()


def test_nobody_takes_or_uses_the_file_of_somebody_else(as_ana, ana, ben, acme, client):
    send(as_ana)
    staged = StagedFile.objects.get()
    eve = cast.contact(acme, "Eve", "eve@acme.example")
    for other in (ben, eve):
        client.force_login(other)
        assert client.post(f"/portal/evidence/{staged.pk}/removal/").status_code == 204
        assert (
            client.post("/portal/cases/new/", filing(other, staged=[staged.pk])).status_code == 302
        )
    assert StagedFile.objects.get() == staged
    assert not Attachment.objects.exists()


def test_a_colleague_and_a_stranger_send_nothing_ahead(client, ana, ben, cole):
    case = cast.file(ana)
    client.force_login(cole)
    assert send(client, case=case.code).status_code == 422
    client.force_login(ben)
    assert send(client, case=case.code).status_code == 404
    assert send(client, case="CT-x").status_code == 404
    assert not StagedFile.objects.exists()


def test_what_is_rolled_back_leaves_no_file_and_keeps_what_went_ahead(as_ana, ana, settings):
    settings.ATTACHMENTS_MAX_PER_CASE = 1
    send(as_ana)
    staged = StagedFile.objects.get()
    more = SimpleUploadedFile("second.log", b"x")
    answer = as_ana.post("/portal/cases/new/", filing(ana, staged=[staged.pk], files=[more]))
    assert answer.status_code == 422
    assert "at most 1" in answer.content.decode()
    assert f'data-staged="{staged.pk}"' in answer.content.decode()
    assert not Case.objects.exists()
    assert StagedFile.objects.get() == staged
    assert len(store(settings)) == 1


def test_a_case_holds_only_so_many_files_ahead_too(as_ana, settings):
    settings.ATTACHMENTS_MAX_PER_CASE = 2
    assert [send(as_ana).status_code for _ in range(3)] == [200, 200, 422]


def test_forgotten_files_are_swept_and_files_of_a_living_draft_are_not(
    as_ana, ana, settings, time_machine, django_capture_on_commit_callbacks
):
    from cases import filing_drafts

    send(as_ana), send(as_ana, "of-a-draft.log")
    _, held = StagedFile.objects.all()
    draft = filing_drafts.save(by=ana, fields={"title": "x"}, staged=[held.pk])
    time_machine.move_to(timezone.now() + timedelta(days=15))
    filing_drafts.save(by=ana, fields={"title": "xy"}, key=draft.pk, revision=1)
    with django_capture_on_commit_callbacks(execute=True):
        assert staging.sweep() == 1
    assert list(StagedFile.objects.all()) == [held]
    assert len(store(settings)) == 1


def test_a_file_that_no_row_names_is_removed_after_a_day(as_ana, settings, time_machine):
    send(as_ana)
    StagedFile.objects.all().delete()
    tasks.sweep_files()
    assert len(store(settings)) == 1
    time_machine.move_to(timezone.now() + timedelta(days=2))
    tasks.sweep_files()
    assert store(settings) == []


def test_an_answer_whose_files_are_gone_says_so(as_ana, ana, kim):
    case = cast.waiting(ana, kim)
    answer = as_ana.post(f"/portal/cases/{case.code}/answer/", {"text": "", "staged": ["999999"]})
    assert answer.status_code == 422
    assert "no longer here" in answer.content.decode()


def test_a_file_that_becomes_evidence_while_the_storage_is_swept_is_kept(as_ana, ana, settings):
    send(as_ana)
    staged, case = StagedFile.objects.get(), cast.file(ana)
    for path in store(settings):
        os.utime(path, (0, 0))
    seen = []

    def attach_after_the_first_look(execute, sql, *rest):
        answer = execute(sql, *rest)
        if not seen and '"file" IN' in sql:
            seen.append(sql)
            actions.attach_staged(case, by=ana, staged=[staged.pk])
        return answer

    with connection.execute_wrapper(attach_after_the_first_look):
        assert staging.orphans() == []
    assert Attachment.objects.exists()
    assert staging.orphans() == []


@pytest.mark.parametrize("code", ["CT-²", "CT-٣", "CT-1²", "CT-" + "9" * 19, "ct-1", "CT-"])
def test_what_is_no_case_code_finds_no_case_to_send_a_file_ahead_for(as_ana, client, kim, code):
    assert send(as_ana, case=code).status_code == 404
    client.force_login(kim)
    upload = SimpleUploadedFile("console.log", b"SIP/2.0 408\n")
    answer = client.post("/console/evidence/", {"file": upload, "case": code})
    assert answer.status_code == 404


def test_both_sides_have_one_field_of_files_with_its_limits(as_ana, ana, kim, client):
    """The same element, words and limits; only the address and who sees the files differ."""
    case = cast.waiting(ana, kim)
    theirs = as_ana.get(f"/portal/cases/{case.code}/").content.decode()
    client.force_login(kim)
    cares = client.get(f"/console/cases/{case.code}/?tab=note").content.decode()
    fields = []
    for html in (theirs, cares):
        field = re.search(r'<div\s+class="field evidence".*?</ul>', html, re.S)[0]
        assert 'data-most-megabytes="25"' in field
        assert "25 MB each, at most 100 files on a case." in field
        plain = re.sub(r'(data-url|data-case|for|id|aria-\w+|data-lists)="[^"]*"', "", field)
        plain = re.sub(r"·\s*(internal|the contact sees them)", "", plain)
        fields.append(re.sub(r"\s+", "", plain))
    assert fields[0] == fields[1]
    assert 'data-url="/portal/evidence/"' in theirs
    assert 'data-url="/console/evidence/"' in cares
    assert len(re.findall("· +internal", " ".join(cares.split()))) >= 1
