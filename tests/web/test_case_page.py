"""The customer's case page: quoting, preview, paper, and what can be done after the window
(§13).
"""

import re

from cases import actions
from cases.models import Case
from tests import cast
from tests.pages import holds


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
    form_data = {"text": "It is **loud** <script>alert(1)</script>", "preview": "yes"}
    page = as_ana.post(f"/portal/cases/{case.code}/answer/", form_data)
    assert page.status_code == 200
    assert "It is <strong>loud</strong>" in page.content.decode()
    assert "It is **loud**" in page.content.decode()  # the text stays in the box
    assert "<script>alert" not in page.content.decode()
    assert cast.verbs(case) == ["filed"]
    assert "<strong>loud</strong>" in as_ana.post("/preview/", form_data).content.decode()


def test_the_print_view_has_every_word_and_promise_and_no_internal_note(as_ana, ana, kim):
    case = actions.answer(cast.file(ana), by=kim, text="We look into it.").case
    actions.note(case, by=kim, text="Between us.")
    page = as_ana.get(f"/portal/cases/{case.code}/print/").content.decode()
    assert [
        text in page
        for text in ("We look into it.", "First response", "Restoration", "Between us.")
    ] == [
        True,
        True,
        True,
        False,
    ]


def test_the_lines_of_why_this_time_add_up_to_the_second(as_ana, ana, time_machine):
    time_machine.move_to(cast.utc("2026-03-05 13:25:35"), tick=False)
    case = cast.file(ana, severity=3)
    clock = case.clocks.get(kind="restore")
    page = as_ana.get(f"/cases/{case.code}/why/{clock.pk}/").content.decode()
    body, foot = page.split("<tbody>")[1].split("<tfoot>")
    units = {"h": 3600, "min": 60, "s": 1}

    def seconds(cell):
        return sum(int(n) * units[unit] for n, unit in re.findall(r"(\d+)\s(h|min|s)\b", cell))

    cells = re.findall(r'<td[^>]*class="number">(.*?)</td>', body, re.DOTALL)
    counted = sum(seconds(cell) for cell in cells)
    assert counted == seconds(foot.split('class="number"')[1]) == clock.target_seconds
    assert "34\N{NO-BREAK SPACE}min 25\N{NO-BREAK SPACE}s" in body
    assert ":35" in body


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


QUESTION = "How well did we handle this case?"


def closed_case(ana, kim):
    return actions.accept(cast.proposed(ana, kim), by=ana).case


def test_a_closed_case_asks_one_question_and_says_afterwards_what_was_given(as_ana, ana, kim):
    case = closed_case(ana, kim)
    address = f"/portal/cases/{case.code}/"
    page = as_ana.get(address).content.decode()
    assert page.count(QUESTION) == 1
    assert page.count('type="radio" name="score"') == 5
    for number, text in enumerate(("1 (badly)", "2", "3", "4", "5 (very well)"), 1):
        assert f'value="{number}" ' in page
        assert holds(page, f"<span>{text}</span></label>")
    assert page.index("Reopen the case") < page.index(QUESTION)  # what hurts comes first
    answer = as_ana.post(f"{address}rating/", {"score": "4", "comment": "Quick & kind."})
    assert answer["Location"] == address
    page = as_ana.get(address).content.decode()
    assert "Thank you for telling us." in page
    assert holds(page, 'id="act-rating">How we handled this case: Ana Albers gave 4 of 5.')
    assert "Quick &amp; kind." in page
    assert QUESTION not in page
    assert QUESTION not in as_ana.get(f"{address}print/").content.decode()


def test_a_question_that_was_not_answered_keeps_the_words(as_ana, ana, kim):
    case = closed_case(ana, kim)
    answer = as_ana.post(f"/portal/cases/{case.code}/rating/", {"comment": "It was fine."})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Please choose a number from 1 (badly) to 5 (very well)." in page
    assert "It was fine.</textarea>" in page
    for wrong in ("0", "6", "x"):
        assert (
            as_ana.post(f"/portal/cases/{case.code}/rating/", {"score": wrong}).status_code == 422
        )
    long = {"score": "5", "comment": "x" * 1001}
    assert (
        "1000 characters"
        in as_ana.post(f"/portal/cases/{case.code}/rating/", long).content.decode()
    )
    assert "rated" not in cast.verbs(case)


def test_what_a_browser_let_into_the_box_is_not_too_long(as_ana, ana, kim):
    """A browser counts a line end as one character and sends two."""
    case = closed_case(ana, kim)
    form_data = {"score": "5", "comment": "\r\n".join(["x" * 99] * 10)}
    assert as_ana.post(f"/portal/cases/{case.code}/rating/", form_data).status_code == 302


def test_it_is_asked_of_contacts_alone_and_never_while_the_case_is_open(client, ana, cole, kim):
    open_ = cast.proposed(ana, kim)
    withdrawn = actions.withdraw(cast.file(ana), by=ana, text="Our headset.").case
    case = closed_case(ana, kim)
    client.force_login(ana)
    for other in (open_, withdrawn):
        assert QUESTION not in client.get(f"/portal/cases/{other.code}/").content.decode()
        assert client.post(f"/portal/cases/{other.code}/rating/", {"score": "5"}).status_code == 422
    client.force_login(cole)
    assert QUESTION not in client.get(f"/portal/cases/{case.code}/").content.decode()
    assert client.post(f"/portal/cases/{case.code}/rating/", {"score": "5"}).status_code == 422
    assert "rated" not in cast.verbs(case)
    actions.rate(case, by=ana, score=2)
    assert "Ana Albers gave 2 of 5" in client.get(f"/portal/cases/{case.code}/").content.decode()


def test_who_comes_second_is_told_so_and_keeps_their_words(as_ana, ana, kim, acme):
    case = closed_case(ana, kim)
    actions.rate(case, by=cast.contact(acme, "Ivo Ito", "ivo@acme.example"), score=2)
    answer = as_ana.post(f"/portal/cases/{case.code}/rating/", {"score": "5", "comment": "Quick."})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert ["has been rated since it was closed" in page, "Quick.</textarea>" in page] == [
        True,
        True,
    ]
    assert page.count('id="act-rating"') == 1
    assert (
        as_ana.get(f"/portal/cases/{case.code}/").content.decode().count("Ivo Ito gave 2 of 5") == 1
    )


def test_a_case_that_was_closed_again_asks_again(as_ana, ana, kim):
    case = actions.rate(closed_case(ana, kim), by=ana, score=1).case
    case = actions.reopen(case, by=ana, text="It is back.").case
    page = as_ana.get(f"/portal/cases/{case.code}/").content.decode()
    assert [QUESTION in page, "How we handled this case" in page] == [False, False]
    case = actions.accept(actions.propose_resolution(case, by=kim, text="Now.").case, by=ana).case
    assert QUESTION in as_ana.get(f"/portal/cases/{case.code}/").content.decode()


def test_care_reads_the_rating_in_the_timeline(client, ana, kim):
    case = actions.rate(closed_case(ana, kim), by=ana, score=3, text="I had to ask twice.").case
    client.force_login(kim)
    page = client.get(f"/console/cases/{case.code}/").content.decode()
    assert holds(page, 'rated the case <span class="muted">(3 of 5)</span>')
    assert "I had to ask twice." in page
    assert "Ana Albers rated" in client.get("/notices/").content.decode()


def test_the_question_and_its_answer_are_japanese_for_who_reads_japanese(as_ben, ben, kim):
    ben.language = "ja"
    ben.save()
    case = closed_case(ben, kim)
    page = as_ben.get(f"/portal/cases/{case.code}/").content.decode()
    assert ["このケースへの対応はいかがでしたか" in page, "5（とても良い）" in page] == [True, True]
    actions.rate(case, by=ben, score=4)
    assert (
        "さんは5段階中4と回答しました" in as_ben.get(f"/portal/cases/{case.code}/").content.decode()
    )
