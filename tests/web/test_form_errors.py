"""What is wrong with a form is said by field, before it is sent where possible, and no text is
lost.
"""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from cases import contact_drafts
from cases.files import staging
from cases.models import Case
from cases.severity import contradicts
from contacts.models import ApiToken
from tests import cast
from tests.pages import holds
from tests.web.test_portal import filing, text_file


def html_of(answer) -> str:
    return answer.content.decode()


def test_the_summary_names_and_links_each_field_and_has_the_focus(as_ana):
    answer = as_ana.post("/portal/cases/new/", {"description": "Since nine"})
    shown = html_of(answer)
    assert answer.status_code == 422
    assert holds(shown, 'role="alert" tabindex="-1" autofocus')
    for link in (
        (
            '<a href="#id_title">In one line, what is wrong?: '
            "Please say in one line what is wrong.</a>"
        ),
        (
            '<a href="#id_workaround_0">Is there a workaround?: '
            "Please say whether there is a workaround.</a>"
        ),
    ):
        assert holds(shown, link)
    assert 'id="id_workaround_0"' in shown
    assert "This field is required." not in shown
    assert "Since nine</textarea>" in shown


def test_an_empty_report_of_an_issue_is_asked_for_words(as_ana, ana, kim):
    case = cast.proposed(ana, kim)
    shown = html_of(as_ana.post(f"/portal/cases/{case.code}/issue/", {"text": ""}))
    assert holds(
        shown, '<a href="#issue_text">What is still wrong?: Please write something first.</a>'
    )


def test_no_area_is_chosen_beforehand(as_ana, ana):
    shown = html_of(as_ana.get("/portal/cases/new/"))
    assert holds(shown, '<option value="" selected>Choose an area</option>')
    answer = as_ana.post("/portal/cases/new/", filing(ana, area=""))
    assert answer.status_code == 422
    assert "Choose the area. It decides who looks at the case." in html_of(answer)


def test_answers_that_contradict_each_other_are_asked_back(as_ana, ana):
    answers = {"function_down": "yes", "workaround": "no", "degraded": "hardly"}
    answer = as_ana.post("/portal/cases/new/", filing(ana, **answers))
    assert answer.status_code == 422
    assert "Please check both answers" in html_of(answer)
    assert not Case.objects.exists()


def test_the_api_asks_back_as_well(ana):
    expires_at = timezone.now() + timedelta(days=1)
    _, secret = ApiToken.issue(ana, name="mine", scopes=["cases:write"], expires_at=expires_at)
    answer = Client().post(
        "/api/v1/cases/",
        {
            "title": "x",
            "description": "y",
            "function_down": True,
            "workaround": False,
            "degraded": "hardly",
        },
        content_type="application/json",
        headers={"authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 400
    assert "Please check both answers" in str(answer.json()["errors"])


def test_only_the_three_answers_together_contradict():
    assert contradicts(function_down=True, workaround=False, degraded="hardly")
    for answers in (
        (True, True, "hardly"),
        (True, False, "partly"),
        (False, False, "hardly"),
        (None, None, None),
    ):
        assert not contradicts(function_down=answers[0], workaround=answers[1], degraded=answers[2])


# --- limits


def test_the_limits_stand_beside_the_fields(as_ana):
    shown = html_of(as_ana.get("/portal/cases/new/"))
    assert f"Up to {settings.MESSAGE_MAX_CHARACTERS} characters" in shown
    assert f"One per line, at most {settings.CONVERSATION_IDS_MAX}" in shown
    assert "maxlength" not in shown.partition('name="title"')[2].partition(">")[0]
    assert 'data-limit="200"' in shown


def test_too_long_a_description_comes_back_whole_and_says_what_to_do(as_ana, ana):
    long = "x" * (settings.MESSAGE_MAX_CHARACTERS + 1)
    answer = as_ana.post("/portal/cases/new/", filing(ana, description=long))
    assert answer.status_code == 422
    assert "Please attach it as a file." in html_of(answer)
    assert f"{long}</textarea>" in html_of(answer)


def test_too_long_an_answer_comes_back_whole_on_both_sides(as_ana, as_kim, ana, kim):
    case, long = cast.waiting(ana, kim), "x" * (settings.MESSAGE_MAX_CHARACTERS + 1)
    answer = as_kim.post(f"/console/cases/{case.code}/answer/", {"text": long})
    assert (answer.status_code, "Please attach it as a file." in html_of(answer)) == (422, True)
    assert f"{long}</textarea>" in html_of(answer)
    as_kim.force_login(ana)
    answer = as_kim.post(f"/portal/cases/{case.code}/answer/", {"text": long})
    assert (answer.status_code, "Please attach it as a file." in html_of(answer)) == (422, True)
    assert f"{long}</textarea>" in html_of(answer)


def test_too_many_conversation_ids_are_an_error_of_their_field(as_ana, ana):
    many = "\n".join(f"{number:032x}" for number in range(settings.CONVERSATION_IDS_MAX + 1))
    answer = as_ana.post("/portal/cases/new/", filing(ana, conversation_ids=many))
    assert answer.status_code == 422
    assert "Please attach the rest as a file." in html_of(answer)


def test_a_form_that_is_too_large_says_so_and_leads_back(as_ana, ana):
    huge = "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    answer = as_ana.post(
        "/portal/cases/new/",
        filing(ana, description=huge),
        HTTP_REFERER="http://testserver/portal/cases/new/",
    )
    shown = html_of(answer)
    assert answer.status_code == 400
    assert "larger than 5 MB" in shown
    assert "your text is still in the form" in shown
    assert holds(shown, 'href="/portal/cases/new/"')


def test_characters_that_cannot_be_saved_cost_no_text(as_ana, ana):
    text = "A long text with a \0 character in the middle of it"
    answer = as_ana.post("/portal/cases/new/", filing(ana, description=text))
    assert answer.status_code == 400
    assert "A long text with a  character in the middle of it</textarea>" in html_of(answer)


def test_a_page_that_was_open_too_long_shows_the_text_again(ana):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    answer = client.post("/portal/cases/new/", filing(ana, description="Words worth keeping"))
    assert answer.status_code == 403
    assert "Words worth keeping</textarea>" in html_of(answer)


@pytest.mark.parametrize("page", ["http://elsewhere.example/x", "", "javascript:alert(1)"])
def test_the_way_back_is_a_page_of_ours(as_ana, page):
    answer = as_ana.post("/portal/drafts/", {"title": "\0"}, HTTP_REFERER=page)
    assert "Back to the form" not in html_of(answer)


# --- what is ready and was not sent


def test_a_file_that_was_not_sent_says_so_on_its_row_and_on_home(as_ana, ana, kim):
    case = cast.waiting(ana, kim)
    assert "not sent yet" not in html_of(as_ana.get("/portal/"))
    answer = as_ana.post("/portal/evidence/", {"file": text_file("app.log"), "case": case.code})
    assert "not sent yet" in html_of(answer)
    assert "not sent yet" in html_of(as_ana.get(f"/portal/cases/{case.code}/"))
    assert "you have a draft here that is not sent yet" in html_of(as_ana.get("/portal/"))


def test_words_that_were_not_sent_are_on_home_too_and_only_for_their_writer(as_ana, ana, acme):
    case = cast.file(ana)
    contact_drafts.save(case, by=ana, noun="answer", fields={"text": "Half"})
    assert "you have a draft here" in html_of(as_ana.get("/portal/"))
    as_ana.force_login(cast.contact(acme, "Eve", "eve@acme.example"))
    assert "you have a draft here" not in html_of(as_ana.get("/portal/"))


def test_a_file_of_cares_is_not_sent_yet_either(as_kim, ana, kim):
    case = cast.file(ana)
    staging.stage(by=kim, upload=text_file("trace.log"), case=case)
    assert "not sent yet" in html_of(as_kim.get(f"/console/cases/{case.code}/"))


# --- a browser that fills a page in again by position


def test_no_browser_moves_a_tick_or_a_filter_to_another_list(as_kim, ana):
    cast.file(ana)
    shown = html_of(as_kim.get("/console/"))
    ticks = shown.count('name="case"')
    assert ticks
    assert (
        shown.count('type="checkbox" autocomplete="off"') + shown.count('autocomplete="off"\n')
        >= ticks
    )
    assert holds(shown, '<form class="filters" method="get" autocomplete="off"')
