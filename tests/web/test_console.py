"""The console: who may enter, what is preserved when something is wrong, what each state offers."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import actions
from cases.choices import CaseState, EventType
from cases.models import Attachment, Case
from contacts import actions as people
from contacts.models import Organisation
from rca import actions as rca_actions
from rca.document import TEXTS
from rca.models import Analysis
from tests import cast
from tests.cast import utc

MONDAY = "2026-03-02 09:00"


@pytest.fixture
def monday(time_machine):
    time_machine.move_to(utc(MONDAY), tick=False)
    return time_machine


def nouns(page) -> set[str]:
    """The verbs that a case page offers."""
    results = {move.noun for move, *_ in page.context["actions"]} | {
        panel.noun for panel in page.context["composer"]
    }
    return results | ({page.context["take"].noun} if page.context["take"] else set())


@pytest.mark.parametrize(
    "address", ["/console/", "/console/cases/new/", "/console/rca/", "/insight/"]
)
def test_a_contact_is_refused_at_cares_doors(client, ana, address):
    client.force_login(ana)
    assert client.get(address).status_code == 403


def test_a_contact_is_refused_on_case_pages_and_verbs_of_the_console(client, ana, kim):
    case = cast.proposed(ana, kim, severity=2)
    client.force_login(ana)
    for address in ("", "journal/"):
        assert client.get(f"/console/cases/{case.code}/{address}").status_code == 403
    assert client.post(f"/console/cases/{case.code}/answer/", {"text": "Hello"}).status_code == 403
    assert client.get(f"/console/rca/{case.code}/").status_code == 403
    assert client.post(f"/console/rca/{case.code}/publication/").status_code == 403
    assert EventType.ANSWERED not in cast.verbs(case)[2:]


def test_a_stranger_to_the_product_is_sent_to_log_in(client, db):
    assert client.get("/console/").status_code == 302
    assert client.get("/insight/").status_code == 302


def test_a_case_that_is_not_there_is_404(client, kim):
    client.force_login(kim)
    assert client.get("/console/cases/CT-9999999/").status_code == 404
    assert client.post("/console/cases/CT-9999999/answer/", {"text": "x"}).status_code == 404


def test_a_verb_that_does_not_exist_is_404(client, ana, kim):
    client.force_login(kim)
    assert client.post(f"/console/cases/{cast.file(ana).code}/dance/").status_code == 404


def test_a_verbs_address_shows_its_form_and_does_nothing(client, ana, kim):
    case = cast.file(ana)
    client.force_login(kim)
    page = client.get(f"/console/cases/{case.code}/escalation/")
    assert "Steps that reproduce the error" in page.content.decode()
    answer = client.get(f"/console/cases/{case.code}/answer/")
    assert answer["Location"] == f"/console/cases/{case.code}/?tab=answer#composer"
    assert client.get(f"/console/cases/{case.code}/assignment/").status_code == 200
    assert cast.verbs(case) == ["filed"]


def test_taking_a_case_makes_it_mine(client, ana, kim):
    case = cast.file(ana)
    client.force_login(kim)
    response = client.post(f"/console/cases/{case.code}/assignment/")
    assert (response.status_code, response["Location"]) == (302, f"/console/cases/{case.code}/")
    case.refresh_from_db()
    assert (case.assignee, case.state) == (kim, CaseState.IN_PROGRESS)


def test_answering_redirects_and_the_page_shows_the_words(client, ana, kim):
    case = cast.file(ana)
    client.force_login(kim)
    page = client.post(
        f"/console/cases/{case.code}/answer/", {"text": "We **look** into it."}, follow=True
    )
    assert page.status_code == 200
    assert "We <strong>look</strong> into it." in page.content.decode()


def test_an_internal_note_is_marked_and_meets_no_promise(client, ana, kim):
    case = cast.file(ana)
    client.force_login(kim)
    page = client.post(
        f"/console/cases/{case.code}/note/", {"text": "Their firewall again."}, follow=True
    )
    assert "timeline__card--internal" in page.content.decode()
    assert case.clocks.get(kind="response").stopped_at is None


def test_from_the_wrong_state_the_answer_is_409(client, ana, kim):
    case = actions.close(cast.file(ana), by=kim, reason="duplicate", text="See the other one.").case
    client.force_login(kim)
    page = client.post(f"/console/cases/{case.code}/answer/", {"text": "One more thing"})
    assert page.status_code == 409
    assert "One more thing" in page.content.decode()
    assert (
        client.post(f"/console/cases/{case.code}/resolution/", {"text": "Done"}).status_code == 409
    )


def test_a_form_that_says_nothing_is_422(client, ana, kim):
    case = cast.file(ana)
    client.force_login(kim)
    page = client.post(f"/console/cases/{case.code}/answer/", {"text": " "})
    assert page.status_code == 422
    assert "Your text is still here" in page.content.decode()


def test_what_was_written_is_kept_when_a_field_is_missing(client, ana, kim):
    case = cast.file(ana)
    client.force_login(kim)
    page = client.post(
        f"/console/cases/{case.code}/call/", {"text": "They never picked up the phone."}
    )
    assert page.status_code == 422
    assert "They never picked up the phone.</textarea>" in page.content.decode()
    assert page.context["tab"] == "call"


def test_a_refusal_is_shown_in_the_form_and_the_text_is_kept(client, ana, kim):
    case = cast.file(ana, severity=3)
    client.force_login(kim)
    page = client.post(
        f"/console/cases/{case.code}/severity/", {"severity": "3", "text": "It stays as it is."}
    )
    body = page.content.decode()
    assert page.status_code == 422
    assert "The severity is Medium already." in body
    assert "It stays as it is.</textarea>" in body


def test_a_refusal_of_a_verb_no_longer_offered_keeps_the_words_too(client, ana, kim):
    case = actions.restore(
        actions.answer(cast.file(ana), by=kim, text="On it.").case, by=kim, text="It works."
    ).case
    client.force_login(kim)
    page = client.post(
        f"/console/cases/{case.code}/restoration/", {"text": "The gateway was restarted."}
    )
    body = page.content.decode()
    assert page.status_code == 422
    assert "recorded as restored already" in body
    assert "The gateway was restarted." in body


def test_a_new_case_offers_what_its_state_allows_and_no_more(client, ana, kim):
    client.force_login(kim)
    page = client.get(f"/console/cases/{cast.file(ana).code}/")
    assert nouns(page) == {
        "answer",
        "note",
        "information",
        "call",
        "assignment",
        "assign",
        "escalation",
        "severity",
        "file",
        "link",
        "merge",
        "closure",
        "tags",
        "correction",
        "contact",
        "follower",
        "reminder",
        "side-conversation",
    }


def test_a_closed_case_offers_a_note_a_link_and_within_the_window_reopening(
    client, ana, kim, monday
):
    case = actions.accept(cast.proposed(ana, kim), by=ana).case
    client.force_login(kim)
    address = f"/console/cases/{case.code}/"
    assert nouns(client.get(address)) == {
        "note",
        "link",
        "reopening",
        "tags",
        "correction",
        "contact",
        "follower",
    }
    monday.move_to(utc("2026-04-02 09:00"), tick=False)
    client.force_login(kim)  # the session of a month ago has ended
    assert nouns(client.get(address)) == {
        "note",
        "link",
        "tags",
        "correction",
        "contact",
        "follower",
    }


def test_an_answer_to_our_question_may_be_ruled_inadequate(client, ana, kim):
    case = actions.answer_as_contact(cast.waiting(ana, kim), by=ana, text="No idea.").case
    client.force_login(kim)
    address = f"/console/cases/{case.code}/"
    assert "inadequacy" in nouns(client.get(address))
    client.post(f"{address}inadequacy/", {"text": "We need the log."})
    page = client.get(address)
    assert page.context["case"].state == CaseState.WAITING_ON_CONTACT
    assert "inadequacy" not in nouns(page)


def test_a_contested_severity_may_be_upheld(client, ana, kim):
    case = actions.contest_severity(cast.file(ana), by=ana, text="Nobody can work.").case
    client.force_login(kim)
    address = f"/console/cases/{case.code}/"
    assert "severity-upholding" in nouns(client.get(address))
    client.post(f"{address}severity-upholding/", {"text": "A workaround is in place."})
    assert cast.verbs(case)[-1] == EventType.SEVERITY_UPHELD
    assert "severity-upholding" not in nouns(client.get(address))


def test_escalation_goes_to_a_team_and_comes_back_with_findings(client, ana, kim):
    from contacts.models import Team

    team = Team.objects.create(name="Platform", investigates=True)
    case = cast.file(ana)
    client.force_login(kim)
    address = f"/console/cases/{case.code}/"
    client.post(f"{address}escalation/", {"team": team.pk, "text": "Call, wait 30 s."})
    case.refresh_from_db()
    assert (case.state, case.team) == (CaseState.INVESTIGATING, team)
    client.post(f"{address}findings/", {"text": "The codec."})
    case.refresh_from_db()
    assert case.state == CaseState.IN_PROGRESS


def test_a_request_for_escalation_is_answered_with_its_outcome(client, ana, kim):
    case = actions.request_escalation(cast.file(ana), by=ana, text="It takes too long.").case
    client.force_login(kim)
    client.post(
        f"/console/cases/{case.code}/escalation-answer/", {"granted": "no", "text": "We are close."}
    )
    assert case.events.latest("seq").particulars["granted"] is False


def test_a_call_that_reached_the_contact_meets_the_first_answer(client, ana, kim):
    case = cast.file(ana, severity=1)
    client.force_login(kim)
    client.post(f"/console/cases/{case.code}/call/", {"reached": "no", "text": "Busy."})
    assert case.clocks.get(kind="response").stopped_at is None
    client.post(f"/console/cases/{case.code}/call/", {"reached": "yes", "text": "Ana confirms."})
    assert case.clocks.get(kind="response").outcome == "met"


def test_proposing_on_a_critical_case_sends_the_initial_analysis_with_it(client, ana, kim):
    case = actions.answer(cast.file(ana, severity=1), by=kim, text="On it.").case
    client.force_login(kim)
    address = f"/console/cases/{case.code}/resolution/"
    page = client.post(address, {"text": "The node was replaced."})
    assert page.status_code == 422
    assert Case.objects.get(pk=case.pk).state == CaseState.IN_PROGRESS
    client.post(
        address, {"text": "The node was replaced.", "initial_rca": "A node lost its clock."}
    )
    assert cast.verbs(case)[-2:] == [EventType.RESOLUTION_PROPOSED, EventType.INITIAL_RCA_SENT]
    assert Analysis.objects.get(case=case).initial_text == "A node lost its clock."


def test_a_case_held_by_the_gate_offers_no_closing_and_says_why(client, ana, kim):
    client.force_login(kim)
    page = client.get(f"/console/cases/{cast.file(ana, severity=1).code}/")
    assert "closure" not in nouns(page)
    assert "It cannot be closed yet" in page.content.decode()


def test_cases_are_linked_by_number_within_one_organisation(client, ana, ben, kim):
    first, second, foreign = cast.file(ana), cast.file(ana, title="Again"), cast.file(ben)
    client.force_login(kim)
    address = f"/console/cases/{first.code}/link/"
    assert client.post(address, {"kind": "relates_to", "other": "the second"}).status_code == 422
    assert client.post(address, {"kind": "relates_to", "other": second.code}).status_code == 302
    assert (
        client.post(address, {"kind": "relates_to", "other": str(foreign.number)}).status_code
        == 422
    )
    assert client.post(address, {"kind": "relates_to", "other": "CT-8888888"}).status_code == 422
    assert first.links.get().other == second


def test_a_file_is_attached_and_served_by_the_checked_route(client, ana, kim, tmp_path):
    from django.core.files.uploadedfile import SimpleUploadedFile

    case = cast.file(ana)
    client.force_login(kim)
    upload = SimpleUploadedFile("console.log", b"all is lost\n")
    client.post(f"/console/cases/{case.code}/file/", {"file": upload, "facing": "internal"})
    attachment = Attachment.objects.get(case=case)
    assert attachment.facing == "internal"
    assert (
        f"/attachments/{attachment.pk}/"
        in client.get(f"/console/cases/{case.code}/").content.decode()
    )


def test_the_journal_shows_every_row_with_its_hash(client, ana, kim):
    case = cast.proposed(ana, kim)
    client.force_login(kim)
    body = client.get(f"/console/cases/{case.code}/journal/").content.decode()
    for event in case.events.all():
        assert event.hash in body


def test_the_case_page_asks_the_same_number_of_questions_however_long_the_case(
    client, ana, kim, monday
):
    case = cast.file(ana)
    client.force_login(kim)
    address = f"/console/cases/{case.code}/"
    client.get(address)
    with CaptureQueriesContext(connection) as short:
        client.get(address)
    for number in range(10):
        case = actions.answer(case, by=kim, text=f"Answer {number}").case
        case = actions.answer_as_contact(case, by=ana, text=f"Question {number}").case
        cast.file(ana, title=f"Other {number}")
    with CaptureQueriesContext(connection) as long:
        client.get(address)
    assert len(long) == len(short)
    assert len(long) <= 11


# --- Filing for a caller (§3)


def filing(ana, **fields):
    return {
        "contact": ana.pk,
        "title": "No calls",
        "description": "None at all.",
        "severity": "1",
        "priority": "1",
        "call_back_number": "+49 30 555",
        "on_the_line": "on",
        **fields,
    }


def test_a_critical_caller_is_served_by_phone_and_the_call_is_the_first_answer(
    client, ana, kim, monday
):
    client.force_login(kim)
    response = client.post("/console/cases/new/?organisation=acme", filing(ana))
    case = Case.objects.get()
    assert response["Location"] == f"/console/cases/{case.code}/"
    assert (case.channel, case.contact, case.assignee) == ("phone", ana, kim)
    assert case.clocks.get(kind="response").outcome == "met"


def test_a_critical_case_taken_by_phone_names_who_is_on_duty(client, ana, kim, monday):
    ivo = cast.contact(ana.organisation, "Ivo Ito", "ivo@acme.example")
    people.add_to_roster(
        ivo, by=ivo, weekdays=list(range(7)), starts="00:00", ends="24:00", phone="+49 30 777"
    )
    client.force_login(kim)
    page = client.get("/console/cases/new/?organisation=acme").content.decode()
    assert "+49 30 777" in page
    client.post("/console/cases/new/?organisation=acme", filing(ana, call_back_number=""))
    case = Case.objects.get()
    assert (case.on_duty_name, case.call_back_number) == ("Ivo Ito", "+49 30 777")
    assert case.events.get(verb="filed").particulars["on_duty"] == "Ivo Ito"


def test_a_caller_below_critical_is_led_to_the_portal_and_nothing_is_lost(client, ana, kim, monday):
    client.force_login(kim)
    page = client.post("/console/cases/new/?organisation=acme", filing(ana, severity="2"))
    body = page.content.decode()
    assert page.status_code == 422
    assert "takes Severity 1 (Critical) only" in body
    assert "open the case in the web portal" in body
    assert "None at all.</textarea>" in body
    assert not Case.objects.exists()


def test_an_unlicensed_caller_is_led_to_self_support_before_anything_is_written(
    client, kim, monday
):
    dora = cast.contact(
        cast.organisation("dry", "Dry Ltd", licensed=False), "Dora", "dora@dry.example"
    )
    client.force_login(kim)
    assert "Self-support" in client.get("/console/cases/new/?organisation=dry").content.decode()
    assert client.post("/console/cases/new/?organisation=dry", filing(dora)).status_code == 422


@pytest.mark.parametrize("typed", ["acme", "Acme Retail", "ACME retail", "public id"])
def test_a_caller_whose_organisation_is_named_exactly_is_there_at_once(
    typed, client, ana, kim, monday
):
    client.force_login(kim)
    typed = str(ana.organisation.public_id) if typed == "public id" else typed
    page = client.get("/console/cases/new/", {"organisation": typed})
    assert "Open for Acme Retail" in page.content.decode()


@pytest.mark.parametrize("typed", ["cme Ret", "albers", "ana@acme", "555 0", "acm"])
def test_a_part_of_a_name_a_person_or_a_number_leads_to_the_caller(
    typed, client, ana, ben, kim, monday
):
    ana.work_phone = "+49 30 555 01"
    ana.save()
    client.force_login(kim)
    page = client.get("/console/cases/new/", {"organisation": typed}).content.decode()
    assert 'href="?organisation=acme"' in page
    assert "organisation=globex" not in page
    options = client.get("/console/organisations/choices/", {"organisation": typed})
    assert '<option value="acme">' in options.content.decode()


def test_three_thousand_customers_are_not_listed(client, kim):
    Organisation.objects.bulk_create(
        Organisation(short_name=f"c{number}", name=f"Customer {number}") for number in range(3000)
    )
    client.force_login(kim)
    page = client.get("/console/cases/new/").content.decode()
    assert "Customer 1" not in page
    page = client.get("/console/cases/new/", {"organisation": "customer"}).content.decode()
    assert page.count('href="?organisation=c') == 20
    assert "Type more" in page


def test_a_caller_chosen_by_their_name_is_preselected(client, ana, acme, kim, monday):
    eve = cast.contact(acme, "Eve Ames", "eve@acme.example")
    client.force_login(kim)
    page = client.get(f"/console/cases/new/?organisation=acme&contact={eve.pk}").content.decode()
    assert f'<option value="{eve.pk}" selected>' in page


def test_only_active_designated_contacts_of_the_organisation_can_be_the_caller(
    client, ana, ben, cole, kim, monday
):
    client.force_login(kim)
    for stranger in (ben, cole):
        assert (
            client.post("/console/cases/new/?organisation=acme", filing(stranger)).status_code
            == 422
        )
    assert client.get("/console/cases/new/?organisation=nobody").status_code == 422


# --- Root cause analyses (§12)


def written(**fields):
    action = {
        "action_1_what": "Written.",
        "action_1_owner_name": "Their network team",
        "action_1_due_on": "2026-04-01",
    }
    return {**dict.fromkeys(TEXTS, "Written."), **action, **fields}


@pytest.fixture
def owed(ana, kim, monday):
    case = actions.answer(cast.file(ana, severity=1), by=kim, text="On it.").case
    case = actions.propose_resolution(case, by=kim, text="Replaced.").case
    rca_actions.send_initial(Analysis.objects.get(case=case), by=kim, text="A node.")
    return case


def test_an_owed_analysis_is_listed_and_late_once_it_is_due(client, kim, owed, monday):
    client.force_login(kim)
    assert owed.code in client.get("/console/rca/").content.decode()
    assert owed.code not in client.get("/console/rca/?late=1").content.decode()
    monday.move_to(utc("2026-03-06 09:00"), tick=False)
    assert owed.code in client.get("/console/rca/?late=1").content.decode()


def test_a_first_draft_begins_with_the_journal(client, kim, owed):
    client.force_login(kim)
    page = client.get(f"/console/rca/{owed.code}/")
    offered = next(part for part in page.context["form"] if part.key == "timeline").others
    assert [event.label for event in offered][-2:] == [
        "Kim Kato proposed a resolution",
        "Kim Kato sent the initial root cause analysis",
    ]
    assert not any(event.is_chosen for event in offered)


def test_a_draft_with_a_section_missing_is_kept_and_not_submitted(client, kim, owed):
    client.force_login(kim)
    page = client.post(f"/console/rca/{owed.code}/submission/", written(root_cause=""))
    assert page.status_code == 422
    assert "Root cause" in page.content.decode()
    analysis = Analysis.objects.get(case=owed)
    assert (analysis.state, analysis.draft["summary"]) == ("draft", "Written.")


def test_a_second_person_publishes_what_the_first_wrote(client, kim, maya, owed):
    address = f"/console/rca/{owed.code}/"
    client.force_login(kim)
    client.post(f"{address}submission/", written(root_cause="A **worn** part."))
    assert "Publish to the customer" not in client.get(address).content.decode()
    assert client.post(f"{address}publication/").status_code == 403
    client.force_login(maya)
    assert "Publish to the customer" in client.get(address).content.decode()
    assert client.post(f"{address}publication/").status_code == 302
    assert "A <strong>worn</strong> part." in client.get(f"{address}versions/1/").content.decode()
    assert client.post(f"{address}publication/").status_code == 409


def test_a_reviewer_returns_a_draft_with_a_reason_and_the_author_reads_it(client, kim, maya, owed):
    address = f"/console/rca/{owed.code}/"
    client.force_login(kim)
    client.post(f"{address}submission/", written())
    client.force_login(maya)
    assert client.post(f"{address}return/", {"reason": ""}).status_code == 422
    client.post(f"{address}return/", {"reason": "Say who was affected."})
    client.force_login(kim)
    assert "Say who was affected." in client.get(address).content.decode()
