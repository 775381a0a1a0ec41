"""The desk of Care: what is opened, previewed, inserted, saved and refused on a case's page."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import actions, macros, presence, reply_drafts
from cases.models import Attachment, Case, CaseLink, Macro, ReplyDraft, StagedFile
from contacts.models import Role, Team
from core.errors import Refused
from sla import preview
from tests import cast
from tests.cast import utc
from tests.pages import holds
from tests.web.test_query_budgets import statements

MONDAY = "2026-03-02 09:00"  # 10:00 in Berlin


@pytest.fixture
def monday(time_machine):
    time_machine.move_to(utc(MONDAY), tick=False)
    return time_machine


@pytest.fixture
def case(ana, monday):
    return cast.file(ana)


def at(case, noun="") -> str:
    return f"/console/cases/{case.code}/{noun}"


# --- What it costs


def test_a_case_costs_ten_statements_at_most_and_as_many_for_fifty_updates_as_for_one(
    as_kim, case, ana, kim
):
    few = statements(as_kim, at(case))
    assert len(few) <= 10, "\n".join(few)
    for number in range(25):
        actions.answer(case, by=kim, text=f"Answer {number}")
        actions.answer_as_contact(case, by=ana, text=f"Question {number}")
        actions.attach(case, by=ana, upload=SimpleUploadedFile(f"{number}.txt", b"log"))
        actions.link(cast.file(ana, title=f"Other {number}"), by=kim, other=case, kind="relates_to")
    assert len(statements(as_kim, at(case))) == len(few)


def test_to_say_that_one_is_there_costs_four_statements(as_kim, case):
    as_kim.post(at(case, "here/"), {"seen": "1"})
    with CaptureQueriesContext(connection) as queries:
        as_kim.post(at(case, "here/"), {"seen": "1"})
    sent = [
        q["sql"]
        for q in queries.captured_queries
        if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN"))
    ]
    assert len(sent) <= 5  # the test's own scope is one of them


# --- A severity is previewed (§7)


def test_a_preview_says_what_moves_and_writes_nothing(case, monday):
    monday.move_to(utc("2026-03-02 10:30"), tick=False)
    response, restore = preview.of_severity(case, 2, utc("2026-03-02 10:30"))
    assert (response.before, response.after, response.left) == (
        utc("2026-03-02 11:00"),
        utc("2026-03-02 10:00"),
        -1800,
    )
    assert (restore.before, restore.after) == (utc("2026-03-09 09:00"), utc("2026-03-04 09:00"))
    case.refresh_from_db()
    assert (case.severity, cast.verbs(case)) == (3, ["filed"])
    assert case.clocks.get(kind="restore").due_at == utc("2026-03-09 09:00")


def test_what_the_preview_says_comes_true(case, kim, monday):
    targets = {one.kind: one.after for one in preview.of_severity(case, 2, utc(MONDAY))}
    actions.set_severity(case, by=kim, severity=2, text="Worse.")
    assert {clock.kind: clock.due_at for clock in case.clocks.filter(kind__in=targets)} == targets


def test_a_severity_is_set_in_two_steps_and_the_first_does_nothing(as_kim, case):
    page = as_kim.post(at(case, "severity/"), {"severity": "2", "text": "Worse."})
    assert page.status_code == 200
    assert "due moves from" in page.content.decode()
    assert "Worse.</textarea>" in page.content.decode()
    assert Case.objects.get(pk=case.pk).severity == 3
    as_kim.post(at(case, "severity/"), {"severity": "2", "text": "Worse.", "previewed": "2"})
    assert Case.objects.get(pk=case.pk).severity == 2


def test_another_choice_than_the_previewed_one_is_previewed_first(as_kim, case):
    as_kim.post(at(case, "severity/"), {"severity": "4", "text": "Milder.", "previewed": "2"})
    assert Case.objects.get(pk=case.pk).severity == 3


def test_a_contest_is_answered_from_the_same_form(as_kim, case, ana):
    actions.contest_severity(case, by=ana, text="Nobody can work.")
    assert "Medium: uphold it" in as_kim.get(at(case, "severity/")).content.decode()
    as_kim.post(at(case, "severity/"), {"severity": "3", "text": "A workaround is there."})
    assert cast.verbs(case)[-1] == "severity_upheld"


def test_an_overdrawn_promise_is_named_before_it_is_made(as_kim, case, monday):
    monday.move_to(utc("2026-03-02 10:20"), tick=False)
    page = as_kim.get(at(case, "severity/preview/?severity=2"))
    assert holds(page.content, "already missed by 20 min")


# --- Split, merge, links


def test_words_become_a_case_from_their_card(as_kim, case, ana):
    case = actions.answer_as_contact(case, by=ana, text="And the reports are empty.").case
    assert at(case, "split/?seq=2") in as_kim.get(at(case)).content.decode()
    form = as_kim.get(at(case, "split/?seq=2")).content.decode()
    assert "And the reports are empty.</textarea>" in form
    form_data = {
        "seq": "2",
        "title": "Reports",
        "text": "And the reports are empty.",
        "severity": "3",
    }
    answer = as_kim.post(at(case, "split/"), form_data)
    new = CaseLink.objects.get().case
    assert answer["Location"] == at(new)


def test_a_split_that_is_refused_keeps_the_words(as_kim, case):
    page = as_kim.post(
        at(case, "split/"), {"seq": "1", "title": "", "text": "Only the reports.", "severity": "3"}
    )
    assert page.status_code == 422
    assert "Only the reports.</textarea>" in page.content.decode()


def test_what_was_said_on_a_duplicate_is_read_on_the_survivors_page(as_kim, case, ana, kim):
    other = actions.answer_as_contact(
        cast.file(ana, title="The same"), by=ana, text="Osaka as well."
    ).case
    actions.merge(other, by=kim, survivor=case, text="It is the same.")
    assert at(other, "conversation/") in as_kim.get(at(case)).content.decode()
    assert "Osaka as well." in as_kim.get(at(other, "conversation/")).content.decode()


def test_a_merge_is_looked_at_first(as_kim, case, ana):
    other = cast.file(ana, title="The same")
    form_data = {"other": case.code, "text": "It is the same."}
    page = as_kim.post(at(other, "merge/"), form_data)
    assert "Its clocks stay as they are" in page.content.decode()
    assert not CaseLink.objects.exists()
    as_kim.post(at(other, "merge/"), {**form_data, "previewed": str(case.number)})
    other.refresh_from_db()
    assert other.closing_reason == "duplicate"
    assert "Its duplicate" in as_kim.get(at(case)).content.decode()


def test_a_merge_that_is_refused_keeps_the_words(as_kim, case, ana):
    other = cast.file(ana, title="The same", severity=2)
    form_data = {"other": case.code, "text": "It is the same.", "previewed": str(case.number)}
    page = as_kim.post(at(other, "merge/"), form_data)
    assert page.status_code == 422
    assert "set the severity" in page.content.decode()
    assert "It is the same.</textarea>" in page.content.decode()


def test_a_parent_names_its_children_and_a_child_its_parent(as_kim, case, ana, kim):
    child = cast.file(ana, title="Berlin")
    as_kim.post(at(child, "link/"), {"kind": "child_of", "other": case.code})
    assert "Parent of" in as_kim.get(at(case)).content.decode()
    assert "Child of" in as_kim.get(at(child)).content.decode()
    closing = as_kim.get(at(case, "closure/")).content.decode()
    assert "Its children stay open" in closing
    assert child.code in closing


def test_a_link_is_taken_away_from_either_side(as_kim, case, ana, kim):
    child = cast.file(ana, title="Berlin")
    actions.link(child, by=kim, other=case, kind="child_of")
    as_kim.post(at(case, "unlink/"), {"kind": "child_of", "other": child.code, "side": "there"})
    assert not CaseLink.objects.exists()


# --- Writing


def test_a_reply_that_was_begun_stands_in_the_box_again_and_is_gone_once_sent(as_kim, case, kim):
    as_kim.post(at(case, "draft/"), {"noun": "answer", "text": "We look into", "seen": "1"})
    page = as_kim.get(at(case)).content.decode()
    assert "We look into</textarea>" in page
    draft = ReplyDraft.objects.get()
    as_kim.post(at(case, "answer/"), {"text": "We look into it.", "draft": draft.pk})
    assert not ReplyDraft.objects.exists()


def test_a_refused_answer_keeps_its_draft(as_kim, case, kim):
    draft = reply_drafts.save(case, by=kim, noun="answer", text="Hm")
    assert as_kim.post(at(case, "answer/"), {"text": " ", "draft": draft.pk}).status_code == 422
    assert ReplyDraft.objects.exists()


def test_a_colleagues_draft_is_neither_shown_nor_removed(as_kim, case, lee):
    draft = reply_drafts.save(case, by=lee, noun="answer", text="Lee's own words")
    assert "own words" not in as_kim.get(at(case)).content.decode()
    as_kim.post(at(case, f"draft/{draft.pk}/removal/"))
    as_kim.post(at(case, "note/"), {"text": "A note", "draft": draft.pk})
    assert ReplyDraft.objects.get().text == "Lee's own words"


def test_an_answer_written_while_somebody_else_wrote_is_held_back_once(as_kim, case, ana):
    actions.answer_as_contact(case, by=ana, text="It works again.")
    page = as_kim.post(at(case, "answer/"), {"text": "We look into it.", "seen": "1"})
    body = page.content.decode()
    assert page.status_code == 422
    assert "Ana Albers wrote while you were writing" in body
    assert "We look into it.</textarea>" in body
    assert "It works again." in body
    assert holds(body, 'name="seen" value="2"')
    as_kim.post(at(case, "answer/"), {"text": "We look into it.", "seen": "2"})
    assert cast.verbs(case)[-1] == "answered"


def test_words_are_quoted_into_the_box(as_kim, case, ana):
    actions.answer_as_contact(case, by=ana, text="All phones.")
    assert "&gt; All phones." in as_kim.get(at(case, "?quote=2")).content.decode()


def test_the_words_of_the_preview_button_are_shown_and_sent_to_nobody(as_kim, case):
    page = as_kim.post(at(case, "answer/"), {"text": "We **look**.", "preview": "yes"})
    assert "<strong>look</strong>" in page.content.decode()
    assert cast.verbs(case) == ["filed"]


@pytest.mark.parametrize(("noun", "facing"), [("answer", "contact"), ("note", "internal")])
def test_a_file_that_came_ahead_goes_with_the_words_and_faces_as_they_do(
    as_kim, case, noun, facing
):
    upload = SimpleUploadedFile("trace.txt", b"all is lost")
    row = as_kim.post("/console/evidence/", {"file": upload, "case": case.code})
    assert row.status_code == 200
    staged = StagedFile.objects.get()
    as_kim.post(at(case, f"{noun}/"), {"text": "Here.", "staged": staged.pk})
    assert Attachment.objects.get().facing == facing
    assert not StagedFile.objects.exists()


def test_a_file_that_came_ahead_is_taken_back(as_kim, case):
    as_kim.post(
        "/console/evidence/", {"file": SimpleUploadedFile("a.txt", b"x"), "case": case.code}
    )
    assert (
        as_kim.post(f"/console/evidence/{StagedFile.objects.get().pk}/removal/").status_code == 204
    )
    assert not StagedFile.objects.exists()


def test_where_no_script_runs_files_come_with_the_form(as_kim, case):
    upload = SimpleUploadedFile("trace.txt", b"all is lost")
    as_kim.post(at(case, "answer/"), {"text": "Here.", "files": upload})
    assert Attachment.objects.get().name == "trace.txt"


# --- Macros and articles


def test_a_macro_is_filled_with_listed_fields_and_nothing_else_runs(case, kim):
    macro = macros.save(
        by=kim,
        name="Hello",
        text="Hello {{ contact.name }}, {{case.code}}. {% now %}",
        audience="own",
    )
    values = {"contact.name": "Ana {{case.title}}", "case.code": case.code}
    assert (
        macros.fill(macro.text, values) == f"Hello Ana {{{{case.title}}}}, {case.code}. {{% now %}}"
    )


def test_a_field_that_does_not_exist_is_refused_when_the_macro_is_written(kim):
    with pytest.raises(Refused, match=r"contact\.password"):
        macros.save(by=kim, name="Bad", text="{{contact.password}}", audience="own")


def test_a_macro_names_the_due_instant_in_the_contacts_own_time(as_kim, case, kim):
    macros.save(by=kim, name="When", text="Answered by {{due.response}}.", audience="own")
    page = as_kim.get(at(case, "macros/")).content.decode()
    assert "Answered by Monday 02 March 2026 12:00 (Europe/Berlin)." in page


def test_macros_are_found_by_those_they_are_for(kim, lee, maya):
    team = Team.objects.create(name="Voice")
    team.members.add(lee)
    macros.save(by=kim, name="Mine", text="x", audience="own")
    macros.save(by=kim, name="Voice's", text="x", audience="team", team=team)
    macros.save(by=kim, name="Everyone's", text="x", audience="all")
    assert {macro.name for macro in macros.macros_for(lee)} == {"Voice's", "Everyone's"}
    assert {macro.name for macro in macros.macros_for(maya)} == {"Everyone's"}


def test_only_its_owner_or_a_manager_changes_a_macro(client, as_kim, kim, lee, maya):
    as_kim.post("/console/macros/new/", {"name": "Hello", "text": "Hello", "audience": "all"})
    macro = Macro.objects.get()
    form_data = {"name": "Hello", "text": "Good day", "audience": "all"}
    client.force_login(lee)
    assert client.post(f"/console/macros/{macro.pk}/", form_data).status_code == 403
    assert client.post(f"/console/macros/{macro.pk}/removal/").status_code == 403
    client.force_login(maya)
    client.post(f"/console/macros/{macro.pk}/", form_data)
    macro.refresh_from_db()
    assert (macro.text, macro.owner) == ("Good day", kim)
    client.post(f"/console/macros/{macro.pk}/removal/")
    assert not Macro.objects.exists()


def test_a_macro_that_is_refused_keeps_its_words(as_kim):
    page = as_kim.post(
        "/console/macros/new/", {"name": "Hello", "text": "{{nothing}}", "audience": "all"}
    )
    assert page.status_code == 422
    assert "{{nothing}}</textarea>" in page.content.decode()


def test_without_scripts_a_macro_and_an_article_come_by_the_address(as_kim, case, kim):
    macro = macros.save(by=kim, name="Hello", text="Hello {{contact.first_name}}", audience="own")
    assert (
        "Hello Ana</textarea>"
        in as_kim.get(at(case, f"?tab=note&macro={macro.pk}")).content.decode()
    )
    page = as_kim.get(at(case, "?tab=answer&article=calls-drop")).content.decode()
    assert "/help/calls-drop/)</textarea>" in page


def test_an_article_is_found_while_its_words_are_typed(as_kim, case):
    page = as_kim.get(
        at(case, "articles/?tab=note&q=calls+dr"), headers={"HX-Request": "true"}
    ).content.decode()
    assert "/help/calls-drop/" in page
    assert "<html" not in page


def test_a_macro_of_somebody_elses_own_is_not_inserted(as_kim, case, lee):
    macro = macros.save(by=lee, name="Hello", text="Lee's secret", audience="own")
    assert "secret" not in as_kim.get(at(case, f"?macro={macro.pk}")).content.decode()


# --- Who is there, calls, escalation


def test_a_page_hears_who_else_is_there_and_that_the_case_has_gone_on(as_kim, case, ana, lee):
    presence.be_here(case, by=lee, writes="answer")
    actions.answer_as_contact(case, by=ana, text="Hm.")
    html = as_kim.post(at(case, "here/"), {"seen": "1"}).content.decode()
    assert "Lee Lind is writing an answer since" in html
    assert "New activity on this case" in html


def test_a_call_says_whom_where_and_when(as_kim, case, monday):
    monday.move_to(utc("2026-03-02 09:30"), tick=False)
    form_data = {
        "reached": "no",
        "text": "Busy.",
        "whom": "Ivo",
        "number": "+49 30 1",
        "called_at": "2026-03-02T09:10",
    }
    as_kim.post(at(case, "call/"), form_data)
    event = case.events.latest("seq")
    assert event.particulars["called_at"] == "2026-03-02T09:10:00+00:00"
    page = as_kim.get(at(case)).content.decode()
    assert "Ivo +49 30 1" in page
    assert "not reached" in page


def test_a_call_of_tomorrow_is_refused_and_the_words_are_kept(as_kim, case):
    page = as_kim.post(
        at(case, "call/"), {"reached": "no", "text": "Busy.", "called_at": "2026-03-03T09:10"}
    )
    assert page.status_code == 422
    assert "Busy.</textarea>" in page.content.decode()


def test_an_escalation_names_its_team_and_comes_back_with_findings(as_kim, case):
    team = Team.objects.create(name="Platform", investigates=True)
    form = as_kim.get(at(case, "escalation/")).content.decode()
    assert "Platform" in form
    as_kim.post(at(case, "escalation/"), {"team": team.pk, "text": "Call, wait 30 s."})
    assert "Platform" in as_kim.get(at(case)).content.decode()
    assert as_kim.get(at(case, "escalation/")).status_code == 409
    as_kim.post(at(case, "findings/"), {"text": "The codec."})
    assert cast.verbs(case)[-2:] == ["escalated", "handed_back"]


def test_where_there_are_investigation_teams_one_is_chosen(as_kim, case):
    Team.objects.create(name="Platform", investigates=True)
    page = as_kim.post(at(case, "escalation/"), {"text": "Call, wait 30 s."})
    assert page.status_code == 422
    assert "Call, wait 30 s.</textarea>" in page.content.decode()


def test_a_request_for_escalation_stands_open_with_its_clock(as_kim, case, ana):
    actions.request_escalation(case, by=ana, text="It takes too long.")
    page = as_kim.get(at(case)).content.decode()
    assert "Response to the escalation request" in page
    assert 'action="' + at(case, "escalation-answer/") in page


def test_what_stands_around_the_customer_is_a_page_of_its_own(as_kim, case, ana):
    other = cast.file(ana, title="Another")
    page = as_kim.get(at(case, "customer/")).content.decode()
    assert other.code in page
    assert "PureCloud 2" in page
    part = as_kim.get(at(case, "customer/"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part


def test_names_are_suggested_to_care_alone(client, as_kim, ana, lee):
    assert "Lee Lind" in as_kim.get("/console/colleagues/?q=li").content.decode()
    client.force_login(ana)
    assert client.get("/console/colleagues/?q=li").status_code == 403


def test_an_analyst_and_a_manager_see_the_same_desk(client, case, maya):
    client.force_login(cast.care("Noor", "noor@care.example", Role.ADMINISTRATOR))
    assert client.get(at(case)).status_code == 200
