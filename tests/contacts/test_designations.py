"""§1: from the form to credentials within 48 business hours, and what may become of them later."""

from datetime import date, time

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from caretrack.web.console import applications
from contacts import actions, eligibility, people_log
from contacts.models import (
    Certificate,
    Course,
    DesignatedContact,
    Licence,
    PeopleEvent,
    QueuedEmail,
    QuizAttempt,
    Role,
    User,
)
from contacts.permissions import is_designated_contact
from core.errors import Refused
from sla import credentials
from sla.models import Clock, ClockFact
from tests import cast


@pytest.fixture
def now(time_machine):
    """A Thursday, 10:00 in Berlin: nine business hours a day are ahead."""
    time_machine.move_to(cast.utc("2026-03-05 09:00"), tick=False)
    return time_machine


@pytest.fixture
def ivy(acme, now):
    """Acme's applicant, who handed in the form on Thursday at 10:00."""
    return cast.applicant(acme, "Ivy Ito", "ivy@acme.example")


@pytest.fixture
def primary(ana, maya):
    actions.make_primary(ana.designation, by=maya)
    return ana


def clock_of(designation):
    return Clock.objects.get(designation=designation)


def test_48_business_hours_run_from_the_form_in_the_hours_of_the_applicants_site(ivy):
    clock = clock_of(ivy)
    assert (clock.kind, clock.target_seconds, clock.outcome) == ("credential", 172_800, "running")
    # 7 h on Thursday, 9 h on Friday, Monday, Tuesday and Wednesday, 5 h on Thursday: 13:00 in
    # Berlin.
    assert clock.due_at == cast.utc("2026-03-12 12:00")


def test_an_approval_in_the_very_second_is_in_time_and_issues_the_credentials(ivy, maya, now):
    now.move_to(cast.utc("2026-03-12 12:00"), tick=False)
    actions.approve(ivy, by=maya)
    assert clock_of(ivy).outcome == "met"
    assert is_designated_contact(ivy.user)
    assert not ClockFact.objects.exists()


def test_a_late_answer_is_a_breach_that_stays_a_fact(ivy, maya, now):
    now.move_to(cast.utc("2026-03-12 12:01"), tick=False)
    assert credentials.sweep() == 1
    assert credentials.sweep() == 0
    actions.decline(ivy, by=maya, reason="No phone number.")
    fact = ClockFact.objects.get(kind="breached")
    assert (fact.case_id, fact.at, fact.due_at) == (
        None,
        cast.utc("2026-03-12 12:00"),
        cast.utc("2026-03-12 12:00"),
    )
    assert clock_of(ivy).outcome == "breached"
    assert QueuedEmail.objects.filter(recipient=maya, subject__contains="are late").count() == 1


def test_care_is_warned_before_an_application_is_late(ivy, maya, now):
    now.move_to(cast.utc("2026-03-10 14:00"), tick=False)
    credentials.sweep()
    credentials.sweep()
    assert list(ClockFact.objects.values_list("step", flat=True)) == ["warn:50"]
    assert (
        QueuedEmail.objects.get(recipient=maya, subject__startswith="50 percent").organisation_id
        == ivy.organisation_id
    )


def test_after_a_stop_of_the_sweeps_only_the_last_step_is_told(ivy, maya, now):
    now.move_to(cast.utc("2026-04-20 09:00"), tick=False)
    credentials.sweep()
    assert list(ClockFact.objects.values_list("step", flat=True)) == ["breach"]
    assert QueuedEmail.objects.filter(recipient=maya).count() == 1


def test_asking_back_stops_our_clock_until_the_applicant_has_answered(ivy, maya, now):
    now.move_to(cast.utc("2026-03-05 10:00"), tick=False)
    actions.ask_back(ivy, by=maya, question="Which sites do you know?")
    assert (clock_of(ivy).outcome, clock_of(ivy).due_at, clock_of(ivy).check_at) == (
        "paused",
        None,
        None,
    )
    now.move_to(cast.utc("2026-03-06 10:00"), tick=False)
    actions.answer_back(
        ivy,
        by=ivy.user,
        form={**cast.FORM, "statement": "Berlin and Hamburg."},
        answer="Both.",
    )
    assert clock_of(ivy).due_at == cast.utc(
        "2026-03-13 12:00"
    )  # nine business hours later than before
    ivy.refresh_from_db()
    assert ivy.form["statement"] == "Berlin and Hamburg."
    assert list(credentials.verify()) == []


def test_a_clock_that_somebody_touched_disagrees_with_the_journal(ivy):
    Clock.objects.filter(designation=ivy).update(due_at=cast.utc("2026-03-20 12:00"))
    assert ["due_at is" in finding for finding in credentials.verify()] == [True]


def test_the_form_comes_after_the_quiz_and_with_the_responsibilities(acme):
    user = cast.contact(acme, "Ivy", "ivy@acme.example", state="in_training")
    designation = DesignatedContact.objects.get(user=user)
    with pytest.raises(Refused, match="finish the training"):
        actions.submit_form(designation, by=user, form=cast.FORM)
    cast.pass_training(user)
    with pytest.raises(Refused, match="accept the responsibilities"):
        actions.submit_form(designation, by=user, form={"work_phone": "+49"})
    actions.submit_form(designation, by=user, form=cast.FORM)
    assert not is_designated_contact(user)


def test_only_care_decides_and_nobody_hands_in_for_another(ivy, primary, ben, system):
    for stranger in (primary, ben, ivy.user):
        with pytest.raises(Refused):
            actions.approve(ivy, by=stranger)
        with pytest.raises(Refused):
            actions.decline(ivy, by=stranger, reason="No.")
    with pytest.raises(Refused, match="Only the applicant"):
        actions.answer_back(ivy, by=primary, form=cast.FORM, answer="x")


def test_a_decision_has_its_reason_and_another_try_begins_with_the_training(ivy, maya):
    with pytest.raises(Refused, match="Please write why"):
        actions.decline(ivy, by=maya, reason="  ")
    actions.decline(ivy, by=maya, reason="The number is not answered.")
    ivy.refresh_from_db()
    assert (ivy.state, ivy.reason) == ("declined", "The number is not answered.")
    actions.readmit(ivy, by=maya, reason="They have a number now.")
    actions.submit_form(ivy, by=ivy.user, form=cast.FORM)
    assert Clock.objects.filter(designation=ivy).count() == 2
    assert list(credentials.verify()) == []


# --- The quiz


def test_a_quiz_is_shuffled_scored_and_kept(acme):
    user = cast.contact(acme, "Ivy", "ivy@acme.example", state="invited")
    version = Course.objects.get().current
    with pytest.raises(Refused, match="read every lesson"):
        actions.begin_attempt(version, by=user)
    for lesson in version.lessons.all():
        actions.read_lesson(lesson, by=user)
    attempt = actions.begin_attempt(version, by=user)
    assert actions.begin_attempt(version, by=user) == attempt  # two tabs, one try
    questions = {question.pk: question for question in version.questions.all()}
    assert {key for key, _ in attempt.shown} == set(questions)
    assert all(
        sorted(order) == list(range(len(questions[key].options))) for key, order in attempt.shown
    )
    with pytest.raises(Refused, match="no answer yet"):
        actions.finish_attempt(attempt, by=user, answers={})
    wrong = {
        key: [next(index for index in range(len(one.options)) if index not in one.right)]
        for key, one in questions.items()
    }
    attempt = actions.finish_attempt(attempt, by=user, answers=wrong)
    assert (attempt.is_passed, attempt.percent, Certificate.objects.count()) == (False, 0, 0)
    with pytest.raises(Refused, match="handed in already"):
        actions.finish_attempt(attempt, by=user, answers=wrong)
    with pytest.raises(DatabaseError), transaction.atomic():
        QuizAttempt.objects.filter(pk=attempt.pk).update(is_passed=True)
    assert actions.begin_attempt(version, by=user).number == 2


def test_a_pass_mark_is_reached_by_whole_percents_only(acme):
    user = cast.contact(acme, "Ivy", "ivy@acme.example", state="invited")
    version = Course.objects.get().current
    for lesson in version.lessons.all():
        actions.read_lesson(lesson, by=user)
    attempt = actions.begin_attempt(version, by=user)
    questions = list(version.questions.all())
    wrong_ones = len(questions) - (len(questions) * 80 - 1) // 100  # one fewer right than 80 % need
    answers = {one.pk: one.right for one in questions}
    for one in questions[:wrong_ones]:
        answers[one.pk] = [
            next(index for index in range(len(one.options)) if index not in one.right)
        ]
    attempt = actions.finish_attempt(attempt, by=user, answers=answers)
    assert (attempt.is_passed, attempt.percent < 80) == (False, True)


def test_the_shipped_course_has_lessons_questions_and_right_answers():
    from contacts import course_files

    settings, lessons = course_files._read(course_files.SHIPPED)
    assert len(lessons) >= 6
    assert len(settings["questions"]) >= 15
    assert all(row["why"] for row in settings["questions"])
    # Each lesson is asked about, and each wrong answer leads to its lesson.
    assert {row["lesson"] for row in settings["questions"]} == set(range(1, len(lessons) + 1))


def test_a_published_version_never_changes_and_the_next_one_is_a_draft_first(acme, maya, kim):
    taught = Course.objects.get().current
    for touch in (
        lambda: taught.lessons.update(body="Rewritten."),
        lambda: taught.questions.all()[0].delete(),
        lambda: type(taught).objects.filter(pk=taught.pk).update(pass_percent=1),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            touch()
    with pytest.raises(Refused, match="managers and administrators"):
        actions.begin_draft(taught.course, by=kim)
    draft = actions.begin_draft(taught.course, by=maya)
    assert (draft.number, draft.lessons.count(), draft.questions.count()) == (2, 7, 20)
    assert {one.lesson.version_id for one in draft.questions.all()} == {draft.pk}
    with pytest.raises(Refused, match="lesson of the same version"):
        actions.write_question(
            draft,
            by=maya,
            text="Which?",
            options=["a", "b"],
            right=[0],
            lesson=taught.lessons.first(),
        )
    assert actions.begin_draft(taught.course, by=maya) == draft
    actions.write_lesson(draft, by=maya, title="First of all", body="Read this.", position=1)
    assert [one.title for one in draft.lessons.all()][:2] == [
        "First of all",
        "What a Designated Contact is",
    ]
    with pytest.raises(Refused, match="at least one option"):
        actions.write_question(draft, by=maya, text="Which?", options=["a", "b"], right=[])
    actions.publish_course(draft, by=maya)
    assert taught.course.current == draft
    with pytest.raises(Refused, match="never changes"):
        actions.write_lesson(draft, by=maya, title="Late", body="Late.", position=1)


# --- Staying one


def renewed(maya, renew_by):
    draft = actions.begin_draft(Course.objects.get(), by=maya)
    actions.change_course(
        draft, by=maya, name="Roles", summary="", pass_percent=80, renew_by=renew_by
    )
    return actions.publish_course(draft, by=maya)


def test_until_the_date_of_a_new_version_access_stays_and_then_waits_for_the_quiz(ana, maya, now):
    renewed(maya, date(2026, 4, 1))
    now.move_to(cast.utc("2026-03-26 09:00"), tick=False)
    eligibility.review()
    eligibility.review()
    assert is_designated_contact(ana)
    assert (
        QueuedEmail.objects.filter(recipient=ana, subject__startswith="Please renew").count() == 1
    )
    now.move_to(cast.utc("2026-04-01 09:00"), tick=False)
    eligibility.review()
    assert is_designated_contact(ana)  # the last day is still a day
    now.move_to(cast.utc("2026-04-02 11:59"), tick=False)
    eligibility.review()
    ana.designation.refresh_from_db()
    assert is_designated_contact(ana)  # in the westernmost zone it is still that day
    now.move_to(cast.utc("2026-04-02 12:00"), tick=False)
    eligibility.review()
    ana.designation.refresh_from_db()
    assert (ana.designation.state, ana.designation.stopped_by) == ("suspended", "training")
    with pytest.raises(Refused, match="not renewed"):
        actions.reinstate(ana.designation, by=maya, reason="They are busy.")
    cast.pass_training(ana)
    assert is_designated_contact(ana)
    eligibility.review()
    assert is_designated_contact(ana)


def reminders(person):
    return QueuedEmail.objects.filter(recipient=person, subject__startswith="Please renew")


def test_two_reminders_that_come_due_together_are_one_and_wait_for_the_quiet_hours(ana, maya, now):
    User.objects.filter(pk=ana.pk).update(quiet_from=time(20), quiet_until=time(8))
    renewed(maya, date(2026, 4, 9))
    now.move_to(cast.utc("2026-04-01 20:00"), tick=False)  # eight days before, 22:00 in Berlin
    eligibility.review()
    assert reminders(ana).get().next_attempt_at == cast.utc("2026-04-02 06:00")
    now.move_to(cast.utc("2026-04-02 04:00"), tick=False)  # seven days before
    eligibility.review()
    assert reminders(ana).count() == 1
    now.move_to(cast.utc("2026-04-08 04:00"), tick=False)  # the last step
    eligibility.review()
    assert reminders(ana).count() == 2


def test_a_licence_that_comes_back_leads_to_the_training_without_a_detour(acme, ana, maya, now):
    licence = Licence.objects.get(organisation=acme)
    Licence.objects.filter(pk=licence.pk).update(ends_on=date(2026, 3, 5))
    now.move_to(cast.utc("2026-03-06 12:00"), tick=False)
    eligibility.review()
    renewed(maya, date(2026, 4, 1))
    now.move_to(cast.utc("2026-04-10 09:00"), tick=False)
    Licence.objects.filter(pk=licence.pk).update(ends_on=None)
    before = QueuedEmail.objects.filter(recipient=ana).count()
    eligibility.review()
    eligibility.review()
    ana.designation.refresh_from_db()
    assert (ana.designation.state, ana.designation.stopped_by) == ("suspended", "training")
    assert QueuedEmail.objects.filter(recipient=ana).count() == before + 1
    cast.pass_training(ana)
    assert is_designated_contact(ana)


def test_access_ends_with_the_last_licence_and_comes_back_with_one(acme, ana, now):
    licence = Licence.objects.get(organisation=acme)
    licence.ends_on = date(2026, 3, 5)
    licence.save()
    eligibility.review()
    assert is_designated_contact(ana)  # the last day counts
    now.move_to(cast.utc("2026-03-06 09:00"), tick=False)
    eligibility.review()
    ana.designation.refresh_from_db()
    assert (ana.designation.state, ana.designation.reads_cases) == ("lapsed", False)
    Licence.objects.create(organisation=acme, product="PureCloud 1", starts_on=date(2026, 3, 6))
    eligibility.review()
    assert is_designated_contact(ana)


def test_a_licence_that_grants_no_channel_keeps_nobody(acme, ana, now):
    Licence.objects.filter(organisation=acme).delete()
    Licence.objects.create(organisation=acme, product="Toy Edition", starts_on=date(2026, 1, 1))
    eligibility.review()
    assert not is_designated_contact(ana)


def test_what_a_person_decided_is_not_undone_by_a_licence(acme, ana, maya, now):
    actions.revoke(ana.designation, by=maya, reason="Left the company.")
    eligibility.review()
    ana.designation.refresh_from_db()
    assert ana.designation.state == "revoked"


def test_who_was_suspended_by_a_person_does_not_come_back_with_the_next_licence(
    acme, ana, maya, now
):
    actions.suspend(ana.designation, by=maya, reason="Shared the password.")
    Licence.objects.filter(organisation=acme).update(ends_on=date(2026, 3, 4))
    eligibility.review()
    ana.designation.refresh_from_db()
    assert ana.designation.state == "lapsed"
    Licence.objects.filter(organisation=acme).update(ends_on=None)
    eligibility.review()
    assert not is_designated_contact(ana)
    actions.reinstate(ana.designation, by=maya, reason="They know better now.")
    assert is_designated_contact(ana)


def test_nobody_is_reinstated_past_a_training_that_was_not_renewed(acme, primary, maya, now):
    ivo = cast.contact(acme, "Ivo", "ivo@acme.example").designation
    actions.suspend(ivo, by=primary, reason="On leave.")
    renewed(maya, date(2026, 4, 1))
    now.move_to(cast.utc("2026-04-02 09:00"), tick=False)
    with pytest.raises(Refused, match="not renewed"):
        actions.reinstate(ivo, by=primary, reason="Back.")
    cast.pass_training(ivo.user)
    actions.reinstate(ivo, by=primary, reason="Back.")
    assert is_designated_contact(ivo.user)


def test_the_primary_contact_suspends_and_reinstates_their_own_but_not_what_care_did(
    acme, primary, maya
):
    ivo = cast.contact(acme, "Ivo", "ivo@acme.example").designation
    actions.suspend(ivo, by=primary, reason="On leave.")
    ivo.refresh_from_db()
    assert (ivo.state, ivo.reads_cases) == ("suspended", True)
    actions.reinstate(ivo, by=primary, reason="Back.")
    actions.suspend(ivo, by=maya, reason="Shared the password.")
    with pytest.raises(Refused, match="Only Care can reinstate"):
        actions.reinstate(ivo, by=primary, reason="It is fine.")
    with pytest.raises(Refused, match="cannot suspend yourself"):
        actions.suspend(primary.designation, by=primary, reason="x")


def test_there_is_one_primary_contact_and_who_is_stopped_is_none(acme, primary, maya):
    ivo = cast.contact(acme, "Ivo", "ivo@acme.example").designation
    actions.make_primary(ivo, by=primary)
    primary.designation.refresh_from_db()
    assert not primary.designation.is_primary
    actions.suspend(ivo, by=maya, reason="x")
    assert not DesignatedContact.objects.filter(is_primary=True).exists()
    with pytest.raises(Refused, match="Only an active"):
        actions.make_primary(ivo, by=maya)


def test_an_ended_access_logs_nobody_in_and_a_contact_is_revoked_first(
    acme, ana, cole, primary, kim, client
):
    with pytest.raises(Refused, match="revoke the designation first"):
        actions.end_access(ana, by=kim, reason="Left.")
    actions.end_access(cole, by=primary, reason="Left.")
    client.force_login(cole)
    assert client.get("/portal/").status_code in (302, 403)
    actions.restore_access(cole, by=primary, reason="Came back.")
    cole.refresh_from_db()
    assert cole.is_active


def test_only_care_restores_the_access_that_care_ended(cole, primary, kim):
    actions.end_access(cole, by=kim, reason="Sold the password.")
    with pytest.raises(Refused, match="only Care restores"):
        actions.restore_access(cole, by=primary, reason="We like him.")
    actions.restore_access(cole, by=kim, reason="A mistake.")
    actions.end_access(cole, by=primary, reason="Left.")
    actions.restore_access(cole, by=primary, reason="Came back.")


def test_an_application_of_somebody_whose_access_ended_waits_for_nobody(ivy, kim, maya):
    assert applications.to_decide() == 1
    actions.end_access(ivy.user, by=kim, reason="Left.")
    assert (applications.to_decide(), list(applications.applications("submitted"))) == (0, [])
    with pytest.raises(Refused, match="has ended"):
        actions.approve(ivy, by=maya)


def test_fewer_than_two_active_contacts_are_told_of(acme, globex, ana, ben):
    assert {one.short_name: one.active for one in eligibility.short_of_contacts()} == {
        "acme": 1,
        "globex": 1,
    }
    cast.contact(acme, "Ivo", "ivo@acme.example")
    assert [one.short_name for one in eligibility.short_of_contacts()] == ["globex"]


def test_the_journal_of_people_is_chained_and_never_changed(ivy, maya):
    actions.approve(ivy, by=maya)
    assert list(people_log.breaks()) == []
    with pytest.raises(DatabaseError), transaction.atomic():
        PeopleEvent.objects.filter(organisation=ivy.organisation).update(verb="declined")
    ivy.organisation.refresh_from_db()
    ivy.organisation.people_event_count += 1
    ivy.organisation.save()
    assert len(list(people_log.breaks())) == 1


def test_details_are_changed_by_the_person_or_who_manages_and_only_to_what_can_be(
    ana, cole, ben, primary
):
    actions.change_details(cole, by=cole, work_phone="+49 30 1")
    actions.change_details(cole, by=primary, zone="Asia/Tokyo")
    with pytest.raises(ValidationError):
        actions.change_details(cole, by=cole, zone="Nowhere/Land")
    with pytest.raises(Refused):
        actions.change_details(cole, by=ben, name="Hacked")
    with pytest.raises(Refused, match="cannot be changed here"):
        actions.change_details(cole, by=cole, role=Role.ADMINISTRATOR)
