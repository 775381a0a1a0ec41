"""Two windows, two people, one moment: on real PostgreSQL, with real threads (§1)."""

import threading

import pytest
from django.db import connection
from django_fsm import TransitionNotAllowed

from contacts import actions
from contacts.models import (
    Certificate,
    Course,
    DesignatedContact,
    Invitation,
    PeopleEvent,
    QueuedEmail,
    Role,
    User,
)
from core.errors import Refused
from core.tenancy import auth_scope, care_scope
from tests import cast

PASSWORD = "a sentence of my own"


@pytest.fixture
def acme(transactional_db):
    with care_scope():
        return cast.organisation("acme", "Acme Retail")


def all_at_once(*acts, scope=care_scope):
    """Do each act in a thread of its own, begun together; returns what each came to."""
    ready, came_to = threading.Barrier(len(acts)), [None] * len(acts)

    def do(place, act):
        try:
            ready.wait()
            with scope():
                act()
            came_to[place] = "done"
        except (Refused, TransitionNotAllowed) as refused:
            came_to[place] = type(refused).__name__
        except Exception as broken:
            came_to[place] = repr(broken)
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(came_to)


def test_one_invitation_that_is_accepted_in_many_windows_makes_one_person(acme):
    with care_scope():
        kim = cast.care("Kim", "kim@care.example", Role.ANALYST)
        invitation = actions.invite(acme, by=kim, email="ivy@acme.example", name="Ivy")

    def accept():
        actions.accept_invitation(invitation.pk, name="Ivy", password=PASSWORD, zone="UTC")

    assert all_at_once(*[accept] * 4, scope=auth_scope) == ["Refused"] * 3 + ["done"]
    with care_scope():
        assert User.objects.filter(email="ivy@acme.example").count() == 1
        assert PeopleEvent.objects.filter(verb="joined").count() == 1


def test_a_button_pressed_many_times_sends_one_application(acme):
    def apply():
        actions.apply(short_name="acme", email="ivy@acme.example", name="Ivy")

    assert all_at_once(*[apply] * 4, scope=auth_scope) == ["done"] * 4
    with care_scope():
        assert (Invitation.objects.count(), QueuedEmail.objects.count()) == (1, 1)


def test_an_invitation_sent_twice_at_once_leaves_one_open(acme):
    with care_scope():
        kim = cast.care("Kim", "kim@care.example", Role.ANALYST)

    def invite():
        actions.invite(acme, by=kim, email="ivy@acme.example", name="Ivy")

    assert all_at_once(*[invite] * 4) == ["done"] * 4
    with care_scope():
        assert Invitation.objects.filter(withdrawn_at__isnull=True).count() == 1


def test_two_of_care_who_decide_on_one_application_leave_one_decision(acme):
    with care_scope():
        kim, lee = (
            cast.care(name, f"{name}@care.example", Role.ANALYST) for name in ("kim", "lee")
        )
        ivy = cast.applicant(acme, "Ivy", "ivy@acme.example")
    came_to = all_at_once(
        lambda: actions.approve(ivy, by=kim),
        lambda: actions.decline(ivy, by=lee, reason="No phone."),
    )
    assert came_to == ["TransitionNotAllowed", "done"]
    with care_scope():
        assert PeopleEvent.objects.filter(verb__in=["approved", "declined"]).count() == 1


def test_lessons_read_in_many_windows_begin_the_training_once(acme):
    with care_scope():
        ivy = cast.contact(acme, "Ivy", "ivy@acme.example", state="invited")
        lessons = list(Course.objects.get().current.lessons.select_related("version")[:4])
    acts = [lambda lesson=lesson: actions.read_lesson(lesson, by=ivy) for lesson in lessons]
    assert all_at_once(*acts) == ["done"] * 4
    with care_scope():
        assert PeopleEvent.objects.filter(verb="training_begun").count() == 1


def test_a_quiz_handed_in_twice_is_scored_once_and_earns_one_certificate(acme):
    with care_scope():
        ivy = cast.contact(acme, "Ivy", "ivy@acme.example", state="invited")
        version = Course.objects.get().current
        for lesson in version.lessons.select_related("version"):
            actions.read_lesson(lesson, by=ivy)
        attempt = actions.begin_attempt(version, by=ivy)
        answers = {question.pk: question.right for question in version.questions.all()}

    def finish():
        actions.finish_attempt(attempt, by=ivy, answers=answers)

    assert all_at_once(*[finish] * 3) == ["Refused", "Refused", "done"]
    with care_scope():
        assert Certificate.objects.filter(user=ivy).count() == 1
        assert PeopleEvent.objects.filter(verb="quiz_taken").count() == 1


def test_of_many_made_the_primary_contact_at_once_one_is(acme):
    with care_scope():
        maya = cast.care("Maya", "maya@care.example", Role.MANAGER)
        people = [cast.contact(acme, f"C{n}", f"c{n}@acme.example").designation for n in range(4)]
        actions.make_primary(people[0], by=maya)
    acts = [lambda one=one: actions.make_primary(one, by=maya) for one in people[1:]]
    came_to = all_at_once(*acts)
    assert set(came_to) <= {"Refused", "done"}
    assert "done" in came_to
    with care_scope():
        assert DesignatedContact.objects.filter(is_primary=True).count() == 1
