"""The portal: roles, strangers, texts that are never lost, and lists that cost the same for one row
and for thirty.
"""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from django_fsm import TransitionNotAllowed

from caretrack.web.portal.filters import STATES
from caretrack.web.shared.readers import state_choices, wrong_state
from cases import actions
from cases.choices import CaseState, Facing
from cases.models import Attachment, Case
from contacts.models import ContactState
from rca import actions as rca
from tests import cast

FILING = {
    "title": "No sound",
    "description": "Silence on every call.",
    "area": "Voice",
    "function_down": "no",
    "workaround": "yes",
    "degraded": "severely",
    "priority": "3",
}


def filing(user, **more):
    return {**FILING, "site": user.organisation.sites.get().pk, **more}


def text_file(name="console.log", content=b"SIP/2.0 408\n"):
    return SimpleUploadedFile(name, content, content_type="text/plain")


# --- Filing


def test_a_contact_files_a_case_with_several_files(as_ana, ana):
    answer = as_ana.post(
        "/portal/cases/new/", filing(ana, files=[text_file(), text_file("second.log")])
    )
    case = Case.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/portal/cases/{case.code}/")
    assert (case.severity, case.channel, case.contact) == (2, "portal", ana)
    assert sorted(Attachment.objects.values_list("name", flat=True)) == [
        "console.log",
        "second.log",
    ]


def test_the_proposed_severity_is_shown_while_the_questions_are_answered(as_ana, ana):
    html = as_ana.get("/portal/cases/new/proposal/", filing(ana)).content.decode()
    assert "Open as High" in html
    assert "First response by" in html
    assert (
        "Open this case"
        in as_ana.get("/portal/cases/new/proposal/", {"workaround": "yes"}).content.decode()
    )


def test_a_critical_case_shows_the_number_to_call_and_needs_one_to_call_back(as_ana, ana):
    critical = filing(ana, function_down="yes", workaround="no")
    assert "tel:" in as_ana.get("/portal/cases/new/proposal/", critical).content.decode()
    answer = as_ana.post("/portal/cases/new/", critical)
    assert answer.status_code == 422
    assert "leave a number" in answer.content.decode()
    assert (
        as_ana.post(
            "/portal/cases/new/", {**critical, "call_back_number": "+49 30 555"}
        ).status_code
        == 302
    )
    assert Case.objects.get().severity == 1


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"degraded": ""}, "ay how much your work is"),
        ({"conversation_ids": "not-an-id"}, "is not a conversation ID"),
        ({"files": [text_file("evil.exe", b"MZ\x90")]}, "is a program"),
        ({"files": [text_file("empty.log", b"")]}, "is empty"),
    ],
    ids=["an answer is missing", "a wrong id", "a program", "an empty file"],
)
def test_a_form_that_is_not_taken_keeps_the_words(as_ana, ana, wrong, says):
    answer = as_ana.post("/portal/cases/new/", filing(ana, **wrong))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert says in html
    assert "Silence on every call." in html
    assert "Your text is still here" in html
    assert Case.objects.count() == 0


def test_conversation_ids_are_kept_as_ids(as_ana, ana):
    as_ana.post(
        "/portal/cases/new/",
        filing(
            ana,
            conversation_ids="3f2504e0-4f89-41d3-9a0c-0305e82c3301\n3F2504E04F8941D39A0C0305E82C3302",
        ),
    )
    assert len(Case.objects.get().conversation_ids) == 2


def test_without_a_licence_the_page_says_what_to_do_instead(as_ana, ana):
    ana.organisation.licences.update(ends_on="2016-01-01")
    shown = as_ana.get("/portal/cases/new/").content.decode()
    assert "has none of the licences" in shown
    assert "Self-support" in shown
    assert as_ana.post("/portal/cases/new/", filing(ana)).status_code == 403
    assert Case.objects.count() == 0


def test_a_suspended_contact_reads_and_does_not_file(client, acme):
    sue = cast.contact(acme, "Sue", "sue@acme.example", state=ContactState.SUSPENDED)
    client.force_login(sue)
    assert "Designated Contact" in client.get("/portal/cases/new/").content.decode()
    assert client.post("/portal/cases/new/", filing(sue)).status_code == 403


# --- Who may see what


def test_a_stranger_finds_nothing(client, ana, ben, kim):
    case = cast.file(ana)
    actions.attach(case, by=ana, upload=text_file())
    clock = case.clocks.first()
    client.force_login(ben)
    assert client.get(f"/portal/cases/{case.code}/").status_code == 404
    assert client.get(f"/cases/{case.code}/why/{clock.pk}/").status_code == 404
    assert client.get(f"/attachments/{Attachment.objects.get().pk}/").status_code == 404
    for noun in (
        "answer",
        "acceptance",
        "issue",
        "withdrawal",
        "reopening",
        "contest",
        "escalation",
    ):
        assert (
            client.post(f"/portal/cases/{case.code}/{noun}/", {"text": "Mine."}).status_code == 404
        )
    assert case.code not in client.get("/portal/cases/", {"state": "all"}).content.decode()


def test_a_colleague_reads_along_without_forms(client, ana, cole):
    case = cast.file(ana)
    client.force_login(cole)
    shown = client.get(f"/portal/cases/{case.code}/").content.decode()
    assert "You have read-only access" in shown
    assert f"/portal/cases/{case.code}/answer/" not in shown
    refused = client.post(f"/portal/cases/{case.code}/answer/", {"text": "I say so."})
    assert refused.status_code == 422
    assert "Only an active Designated Contact" in refused.content.decode()
    assert Case.objects.get().event_count == 1


def test_care_is_told_where_its_own_door_is(client, kim):
    client.force_login(kim)
    assert client.get("/portal/").status_code == 403


def test_nobody_enters_without_logging_in(client, ana):
    case = cast.file(ana)
    for path in (
        "/portal/",
        "/portal/cases/",
        f"/portal/cases/{case.code}/",
        "/portal/cases/new/",
        "/portal/organisation/",
    ):
        assert client.get(path)["Location"].startswith("/accounts/login/")


def test_an_internal_file_never_leaves_to_a_contact(as_ana, ana, kim, client):
    case = cast.file(ana)
    actions.attach(case, by=kim, upload=text_file("secret.log"), facing=Facing.INTERNAL)
    actions.note(case, by=kim, text="Check the firewall first.")
    key = Attachment.objects.get().pk
    assert as_ana.get(f"/attachments/{key}/").status_code == 404
    shown = as_ana.get(f"/portal/cases/{case.code}/").content.decode()
    assert "secret.log" not in shown
    assert "firewall" not in shown
    client.force_login(kim)
    assert client.get(f"/attachments/{key}/").status_code == 200


def test_a_file_is_a_download_and_nothing_else(as_ana, ana):
    actions.attach(
        cast.file(ana), by=ana, upload=text_file("page.xml", b"<script>alert(1)</script>")
    )
    sent = as_ana.get(f"/attachments/{Attachment.objects.get().pk}/")
    assert sent["Content-Disposition"] == 'attachment; filename="page.xml"'
    assert sent["X-Content-Type-Options"] == "nosniff"
    assert b"".join(sent.streaming_content) == b"<script>alert(1)</script>"


# --- What a contact does


def test_an_answer_with_a_file_ends_the_wait(as_ana, ana, kim):
    case = cast.waiting(ana, kim)
    shown = as_ana.get(f"/portal/cases/{case.code}/").content.decode()
    assert "Waiting for you." in shown
    assert "Kim Kato asked you" in shown
    answer = as_ana.post(
        f"/portal/cases/{case.code}/answer/", {"text": "The desk phones.", "files": text_file()}
    )
    assert answer.status_code == 302
    assert cast.verbs(case)[-2:] == ["attached", "contact_answered"]
    assert Case.objects.get().state == CaseState.IN_PROGRESS


def test_an_empty_answer_is_not_taken(as_ana, ana, kim):
    case = cast.waiting(ana, kim)
    answer = as_ana.post(f"/portal/cases/{case.code}/answer/", {"text": "  "})
    assert answer.status_code == 422
    assert Case.objects.get().state == CaseState.WAITING_ON_CONTACT


def test_a_proposal_is_accepted_and_reopened_within_the_window(as_ana, ana, kim):
    case = cast.proposed(ana, kim)
    assert "Accept and close" in as_ana.get(f"/portal/cases/{case.code}/").content.decode()
    as_ana.post(f"/portal/cases/{case.code}/acceptance/")
    assert Case.objects.get().closing_reason == "accepted"
    assert "Reopen" in as_ana.get(f"/portal/cases/{case.code}/").content.decode()
    as_ana.post(f"/portal/cases/{case.code}/reopening/", {"text": "It is back."})
    assert Case.objects.get().state == CaseState.IN_PROGRESS


def test_an_issue_with_the_proposal_sends_it_back_to_care(as_ana, ana, kim):
    case = cast.proposed(ana, kim)
    as_ana.post(f"/portal/cases/{case.code}/issue/", {"text": "Still silent."})
    assert Case.objects.get().state == CaseState.IN_PROGRESS


def test_the_window_to_reopen_ends(as_ana, ana, kim, time_machine):
    case = cast.proposed(ana, kim)
    actions.accept(case, by=ana)
    time_machine.move_to(timezone.now() + timedelta(days=60), tick=False)
    as_ana.force_login(ana)
    shown = as_ana.get(f"/portal/cases/{case.code}/").content.decode()
    assert "you can continue it as a new, linked case" in shown
    assert f"/portal/cases/{case.code}/reopening/" not in shown
    late = as_ana.post(f"/portal/cases/{case.code}/reopening/", {"text": "It is back after all."})
    assert late.status_code == 422
    assert "It is back after all." in late.content.decode()


def test_a_severity_is_contested_once(as_ana, ana):
    case = cast.file(ana)
    as_ana.post(
        f"/portal/cases/{case.code}/contest/", {"text": "Two sites are down.", "severity": "1"}
    )
    assert cast.verbs(case)[-1] == "severity_contested"
    assert "/contest/" not in as_ana.get(f"/portal/cases/{case.code}/").content.decode()
    again = as_ana.post(
        f"/portal/cases/{case.code}/contest/", {"text": "Once more.", "severity": "1"}
    )
    assert again.status_code == 422
    assert "contested already" in again.content.decode()


def test_escalation_of_a_high_case_is_offered_once_care_was_silent_long_enough(
    as_ana, ana, time_machine
):
    case = cast.file(ana, severity=2)
    assert "/escalation/" not in as_ana.get(f"/portal/cases/{case.code}/").content.decode()
    time_machine.move_to(timezone.now() + timedelta(hours=25), tick=False)
    assert "/escalation/" in as_ana.get(f"/portal/cases/{case.code}/").content.decode()
    as_ana.post(f"/portal/cases/{case.code}/escalation/", {"text": "Nobody answers."})
    assert cast.verbs(case)[-1] == "escalation_requested"


def test_a_case_is_withdrawn_with_a_reason(as_ana, ana):
    case = cast.file(ana)
    assert as_ana.post(f"/portal/cases/{case.code}/withdrawal/", {"text": ""}).status_code == 422
    as_ana.post(f"/portal/cases/{case.code}/withdrawal/", {"text": "It was our headset."})
    assert Case.objects.get().closing_reason == "withdrawn"


def test_a_button_pressed_too_late_says_so_and_keeps_the_words(as_ana, ana):
    case = cast.file(ana)
    late = as_ana.post(f"/portal/cases/{case.code}/issue/", {"text": "Still silent."})
    assert late.status_code == 422
    assert "Still silent." in late.content.decode()
    assert "somebody was faster" in late.content.decode()


def test_a_critical_case_whose_analysis_is_owed_is_not_offered_to_be_accepted(as_ana, ana, kim):
    case = cast.proposed(ana, kim, severity=1)
    shown = as_ana.get(f"/portal/cases/{case.code}/").content.decode()
    assert "/acceptance/" not in shown
    assert "/issue/" in shown
    assert "until you have our root cause analysis" in shown


# --- Why this time


def test_the_counted_stretches_add_up_to_the_promise(as_ana, ana):
    case = cast.file(ana, severity=3)
    clock = case.clocks.get(kind="restore")
    shown = as_ana.get(f"/cases/{case.code}/why/{clock.pk}/").content.decode()
    assert "the whole target" in shown
    assert "<strong>45\N{NO-BREAK SPACE}h</strong>" in shown
    panel = as_ana.get(
        f"/cases/{case.code}/why/{clock.pk}/", headers={"HX-Request": "true"}
    ).content.decode()
    assert "<html" not in panel


# --- Lists


def test_home_has_your_turn_first_then_ours_then_what_was_closed(as_ana, ana, kim):
    waiting, ours, closed = cast.waiting(ana, kim), cast.file(ana), cast.proposed(ana, kim)
    actions.accept(closed, by=ana)
    shown = as_ana.get("/portal/").content.decode()
    assert shown.index(waiting.code) < shown.index(ours.code) < shown.index(closed.code)


def test_cases_are_found_by_state_by_title_and_by_number(as_ana, ana, kim):
    first, second = cast.file(ana, title="Wallboard is empty"), cast.waiting(ana, kim)

    def listed(**query):
        return {case.pk for case in as_ana.get("/portal/cases/", query).context["page"].rows}

    assert listed(state="all") == {first.pk, second.pk}
    assert listed(state="yours") == {second.pk}
    assert listed(state="ours") == {first.pk}
    assert listed(state="closed") == set()
    assert listed(q="WALLBOARD") == {first.pk}
    assert listed(q=first.code) == {first.pk}
    assert listed(q="100%") == set()


def test_older_cases_come_page_by_page_and_none_twice(as_ana, ana):
    for number in range(35):
        cast.file(ana, title=f"Case {number}")
    first = as_ana.get("/portal/cases/").context["page"]
    second = as_ana.get("/portal/cases/", {"after": first.after}).context["page"]
    assert (len(first.rows), len(second.rows), second.after) == (25, 10, "")
    assert {case.pk for case in first.rows}.isdisjoint({case.pk for case in second.rows})


@pytest.mark.parametrize("path", ["/portal/", "/portal/cases/"])
def test_a_list_costs_the_same_for_one_case_and_for_thirty(
    as_ana, ana, kim, path, django_assert_num_queries
):
    cast.file(ana)
    cast.waiting(ana, kim)
    as_ana.get(path)
    with CaptureQueriesContext(connection) as few:
        as_ana.get(path)
    for _ in range(14):
        cast.file(ana)
        cast.waiting(ana, kim)
    with django_assert_num_queries(len(few)):
        as_ana.get(path)
    assert len(few) <= 17


def test_a_case_page_costs_the_same_for_three_words_and_for_thirty(
    as_ana, ana, kim, django_assert_num_queries
):
    case = actions.attach(
        actions.answer(cast.file(ana), by=kim, text="We look.").case, by=ana, upload=text_file()
    ).case
    path = f"/portal/cases/{case.code}/"
    as_ana.get(path)
    with CaptureQueriesContext(connection) as few:
        as_ana.get(path)
    for number in range(10):
        case = actions.answer(case, by=kim, text=f"News {number}.").case
        case = actions.attach(case, by=ana, upload=text_file(f"{number}.log")).case
    with django_assert_num_queries(len(few)):
        as_ana.get(path)


def test_the_organisation_page_shows_its_own_people_alone(as_ana, ana, ben, cole):
    shown = as_ana.get("/portal/organisation/").content.decode()
    assert str(ana.organisation.public_id) in shown
    assert cole.email in shown
    assert ben.email not in shown


# --- The root cause analysis


def test_the_customer_reads_the_published_analysis_on_the_case(as_ana, ana, kim, maya):
    case = cast.proposed(ana, kim, severity=1)
    analysis = case.analysis
    follow_up = as_ana.get(f"/portal/cases/{analysis.follow_up.code}/")
    assert case.code in follow_up.content.decode()
    rca.send_initial(analysis, by=kim, text="A node failed.")
    rca.save_draft(analysis, by=kim, sections=cast.document("A clock drifted."))
    before = as_ana.get(f"/portal/cases/{case.code}/").content.decode()
    assert "A node failed." in before
    assert "A clock drifted." not in before
    rca.submit(analysis, by=kim)
    rca.publish(analysis, by=maya)
    assert "A clock drifted." in as_ana.get(f"/portal/cases/{case.code}/").content.decode()


def test_reloading_a_page_that_was_shown_again_leads_back_to_the_case(as_ana, ana):
    case = cast.file(ana)
    assert (
        as_ana.get(f"/portal/cases/{case.code}/answer/")["Location"]
        == f"/portal/cases/{case.code}/"
    )
    assert Case.objects.get().event_count == 1


def test_a_file_without_words_is_an_answer_too(as_ana, ana, kim):
    case = cast.waiting(ana, kim)
    assert (
        as_ana.post(
            f"/portal/cases/{case.code}/answer/", {"text": "", "files": text_file("x.log")}
        ).status_code
        == 302
    )
    case.refresh_from_db()
    assert case.state == "in_progress"
    assert case.updates.last().text == "Sent: x.log"


@pytest.mark.parametrize(
    "path",
    [
        "/portal/cases/?after=CT-²",
        "/portal/cases/?q=%00",
        "/portal/cases/new/proposal/?function_down=yes&site=²",
    ],
)
def test_strange_addresses_break_nothing(as_ana, path):
    assert as_ana.get(path).status_code < 500


def test_a_word_after_the_proposal_makes_it_our_turn(as_ana, ana, kim):
    case = cast.proposed(ana, kim)
    assert "Waiting for you." in as_ana.get(f"/portal/cases/{case.code}/").content.decode()
    actions.answer_as_contact(case, by=ana, text="Still silent.")
    assert (
        "We will reply first; the case is not closed before that."
        in as_ana.get(f"/portal/cases/{case.code}/").content.decode()
    )


def test_states_have_the_words_of_the_customer_everywhere(as_ana, ana, kim):
    case = actions.request_information(cast.file(ana), by=kim, text="Which phones?").case
    pages = [f"/portal/cases/{case.code}/", f"/portal/cases/{case.code}/print/", "/portal/"]
    for path in ["/portal/cases/?stage=waiting_on_contact", *pages]:
        page = as_ana.get(path).content.decode()
        assert "Waiting for you" in page, path
        assert "Waiting on contact" not in page, path
    refused = TransitionNotAllowed("no", object=Case.objects.get())
    assert "in the state “Waiting for you”" in wrong_state(refused, is_care=False)
    assert "in the state “Waiting on contact”" in wrong_state(refused)


def test_no_two_states_and_no_tab_share_a_word_in_japanese():
    with translation.override("ja"):
        states = dict(state_choices(is_care=False))
        in_progress = states.pop(CaseState.IN_PROGRESS)
        tabs = [str(label) for label in STATES.values()]
        assert not [word for word in [*states.values(), *tabs] if in_progress in word]
        assert len(set(states.values())) == len(states)


def test_a_closing_is_told_to_the_contact_in_words_that_both_sides_can_read(as_ana, ana, kim):
    case = actions.accept(cast.proposed(ana, kim), by=ana).case
    page = as_ana.get(f"/portal/cases/{case.code}/").content.decode()
    assert "resolution accepted" in page
    assert "by the contact" not in page
