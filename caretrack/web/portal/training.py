"""The training (§1): lessons, then the quiz with shuffled questions, then the certificate."""

import math
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from caretrack.web.shared.access import customers_and_applicants, signed_in
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.numbers import is_key
from contacts import actions
from contacts import training as learnt
from contacts.models import (
    Certificate,
    CourseVersion,
    Lesson,
    LessonRead,
    Question,
    QuizAttempt,
    User,
)
from core.errors import Refused
from core.translations import localized


@customers_and_applicants
@require_safe
def course(request: HttpRequest) -> HttpResponse:
    """The course: lessons, quiz, previous attempts, certificates."""
    user = signed_in(request)
    progress = learnt.progress(user)
    lessons, read = [], set()
    if progress.version is not None:
        lessons = list(progress.version.lessons.defer("body"))
        read = _read(user, progress.version)
    attempts = QuizAttempt.objects.filter(user=user, finished_at__isnull=False).select_related(
        "version"
    )[:20]
    context = {
        "progress": progress,
        "lessons": [(lesson, lesson.pk in read) for lesson in lessons],
        "next": next((lesson for lesson in lessons if lesson.pk not in read), None),
        "attempts": attempts,
        "may_take_quiz": progress.has_read_all and not progress.has_passed,
        "certificates": Certificate.objects.filter(user=user).select_related("version__course"),
        "questions": progress.version.questions.count() if progress.version else 0,
    }
    return render(request, "portal/training.html", context)


@customers_and_applicants
@require_safe
def lesson(request: HttpRequest, position: int) -> HttpResponse:
    """One lesson."""
    version = _version()
    lessons = list(version.lessons.all())
    current = next((lesson for lesson in lessons if lesson.position == position), None)
    if current is None:
        raise Http404
    index = lessons.index(current)
    context = {
        "lesson": current,
        "number": index + 1,
        "count": len(lessons),
        "version": version,
        "before": lessons[index - 1] if index else None,
        "is_read": LessonRead.objects.filter(user=signed_in(request), lesson=current).exists(),
        "is_last": index + 1 == len(lessons),
    }
    return render(request, "portal/lesson.html", context)


@customers_and_applicants
@post_only
def reading(request: HttpRequest, position: int) -> HttpResponse:
    """Mark the lesson as read, and go on to the next one, or to the course."""
    version = _version()
    current = get_object_or_404(
        Lesson.objects.select_related("version"), version=version, position=position
    )
    actions.read_lesson(current, by=signed_in(request))
    following = version.lessons.filter(position__gt=position).first()
    return (
        redirect("portal:lesson", following.position) if following else redirect("portal:training")
    )


@customers_and_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def quiz(request: HttpRequest) -> HttpResponse:
    """The quiz. The first request begins an attempt; all answers are submitted together."""
    user, version = signed_in(request), _version()
    try:
        attempt = actions.begin_attempt(version, by=user)
    except Refused as refused:
        messages.warning(request, refused.reason)
        return redirect("portal:training")
    questions = _questions_of(attempt, version)
    if request.method != "POST":
        return _quiz_page(request, attempt, questions, {}, "")
    answers = {
        question.pk: [
            int(value) for value in request.POST.getlist(f"q{question.pk}")[:20] if is_key(value)
        ]
        for question, _ in questions
    }
    try:
        attempt = actions.finish_attempt(attempt, by=user, answers=answers)
    except Refused as refused:
        return _quiz_page(request, attempt, questions, answers, refused.reason)
    return redirect("portal:attempt", attempt.pk)


@customers_and_applicants
@require_safe
def result(request: HttpRequest, attempt: int) -> HttpResponse:
    """The result of an attempt: each question if it passed, otherwise subjects to read again."""
    user = signed_in(request)
    quiz_attempt = get_object_or_404(
        QuizAttempt.objects.select_related("version__course"),
        pk=attempt,
        user=user,
        finished_at__isnull=False,
    )
    answers = []
    wrong_by_lesson: dict[Lesson, int] = {}
    for question, options in _questions_of(quiz_attempt, quiz_attempt.version):
        chosen = quiz_attempt.answers.get(str(question.pk), [])
        is_right = sorted(chosen) == sorted(question.right)
        answers.append((question, options, chosen, is_right))
        if question.lesson is not None and not is_right:
            wrong_by_lesson[question.lesson] = wrong_by_lesson.get(question.lesson, 0) + 1
    certificate = Certificate.objects.filter(user=user, version=quiz_attempt.version).first()
    context = {
        "attempt": quiz_attempt,
        "answers": answers,
        "certificate": certificate,
        "to_read": sorted(wrong_by_lesson.items(), key=lambda pair: pair[0].position),
        # Pages show the lessons of the current version only.
        "has_lessons": quiz_attempt.version == quiz_attempt.version.course.current,
    }
    return render(request, "portal/attempt.html", context)


def _version() -> CourseVersion:
    taught = learnt.course_for_contacts()
    version = taught.current if taught else None
    if version is None:
        raise Http404
    return version


def _read(user: User, version: CourseVersion) -> set[int]:
    return set(
        LessonRead.objects.filter(user=user, lesson__version=version).values_list(
            "lesson", flat=True
        )
    )


def _questions_of(
    attempt: QuizAttempt, version: CourseVersion
) -> list[tuple[Question, list[tuple[int, str]]]]:
    """The questions in the order of this attempt, each with its options as (position, text)."""
    questions = version.questions.select_related("lesson").defer(
        "lesson__body", "lesson__body_html"
    )
    known = {question.pk: question for question in questions}
    return [
        (known[key], [(index, localized(known[key], "options")[index]) for index in order])
        for key, order in attempt.shown
    ]


def _quiz_page(
    request: HttpRequest,
    attempt: QuizAttempt,
    questions: list[Any],
    answers: dict[int, list[int]],
    wrong: str,
) -> HttpResponse:
    rows = [(question, options, answers.get(question.pk, [])) for question, options in questions]
    context = {
        "attempt": attempt,
        "rows": rows,
        "wrong": wrong,
        "version": attempt.version,
        "to_pass": math.ceil(len(rows) * attempt.version.pass_percent / 100),
        "unanswered": [
            (number, question)
            for number, (question, _options, chosen) in enumerate(rows, start=1)
            if wrong and not chosen
        ],
    }
    return render(request, "portal/quiz.html", context, status=422 if wrong else 200)
