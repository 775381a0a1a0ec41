"""A form that is sent twice acts once, and what was sent leaves no draft."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from cases import actions, contact_drafts, reply_drafts, sent_forms
from cases.models import Case, CaseUpdate, ContactDraft, FilingDraft, ReplyDraft, SentForm
from core.tenancy import care_scope, organisation_scope
from tests import cast
from tests.web.test_portal import filing

KEY = "6f1c5d0e-7d3b-4c2f-9a51-2f60b1c0d111"
OTHER_KEY = "6f1c5d0e-7d3b-4c2f-9a51-2f60b1c0d222"
SCRIPT = {"headers": {"hx-request": "true"}}


def all_at_once(clients, address, data):
    """What each of several identical requests came to, sent at the same moment."""
    barrier, came_to = threading.Barrier(len(clients)), []

    def send(one):
        try:
            barrier.wait()
            answer = one.post(address, data)
            came_to.append((answer.status_code, answer.get("Location")))
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(one,)) for one in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came_to


def browsers(person, number=3):
    clients = [Client() for _ in range(number)]
    for one in clients:
        one.force_login(person)
    return clients


def test_three_identical_filings_at_once_are_one_case(transactional_db):
    with care_scope():
        ana = cast.contact(cast.organisation("acme", "Acme"), "Ana", "ana@acme.example")
        data, clients = filing(ana, form_key=KEY), browsers(ana)
    came_to = all_at_once(clients, "/portal/cases/new/", data)
    with care_scope():
        case = Case.objects.get()
        assert came_to == [(302, f"/portal/cases/{case.code}/")] * 3


def test_three_identical_answers_at_once_are_one_entry(transactional_db):
    with care_scope():
        ana = cast.contact(cast.organisation("acme", "Acme"), "Ana", "ana@acme.example")
        case, clients = cast.file(ana), browsers(ana)
    address = f"/portal/cases/{case.code}/answer/"
    came_to = all_at_once(clients, address, {"text": "Once only", "form_key": KEY})
    with care_scope():
        assert came_to == [(302, f"/portal/cases/{case.code}/")] * 3
        assert CaseUpdate.objects.filter(text="Once only").count() == 1


def test_three_identical_answers_of_care_at_once_are_one_entry(transactional_db):
    with care_scope():
        ana = cast.contact(cast.organisation("acme", "Acme"), "Ana", "ana@acme.example")
        kim = cast.care("Kim Kato", "kim@care.example", "analyst")
        case, clients = cast.file(ana), browsers(kim)
    address = f"/console/cases/{case.code}/answer/"
    came_to = all_at_once(clients, address, {"text": "Once only", "form_key": KEY})
    with care_scope():
        assert came_to == [(302, f"/console/cases/{case.code}/")] * 3
        assert CaseUpdate.objects.filter(text="Once only").count() == 1


def test_other_words_under_the_same_key_are_sent(as_ana, ana):
    case = cast.file(ana)
    for text in ("First", "First", "Second"):
        as_ana.post(f"/portal/cases/{case.code}/answer/", {"text": text, "form_key": KEY})
    texts = CaseUpdate.objects.filter(case=case).values_list("text", flat=True)
    assert [text for text in texts if text in ("First", "Second")] == ["First", "Second"]


def test_a_form_that_was_refused_can_be_sent_again(as_ana, ana, kim):
    case = cast.file(ana)
    address = f"/portal/cases/{case.code}/issue/"
    assert as_ana.post(address, {"text": "Broken", "form_key": KEY}).status_code == 422
    case = actions.answer(case, by=kim, text="We look").case
    actions.propose_resolution(case, by=kim, text="Fixed")
    assert as_ana.post(address, {"text": "Broken", "form_key": KEY}).status_code == 302
    assert CaseUpdate.objects.filter(text="Broken").count() == 1


def test_a_key_is_its_owners_alone(as_ana, ana, ben, acme):
    case = cast.file(ana)
    address = f"/portal/cases/{case.code}/answer/"
    as_ana.post(address, {"text": "Mine", "form_key": KEY})
    eve = cast.contact(acme, "Eve", "eve@acme.example")
    as_ana.force_login(eve)
    as_ana.post(address, {"text": "Mine", "form_key": KEY})
    assert CaseUpdate.objects.filter(text="Mine").count() == 2
    with organisation_scope(ben.organisation_id):
        assert not SentForm.objects.exists()


@pytest.mark.parametrize("key", ["", "x" * 36, "'; --", KEY.upper()])
def test_what_is_no_key_is_ignored(as_ana, ana, key):
    case = cast.file(ana)
    answer = as_ana.post(f"/portal/cases/{case.code}/answer/", {"text": "Hi", "form_key": key})
    assert answer.status_code == 302
    assert not SentForm.objects.exists()


def test_every_form_of_a_page_has_a_key(as_ana, as_kim, ana, kim):
    case = cast.waiting(ana, kim)
    for page in (f"/console/cases/{case.code}/", "/console/", "/console/macros/new/"):
        shown = as_kim.get(page).content.decode()
        assert shown.count('name="csrfmiddlewaretoken"') == shown.count('name="form_key"')
    as_kim.force_login(ana)
    for page in (f"/portal/cases/{case.code}/", "/portal/cases/new/", "/portal/documentation/"):
        shown = as_kim.get(page).content.decode()
        assert shown.count('name="csrfmiddlewaretoken"') == shown.count('name="form_key"')
        assert 'name="form_key"' in shown


def test_an_outcome_on_the_page_itself_is_not_repeated(as_kim, ana):
    case = cast.file(ana)
    data = {"noun": "assignment", "case": [case.code], "step": "do", "form_key": KEY}
    assert as_kim.post("/console/bulk/", data).status_code == 200
    again = as_kim.post("/console/bulk/", data)
    assert (again.status_code, again["Location"]) == (302, "/console/")


def test_old_keys_are_swept(ana):
    for key, days in ((KEY, 8), (OTHER_KEY, 6)):
        sent_forms.record(key, "d" * 64, "/", by=ana)
        SentForm.objects.filter(key=key).update(sent_at=timezone.now() - timedelta(days=days))
    assert sent_forms.sweep() == 1
    assert [one.key for one in SentForm.objects.all()] == [OTHER_KEY]


# --- drafts of what was sent


def test_a_late_autosave_of_a_contacts_answer_is_no_draft(as_ana, ana):
    case = cast.file(ana)
    as_ana.post(f"/portal/cases/{case.code}/answer/", {"text": "Words", "form_key": KEY})
    late = {"noun": "answer", "text": "Wor", "form_key": KEY}
    assert as_ana.post(f"/portal/cases/{case.code}/draft/", late, **SCRIPT).status_code == 204
    assert not ContactDraft.objects.exclude(fields={}).exists()


def test_a_late_autosave_of_cares_answer_is_no_draft(as_kim, ana):
    case = cast.file(ana)
    as_kim.post(f"/console/cases/{case.code}/answer/", {"text": "Words", "form_key": KEY})
    late = {"noun": "answer", "text": "Wor", "form_key": KEY}
    assert as_kim.post(f"/console/cases/{case.code}/draft/", late, **SCRIPT).status_code == 204
    assert not ReplyDraft.objects.exists()


def test_a_late_autosave_of_a_filing_is_no_draft(as_ana, ana):
    as_ana.post("/portal/cases/new/", filing(ana, form_key=KEY))
    late = {"title": "No so", "form_key": KEY}
    assert as_ana.post("/portal/drafts/", late, **SCRIPT).status_code == 204
    assert not FilingDraft.objects.exists()


def test_a_draft_that_the_form_did_not_know_yet_goes_with_it(as_ana, as_kim, ana, kim):
    """The autosave was answered after the button was pressed."""
    case = cast.file(ana)
    reply_drafts.save(case, by=kim, noun="answer", text="Wor", form_key=KEY)
    as_kim.post(f"/console/cases/{case.code}/answer/", {"text": "Words", "form_key": KEY})
    assert not ReplyDraft.objects.exists()
    contact_drafts.save(case, by=ana, noun="answer", fields={"text": "Wor"}, form_key=OTHER_KEY)
    as_kim.force_login(ana)
    as_kim.post(f"/portal/cases/{case.code}/answer/", {"text": "Words", "form_key": OTHER_KEY})
    assert not ContactDraft.objects.exclude(fields={}).exists()
    third = str(uuid.uuid4())
    as_kim.post("/portal/drafts/", {"title": "No so", "form_key": third}, **SCRIPT)
    assert FilingDraft.objects.count() == 1
    as_kim.post("/portal/cases/new/", filing(ana, form_key=third))
    assert not FilingDraft.objects.exists()


def test_a_draft_that_is_saved_while_its_form_is_sent_waits_and_is_not_saved(transactional_db):
    with care_scope():
        ana = cast.contact(cast.organisation("acme", "Acme"), "Ana", "ana@acme.example")
        case = cast.file(ana)
    is_held, outcome = threading.Event(), []

    def save_late():
        try:
            is_held.wait()
            with organisation_scope(ana.organisation_id):
                outcome.append(
                    contact_drafts.save(
                        case, by=ana, noun="answer", fields={"text": "Wor"}, form_key=KEY
                    )
                )
        finally:
            connection.close()

    thread = threading.Thread(target=save_late)
    thread.start()
    with organisation_scope(ana.organisation_id):
        sent_forms.hold(KEY, by=ana)
        is_held.set()
        thread.join(timeout=0.5)
        assert thread.is_alive()
        sent_forms.record(KEY, "d" * 64, "/", by=ana)
    thread.join()
    assert outcome == [None]
