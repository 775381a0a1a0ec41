"""The pages of becoming and staying a Designated Contact, from both sides (§1, §6)."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from contacts import actions, eligibility, emails
from contacts.models import Certificate, Course, DesignatedContact, Invitation, Site, User
from tests import cast

PASSWORD = "a sentence of my own"


@pytest.fixture
def as_ana(client, ana, maya):
    """Ana, the primary contact, at the portal."""
    actions.make_primary(ana.designation, by=maya)
    client.force_login(ana)
    return client


@pytest.fixture
def as_maya(maya):
    client = Client()
    client.force_login(maya)
    return client


@pytest.fixture
def ivy(acme):
    return cast.applicant(acme, "Ivy Ito", "ivy@acme.example")


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_an_applicant_becomes_a_contact_through_the_pages_alone(acme, as_maya, client):
    answer = client.post(
        "/join/",
        {"short_name": "acme", "name": "Ivy Ito", "email": "ivy@acme.example", "language": "en"},
    )
    assert "we have sent an email" in text_of(answer)
    emails.send()
    link = re.search(r"http://\S+(/join/\S+/)", mail.outbox[-1].body)[1]
    assert "Join Acme Retail" in text_of(client.get(link))
    answer = client.post(
        link, {"name": "Ivy Ito", "zone": "Asia/Tokyo", "language": "en", "password": PASSWORD}
    )
    assert answer.status_code == 302
    assert "Start the training" in text_of(client.get("/portal/", follow=True))

    version = Course.objects.get().current
    for lesson in version.lessons.all():
        assert client.get(f"/portal/training/lessons/{lesson.position}/").status_code == 200
        client.post(f"/portal/training/lessons/{lesson.position}/reading/")
    client.get("/portal/training/quiz/")
    right = {f"q{one.pk}": one.right for one in version.questions.all()}
    assert "Passed: 100 %" in text_of(client.post("/portal/training/quiz/", right, follow=True))
    assert "Submit the form" in text_of(client.get("/portal/joining/"))
    answer = client.post(
        "/portal/joining/form/",
        {"work_phone": "+81 6 555 01", "responsibilities": "on"},
        follow=True,
    )
    assert "With us. We will reply by" in text_of(answer)
    assert "Why this time?" in text_of(client.get("/portal/joining/why/"))

    queue = text_of(as_maya.get("/console/applications/"))
    assert "Ivy Ito" in queue
    application = DesignatedContact.objects.get(user__email="ivy@acme.example")
    assert "+81 6 555 01" in text_of(as_maya.get(f"/console/applications/{application.pk}/"))
    assert as_maya.post(f"/console/applications/{application.pk}/approval/").status_code == 302
    assert "Open a case" in text_of(client.get("/portal/"))


@pytest.mark.parametrize("short_name", ["acme", "nobody-here"])
def test_an_application_looks_the_same_whatever_was_found(acme, ana, client, short_name):
    form_data = {
        "short_name": short_name,
        "name": "Ana",
        "email": "ana@acme.example",
        "language": "en",
    }
    assert "Check your inbox" in text_of(client.post("/join/", form_data))


def test_whoever_asks_too_often_waits(acme, client):
    form_data = {"short_name": "acme", "name": "Ivy", "email": "ivy@acme.example", "language": "en"}
    answers = [
        client.post("/join/", {**form_data, "email": f"ivy{n}@acme.example"}).status_code
        for n in range(11)
    ]
    assert answers == [200] * 10 + [429]


def test_somebody_who_is_joining_sees_training_and_no_case(ivy, ana):
    case = cast.file(ana, title="A secret of Acme's")
    client = Client()
    client.force_login(ivy.user)
    for path in (
        "/portal/",
        "/portal/cases/",
        f"/portal/cases/{case.code}/",
        "/portal/organisation/",
        "/portal/organisation/people/",
        "/portal/roster/",
        "/portal/cases/new/",
    ):
        answer = client.get(path, follow=True)
        assert answer.redirect_chain == [("/portal/joining/", 302)], path
        assert "A secret" not in answer.content.decode()
    assert client.post(f"/portal/cases/{case.code}/answer/", {"text": "x"}).status_code == 403
    assert client.get("/portal/training/").status_code == 200


def test_what_was_asked_back_is_answered_by_the_form_again(ivy, as_maya):
    as_maya.post(f"/console/applications/{ivy.pk}/question/", {"question": "Which sites?"})
    client = Client()
    client.force_login(ivy.user)
    page = text_of(client.get("/portal/joining/"))
    assert "Care asks: Which sites?" in page
    assert "paused" in page
    assert "Care has a question: please answer it below." in page
    form_data = {"work_phone": "+81 6 555 01", "statement": "Osaka.", "responsibilities": "on"}
    unanswered = client.post("/portal/joining/form/", form_data)
    assert unanswered.status_code == 422
    form_data["answer"] = "Osaka and Kobe; my deputy is Kei."
    assert "With us." in text_of(client.post("/portal/joining/form/", form_data, follow=True))
    seen = text_of(as_maya.get(f"/console/applications/{ivy.pk}/"))
    assert "Which sites?" in seen
    assert "Osaka and Kobe; my deputy is Kei." in seen


def test_a_declined_applicant_reads_whom_to_ask(ivy, ana, as_maya, maya):
    actions.make_primary(ana.designation, by=maya)
    as_maya.post(f"/console/applications/{ivy.pk}/refusal/", {"reason": "Not now."})
    client = Client()
    client.force_login(ivy.user)
    assert "ask your primary contact, Ana Albers" in text_of(client.get("/portal/joining/"))


def test_a_form_that_is_not_taken_keeps_the_words(acme):
    user = cast.contact(acme, "Ivy", "ivy@acme.example", state="invited")
    cast.pass_training(user)
    client = Client()
    client.force_login(user)
    answer = client.post(
        "/portal/joining/form/", {"work_phone": "call me", "statement": "I know Osaka."}
    )
    assert answer.status_code == 422
    assert {"I know Osaka." in answer.content.decode(), "that we can call" in text_of(answer)} == {
        True
    }


def test_a_decline_needs_a_reason_and_the_applicant_reads_it(ivy, as_maya):
    assert (
        as_maya.post(f"/console/applications/{ivy.pk}/refusal/", {"reason": ""}).status_code == 422
    )
    as_maya.post(
        f"/console/applications/{ivy.pk}/refusal/", {"reason": "The number is not answered."}
    )
    client = Client()
    client.force_login(ivy.user)
    assert "The number is not answered." in text_of(client.get("/portal/joining/"))
    assert as_maya.post(f"/console/applications/{ivy.pk}/approval/").status_code == 422


def test_the_primary_contact_manages_their_people(as_ana, acme):
    ivo = cast.contact(acme, "Ivo", "ivo@acme.example")
    answer = as_ana.post(
        "/portal/organisation/people/",
        {"name": "Ida", "email": "ida@acme.example", "role": "colleague", "language": "en"},
    )
    assert answer.status_code == 302
    assert "ida@acme.example" in text_of(as_ana.get("/portal/organisation/people/"))
    as_ana.post(f"/portal/organisation/invitations/{Invitation.objects.get().pk}/withdrawal/")
    assert Invitation.objects.get().withdrawn_at is not None
    base = f"/portal/organisation/people/{ivo.pk}/"
    assert "Suspend" in text_of(as_ana.get(base))
    assert as_ana.post(f"{base}suspension/", {"reason": "On leave."}).status_code == 302
    page = text_of(as_ana.get(base))
    assert {"Suspended" in page, "Reinstate" in page, "“On leave.”" in page} == {True}
    assert as_ana.post(f"{base}suspension/", {"reason": "Again."}).status_code == 422


def test_others_read_who_the_people_are_and_change_nothing(client, acme, ana, cole):
    client.force_login(cole)
    page = client.get("/portal/organisation/people/")
    assert "Invite someone" not in text_of(page)
    assert (
        client.post(
            "/portal/organisation/people/",
            {"name": "x", "email": "x@acme.example", "role": "contact", "language": "en"},
        ).status_code
        == 422
    )
    assert (
        client.post(
            f"/portal/organisation/people/{ana.pk}/revocation/", {"reason": "x"}
        ).status_code
        == 422
    )
    ana.designation.refresh_from_db()
    assert ana.designation.state == "active"


def test_fewer_than_two_contacts_are_said_to_both_sides(as_ana, as_maya, acme):
    assert "Only one active Designated Contact" in text_of(
        as_ana.get("/portal/organisation/people/")
    )
    assert "Acme Retail one" in text_of(as_maya.get("/console/applications/"))
    cast.contact(acme, "Ivo", "ivo@acme.example")
    assert "Only one active" not in text_of(as_ana.get("/portal/organisation/people/"))


def test_the_roster_shows_who_answers_and_the_gaps(as_ana, ana, time_machine):
    time_machine.move_to(cast.utc("2026-03-05 09:00"), tick=False)
    assert "Nobody can be reached now" in text_of(as_ana.get("/portal/roster/"))
    form_data = {
        "user": ana.pk,
        "weekdays": ["0", "1", "2", "3", "4", "5", "6"],
        "starts": "00:00",
        "ends": "24:00",
        "zone": "Europe/Berlin",
        "phone": "+49 30 1",
    }
    assert as_ana.post("/portal/roster/", form_data).status_code == 302
    page = text_of(as_ana.get("/portal/roster/"))
    assert {"100 % covered" in page, "No gap" in page, "Ana Albers" in page} == {True}
    answer = as_ana.post("/portal/roster/", {**form_data, "starts": "9"})
    assert (answer.status_code, "Write a time such as" in text_of(answer)) == (422, True)


def test_anybody_checks_a_certificate_by_its_number(ivy, client):
    certificate = Certificate.objects.get(user=ivy.user)
    page = text_of(client.get(f"/certificates/{certificate.number.lower()}/"))
    assert {"Ivy Ito" in page, "Acme Retail" in page, "the current version" in page} == {True}
    assert client.get("/certificates/RR-AAAA-AAAA-AAAA/").status_code == 404
    assert client.get("/certificates/", {"number": certificate.number}).status_code == 302


def test_courses_are_written_by_managers_and_read_by_all_of_care(as_maya, kim):
    version = Course.objects.get().current
    as_kim = Client()
    as_kim.force_login(kim)
    assert "Create the next version" not in text_of(as_kim.get(f"/console/courses/{version.pk}/"))
    assert as_kim.post(f"/console/courses/{version.pk}/draft/").status_code == 403
    desk = as_maya.post(f"/console/courses/{version.pk}/draft/")["Location"]
    form_data = {
        "title": "Seventh heaven",
        "position": "8",
        "body": "**Bold** <script>alert(1)</script>",
    }
    preview = as_maya.post(f"{desk}lessons/new/", {**form_data, "preview": "yes"}).content.decode()
    assert {"<strong>Bold</strong>" in preview, "<script>alert" in preview} == {True, False}
    assert as_maya.post(f"{desk}lessons/new/", form_data).status_code == 302
    question = {"text": "Why?", "option_0": "So", "option_1": "Not so", "right_1": "on"}
    assert as_maya.post(f"{desk}questions/new/", question).status_code == 302
    assert as_maya.post(f"{desk}questions/new/", {**question, "right_0": "on"}).status_code == 422
    settings = {"name": "Roles", "summary": "", "pass_percent": "90", "renew_by": "2020-01-01"}
    as_maya.post(f"{desk}settings/", settings)
    assert "date to renew by has passed" in text_of(
        as_maya.post(f"{desk}publication/", follow=True)
    )
    as_maya.post(f"{desk}settings/", {**settings, "renew_by": ""})
    assert "is now the current version" in text_of(as_maya.post(f"{desk}publication/", follow=True))
    assert Course.objects.get().current.number == 2


def test_care_invites_the_first_contact_of_a_customer(as_maya, globex):
    answer = as_maya.post(
        "/console/organisations/globex/people/",
        {"name": "Bo", "email": "bo@globex.example", "role": "contact", "language": "ja"},
    )
    assert answer.status_code == 302
    assert "bo@globex.example" in text_of(as_maya.get("/console/organisations/globex/people/"))
    assert "Globex" in text_of(as_maya.get("/console/organisations/?q=glob"))
    assert User.objects.filter(email="bo@globex.example").count() == 0


def test_why_a_contact_was_stopped_is_read_by_them_the_primary_contact_and_care_alone(
    acme, as_ana, as_maya, cole
):
    ivo = cast.contact(acme, "Ivo Ito", "ivo@acme.example")
    actions.suspend(
        ivo.designation,
        by=cast.care("Kim", "kim@care.example", "analyst"),
        reason="Shared the password",
    )
    pages = [f"/portal/organisation/people/{ivo.pk}/", "/portal/organisation/people/"]
    assert all("Shared the password" in text_of(as_ana.get(page)) for page in pages)
    assert "Shared the password" in text_of(as_maya.get(f"/console/people/{ivo.pk}/"))
    colleague, himself = Client(), Client()
    colleague.force_login(cole)
    himself.force_login(ivo)
    assert not any("Shared the password" in text_of(colleague.get(page)) for page in pages)
    assert "Shared the password" in text_of(himself.get(pages[0]))


def test_whoever_is_signed_in_already_can_follow_an_invitation(acme, as_maya, client):
    """The pages that end with a sign-in have its scope, for every visitor."""
    client.post(
        "/join/",
        {"short_name": "acme", "name": "Ivy Ito", "email": "ivy@acme.example", "language": "en"},
    )
    emails.send()
    link = re.search(r"http://\S+(/join/\S+/)", mail.outbox[-1].body)[1]
    assert "Join Acme Retail" in text_of(as_maya.get(link))
    answer = as_maya.post(
        link, {"name": "Ivy Ito", "zone": "Asia/Tokyo", "language": "en", "password": PASSWORD}
    )
    assert answer.status_code == 302
    assert "Start the training" in text_of(as_maya.get("/portal/", follow=True))


@pytest.mark.parametrize(("site", "zone"), [(False, "Europe/Berlin"), (True, "Asia/Tokyo")])
def test_the_zone_of_whoever_joins_is_that_of_their_site_until_a_script_knows_better(
    site, zone, maya, client
):
    organisation = cast.organisation("zoned", "Zoned Ltd", zone="Europe/Berlin")
    osaka = Site.objects.create(
        organisation=organisation, name="Osaka", calendar=cast.calendar("Osaka", "Asia/Tokyo")
    )
    actions.invite(
        organisation,
        by=maya,
        email="new@zoned.example",
        name="New",
        site=osaka if site else None,
    )
    emails.send()
    link = re.search(r"http://\S+(/join/\S+/)", mail.outbox[-1].body)[1]
    page = client.get(link).content.decode()
    assert f'value="{zone}" selected' in page
    assert 'data-zone="browser"' in page


def test_training_says_to_each_reader_what_follows(client, ana, maya, time_machine):
    """A contact who renews has no form to hand in; a suspended one has no access that stays."""
    cast.pass_training(ana)
    client.force_login(ana)
    attempt = ana.quiz_attempts.get()
    page = client.get(f"/portal/training/attempts/{attempt.pk}/").content.decode()
    assert "Your training is up to date." in page
    assert "Now hand in the form." not in page
    draft = actions.begin_draft(Course.objects.get(is_for_contacts=True), by=maya)
    renew_by = timezone.localdate() + timedelta(days=7)
    actions.change_course(
        draft, by=maya, name="Roles", summary="", pass_percent=80, renew_by=renew_by
    )
    actions.publish_course(draft, by=maya)
    assert "Until then your access" in client.get("/portal/training/").content.decode()
    time_machine.move_to(timezone.now() + timedelta(days=9), tick=False)
    eligibility.review()
    client.force_login(ana)
    page = client.get("/portal/training/").content.decode()
    assert "Pass this version, and you can open and answer cases again." in page
    assert "Until then your access" not in page


@pytest.fixture
def as_ivy(client, ivy):
    """Ivy at the portal, who has read every lesson."""
    for lesson in Course.objects.get().current.lessons.all():
        actions.read_lesson(lesson, by=ivy.user)
    client.force_login(ivy.user)
    return client


def test_the_quiz_says_how_long_it_is_and_where_one_is(as_ivy):
    page = as_ivy.get("/portal/training/quiz/")
    assert "20 questions on one page" in text_of(page)
    assert "16 correct answers pass." in text_of(page)
    assert "Question 1 of 20" in text_of(page)
    assert "Question 20 of 20" in text_of(page)
    version = Course.objects.get().current
    right = {f"q{one.pk}": one.right for one in version.questions.all()}
    missing = version.questions.first()
    refused = as_ivy.post("/portal/training/quiz/", {**right, f"q{missing.pk}": []})
    assert refused.status_code == 422
    assert f'href="#q{missing.pk}"' in refused.content.decode()


def test_a_wrong_answer_leads_to_the_lesson_that_has_the_right_one(as_ivy, maya):
    version = Course.objects.get().current
    answers = {f"q{one.pk}": one.right for one in version.questions.all()}
    for one in version.questions.filter(lesson__position__in=(5, 6)):
        wrong = next(place for place in range(len(one.options)) if place not in one.right)
        answers[f"q{one.pk}"] = [wrong]
    as_ivy.get("/portal/training/quiz/")
    result = as_ivy.post("/portal/training/quiz/", answers, follow=True)
    assert "Not passed yet: 60 %" in text_of(result)
    words = text_of(result)
    assert "5. What we promise, and in whose time 4 questions" in words
    assert "6. When the ball is with you 4 questions" in words
    page = result.content.decode()
    assert page.count("/portal/training/lessons/5/") == 5  # once on top, once for each question
    assert "/portal/training/lessons/1/" not in page
    # The lessons of a former version cannot be opened any more; their titles remain.
    draft = actions.begin_draft(version.course, by=maya)
    actions.publish_course(draft, by=maya)
    page = as_ivy.get(result.redirect_chain[0][0])
    assert "5. What we promise" in text_of(page)
    assert "/portal/training/lessons/" not in page.content.decode()


def test_a_manager_says_which_lesson_has_the_answer(as_maya, maya):
    draft = actions.begin_draft(Course.objects.get(), by=maya)
    lesson = draft.lessons.get(position=3)
    address = f"/console/courses/{draft.pk}/questions/new/"
    assert lesson.title in text_of(as_maya.get(address))
    form = {
        "text": "Which one?",
        "option_0": "This",
        "option_1": "That",
        "right_0": "on",
        "lesson": lesson.pk,
    }
    assert as_maya.post(address, form).status_code == 302
    question = draft.questions.last()
    assert question.lesson == lesson
    assert f"Lesson 3: {lesson.title}" in text_of(as_maya.get(f"/console/courses/{draft.pk}/"))
    foreign = Course.objects.get().current.lessons.first()
    assert as_maya.post(address, {**form, "lesson": foreign.pk}).status_code == 422
    actions.remove_lesson(lesson, by=maya)
    question.refresh_from_db()
    assert question.lesson is None
