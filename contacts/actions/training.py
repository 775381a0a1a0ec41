"""Lessons read, the quiz taken, the certificate earned (§1)."""

import secrets
from collections.abc import Mapping, Sequence
from random import SystemRandom

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_noop

from contacts import people_log
from contacts.actions.base import locked, save
from contacts.models import (
    Certificate,
    ContactState,
    CourseVersion,
    DesignatedContact,
    Lesson,
    LessonRead,
    Organisation,
    PeopleEventType,
    QuizAttempt,
    StopReason,
    User,
)
from core import current_time
from core.errors import Refused

# Without letters and digits that look alike.
LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


@transaction.atomic
def read_lesson(lesson: Lesson, *, by: User) -> None:
    """Record that a lesson was read to its end; the first lesson begins an applicant's training."""
    organisation = _organisation(by)
    if not lesson.version.is_published:
        raise Refused("This lesson is not available yet.")
    LessonRead.objects.get_or_create(
        organisation=organisation, user=by, lesson=lesson, defaults={"at": current_time.now()}
    )
    designation = DesignatedContact.objects.filter(user=by).first()
    if designation is not None and designation.state in (
        ContactState.INVITED,
        ContactState.APPLIED,
    ):
        designation = locked(designation)
        if designation.state == ContactState.IN_TRAINING:
            return  # another window was faster
        designation.begin_training()
        save(designation)
        people_log.record(
            organisation.pk,
            PeopleEventType.TRAINING_BEGUN,
            by=by,
            about=by,
            course=str(lesson.version),
        )


@transaction.atomic
def begin_attempt(version: CourseVersion, *, by: User) -> QuizAttempt:
    """Begin the quiz: every question once, in random order, with its options shuffled.

    An open attempt continues.
    """
    organisation = _organisation(by)
    if version.course.current != version:
        raise Refused("There is a newer version of this course: please take that one.")
    unread = version.lessons.exclude(
        pk__in=LessonRead.objects.filter(user=by).values("lesson")
    ).count()
    if unread:
        raise Refused("Please read every lesson first: the quiz asks about all of them.")
    User.objects.select_for_update(of=("self",)).get(pk=by.pk)  # two tabs begin one attempt
    running = QuizAttempt.objects.filter(user=by, version=version, finished_at__isnull=True).first()
    if running is not None:
        return running
    last = QuizAttempt.objects.filter(user=by, version=version).aggregate(n=Max("number"))["n"] or 0
    return QuizAttempt.objects.create(
        organisation=organisation,
        user=by,
        version=version,
        number=last + 1,
        shown=_shuffled(version),
        started_at=current_time.now(),
    )


def _shuffled(version: CourseVersion) -> list[list[object]]:
    chance = SystemRandom()
    questions = list(version.questions.all())
    if not questions:
        raise Refused("This course has no quiz.")
    chance.shuffle(questions)
    return [
        [question.pk, chance.sample(range(len(question.options)), len(question.options))]
        for question in questions
    ]


@transaction.atomic
def finish_attempt(
    attempt: QuizAttempt, *, by: User, answers: Mapping[int, Sequence[int]]
) -> QuizAttempt:
    """Submit the quiz: it is scored and stored, and a pass earns the certificate immediately.

    `answers` maps each question to the positions of the chosen options in the course. A question is
    right when exactly its right options were chosen. Refused while a question has no answer.
    """
    attempt = (
        QuizAttempt.objects.select_for_update(of=("self",))
        .select_related("version__course")
        .get(pk=attempt.pk)
    )
    if attempt.user_id != by.pk:
        raise Refused("This is somebody else's quiz.")
    if attempt.finished_at is not None:
        raise Refused("This quiz was handed in already.")
    questions = {question.pk: question for question in attempt.version.questions.all()}
    open_ones = [key for key, _ in attempt.shown if not answers.get(key)]
    if open_ones:
        raise Refused(
            "{count} of {all} questions have no answer yet.",
            count=len(open_ones),
            all=len(attempt.shown),
        )
    attempt.answers = {str(key): sorted(answers[key]) for key, _ in attempt.shown}
    attempt.right_count = sum(
        sorted(answers[key]) == sorted(questions[key].right) for key, _ in attempt.shown
    )
    attempt.finished_at = current_time.now()
    attempt.is_passed = attempt.percent >= attempt.version.pass_percent
    attempt.save()
    people_log.record(
        attempt.organisation_id,
        PeopleEventType.QUIZ_TAKEN,
        by=by,
        about=by,
        course=str(attempt.version),
        attempt=attempt.number,
        percent=attempt.percent,
        passed=attempt.is_passed,
    )
    if attempt.is_passed:
        _certify(attempt, by)
    return attempt


def _certify(attempt: QuizAttempt, by: User) -> None:
    organisation = _organisation(by)
    certificate, is_new = Certificate.objects.get_or_create(
        organisation=organisation,
        user=by,
        version=attempt.version,
        defaults={
            "number": _number(),
            "holder": by.name,
            "holder_of": organisation.name,
            "issued_at": current_time.now(),
        },
    )
    if not is_new:
        return
    people_log.record(
        organisation.pk,
        PeopleEventType.CERTIFIED,
        by=by,
        about=by,
        certificate=certificate.number,
        course=str(attempt.version),
    )
    _bring_back(by)


def _bring_back(user: User) -> None:
    """Reinstate a contact who was suspended only because the training was not renewed."""
    from contacts.actions.designations import reinstate

    designation = DesignatedContact.objects.filter(user=user, state=ContactState.SUSPENDED).first()
    if designation is not None and designation.stopped_by == StopReason.TRAINING:
        reinstate(
            designation, by=User.objects.system(), reason=gettext_noop("The training was renewed.")
        )


def _number() -> str:
    """A number such as RR-7F3K-92QD-X4MB: 60 random bits, so that nobody can guess another
    certificate.
    """
    groups = ["".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3)]
    return "-".join(["RR", *groups])


def _organisation(by: User) -> Organisation:
    if by.organisation is None:
        raise Refused("The training is for customers' people.")
    return by.organisation
