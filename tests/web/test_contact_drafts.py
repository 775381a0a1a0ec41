"""§5: what a contact writes on a case waits on the server until it is sent, on every device."""

import pytest
from django.test import Client

from caretrack.web.portal.case import ACTS
from caretrack.web.portal.drafts import REPLIES
from cases import actions, contact_drafts
from cases.models import ContactDraft
from core.errors import Refused
from core.tenancy import organisation_scope
from tests import cast
from tests.pages import holds

SCRIPT = {"headers": {"hx-request": "true"}}


def html_of(answer) -> str:
    return answer.content.decode()


def save(client, case, noun="answer", **fields):
    return client.post(f"/portal/cases/{case.code}/draft/", {"noun": noun, **fields}, **SCRIPT)


def reached(ana, kim):
    """A case on which each action that takes words is possible, by its noun."""
    waiting, proposed = cast.waiting(ana, kim), cast.proposed(ana, kim)
    closed = actions.accept(cast.proposed(ana, kim), by=ana).case
    return {
        "answer": waiting,
        "contest": cast.file(ana),
        "withdrawal": waiting,
        "issue": proposed,
        "reopening": closed,
        "remark": closed,
    }


@pytest.mark.parametrize(
    "noun", ["answer", "contest", "withdrawal", "issue", "reopening", "remark"]
)
def test_the_words_are_back_after_a_forced_sign_in(as_ana, ana, kim, noun):
    case = reached(ana, kim)[noun]
    shown = html_of(save(as_ana, case, noun, text=f"Half a {noun}"))
    draft = ContactDraft.objects.get()
    assert "Draft saved" in shown
    assert holds(shown, f'name="draft" value="{draft.pk}" form="say-{noun}"')
    elsewhere = Client()
    elsewhere.force_login(ana)
    page = html_of(elsewhere.get(f"/portal/cases/{case.code}/"))
    assert f"Half a {noun}</textarea>" in page
    assert "Draft saved" in page


def test_a_comment_on_the_rating_is_back_too(as_ana, ana, kim):
    case = actions.accept(cast.proposed(ana, kim), by=ana).case
    save(as_ana, case, "rating", comment="Quick, but")
    assert "Quick, but</textarea>" in html_of(as_ana.get(f"/portal/cases/{case.code}/"))


def test_a_documentation_request_is_back_too(as_ana, ana):
    fields = {"case": "CT-0000001", "wants": "The logs", "talk": "A word"}
    shown = html_of(as_ana.post("/portal/documentation/draft/", fields, **SCRIPT))
    assert "Draft saved" in shown
    page = html_of(as_ana.get("/portal/documentation/"))
    assert "The logs</textarea>" in page
    assert "A word</textarea>" in page
    assert 'value="CT-0000001"' in page


def test_what_was_sent_leaves_no_draft(as_ana, ana, kim):
    case = cast.waiting(ana, kim)
    save(as_ana, case, text="Half")
    draft = ContactDraft.objects.get()
    answer = as_ana.post(
        f"/portal/cases/{case.code}/answer/",
        {"text": "Whole", "draft": draft.pk, "revision": draft.revision},
    )
    assert answer.status_code == 302
    assert not ContactDraft.objects.exclude(fields={}).exists()


def test_a_request_that_was_sent_leaves_no_draft(as_ana, ana):
    case = cast.file(ana)
    as_ana.post("/portal/documentation/draft/", {"wants": "The logs"}, **SCRIPT)
    data = {
        "case": case.code,
        "wants": "The logs",
        "recipients": [ana.pk],
        "draft": ContactDraft.objects.get().pk,
    }
    assert as_ana.post("/portal/documentation/", data).status_code == 302
    assert not ContactDraft.objects.exclude(fields={}).exists()


def test_two_windows_lose_no_words(as_ana, ana):
    case = cast.file(ana)
    save(as_ana, case, text="First")
    draft = ContactDraft.objects.get()
    save(as_ana, case, text="From window A", draft=draft.pk, revision=1)
    shown = html_of(save(as_ana, case, text="From window B", draft=draft.pk, revision=1))
    assert "This draft was changed in another window." in shown
    assert {one.fields["text"] for one in ContactDraft.objects.all()} == {
        "From window A",
        "From window B",
    }


def test_a_draft_is_its_writers_alone(as_ana, ana, ben, kim, acme):
    case = cast.file(ana)
    save(as_ana, case, text="zebra secret")
    draft = ContactDraft.objects.get()
    for other in (cast.contact(acme, "Eve", "eve@acme.example"), ben, kim):
        as_ana.force_login(other)
        for side in ("portal", "console"):
            assert "zebra" not in html_of(as_ana.get(f"/{side}/cases/{case.code}/"))
        as_ana.post(f"/portal/cases/{case.code}/draft/{draft.pk}/removal/")
    draft.refresh_from_db()
    assert draft.fields == {"text": "zebra secret"}
    with organisation_scope(ben.organisation_id):
        assert not ContactDraft.objects.exclude(fields={}).exists()


def test_a_colleague_who_only_reads_saves_none(cole, ana):
    with pytest.raises(Refused):
        contact_drafts.save(cast.file(ana), by=cole, noun="answer", fields={"text": "x"})


def test_a_draft_can_be_thrown_away_and_empty_words_are_none(as_ana, ana):
    case = cast.file(ana)
    save(as_ana, case, text="Half")
    draft = ContactDraft.objects.get()
    as_ana.post(f"/portal/cases/{case.code}/draft/{draft.pk}/removal/")
    assert not ContactDraft.objects.exclude(fields={}).exists()
    save(as_ana, case, text="Half")
    draft = ContactDraft.objects.exclude(fields={}).get()
    save(as_ana, case, text="  ", draft=draft.pk, revision=draft.revision)
    assert not ContactDraft.objects.exclude(fields={}).exists()


def test_too_long_a_draft_says_so(as_ana, ana):
    answer = save(as_ana, cast.file(ana), text="x" * 80_000)
    assert answer.status_code == 422
    assert "Please send logs as files." in html_of(answer)


def test_an_unknown_action_has_no_draft(as_ana, ana):
    assert save(as_ana, cast.file(ana), "nothing", text="x").status_code == 422


def test_every_action_that_takes_words_saves_drafts():
    takes_words = {
        noun for noun, act in ACTS.items() if {"text", "comment"} & act.form.base_fields.keys()
    }
    assert takes_words == REPLIES


def test_words_for_what_is_no_longer_possible_are_still_shown(as_ana, ana, kim):
    case = cast.proposed(ana, kim)
    save(as_ana, case, "issue", text="It still drops calls")
    actions.accept(case, by=ana)
    page = html_of(as_ana.get(f"/portal/cases/{case.code}/"))
    assert "You started to write this and have not sent it" in page
    assert "It still drops calls" in page


def test_removed_drafts_are_swept(ana):
    case = cast.file(ana)
    for text in ("removed", "stays"):
        contact_drafts.save(case, by=ana, noun="answer", fields={"text": text})
    contact_drafts.discard(case, by=ana, key=ContactDraft.objects.get(fields__text="removed").pk)
    assert contact_drafts.sweep() == 1
    assert ContactDraft.objects.get().fields == {"text": "stays"}
