"""The customer's case page: quoting, preview, paper, and what can be done after the window (§13)."""

from cases import actions
from cases.models import Case
from tests import cast


def test_words_are_quoted_into_the_answer_without_scripts(as_ana, ana, kim):
    case = actions.answer(cast.file(ana), by=kim, text="Which phones?\nAll of them?").case
    page = as_ana.get(f"/portal/cases/{case.code}/").content.decode()
    assert "?quote=2#act-answer" in page
    page = as_ana.get(f"/portal/cases/{case.code}/?quote=2").content.decode()
    assert "Kim Kato:\n&gt; Which phones?\n&gt; All of them?" in page


def test_an_internal_note_cannot_be_quoted_by_its_number(as_ana, ana, kim):
    case = actions.note(cast.file(ana), by=kim, text="They are new at this.").case
    assert "They are new" not in as_ana.get(f"/portal/cases/{case.code}/?quote=2").content.decode()


def test_an_answer_is_previewed_and_nothing_is_kept(as_ana, ana):
    case = cast.file(ana)
    said = {"text": "It is **loud** <script>alert(1)</script>", "preview": "yes"}
    page = as_ana.post(f"/portal/cases/{case.code}/answer/", said)
    assert page.status_code == 200
    assert "It is <strong>loud</strong>" in page.content.decode()
    assert "It is **loud**" in page.content.decode()  # the words stay in the box
    assert "<script>alert" not in page.content.decode()
    assert cast.verbs(case) == ["filed"]
    assert "<strong>loud</strong>" in as_ana.post("/preview/", said).content.decode()


def test_the_print_view_has_every_word_and_promise_and_no_internal_note(as_ana, ana, kim):
    case = actions.answer(cast.file(ana), by=kim, text="We look into it.").case
    actions.note(case, by=kim, text="Between us.")
    page = as_ana.get(f"/portal/cases/{case.code}/print/").content.decode()
    assert [words in page for words in ("We look into it.", "First answer", "Restoration", "Between us.")] == [
        True, True, True, False,
    ]  # fmt: skip


def test_after_the_window_an_answer_opens_a_new_linked_case(as_ana, ana, kim, time_machine):
    time_machine.move_to(cast.utc("2026-03-05 09:00"), tick=False)
    case = actions.accept(cast.proposed(ana, kim), by=ana).case
    assert "Reopen the case" in as_ana.get(f"/portal/cases/{case.code}/").content.decode()
    time_machine.move_to(cast.utc("2026-03-26 09:00"), tick=False)
    page = as_ana.get(f"/portal/cases/{case.code}/").content.decode()
    assert ["Reopen the case" in page, "It came back" in page] == [False, True]
    assert as_ana.post(f"/portal/cases/{case.code}/continuation/", {"text": " "}).status_code == 422
    answer = as_ana.post(f"/portal/cases/{case.code}/continuation/", {"text": "Again, since nine."})
    new = Case.objects.get(description="Again, since nine.")
    assert answer["Location"] == f"/portal/cases/{new.code}/"
    assert case.code in as_ana.get(f"/portal/cases/{new.code}/").content.decode()
