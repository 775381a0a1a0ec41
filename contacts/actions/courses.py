"""Courses (§1): a draft may change, a published version never does."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max

from contacts.actions.base import require_text
from contacts.admin_log import record_change
from contacts.models import Course, CourseVersion, Lesson, Question, User
from contacts.permissions import require_manager
from core import current_time
from core.errors import Refused
from core.translations import without_empty

Translations = Mapping[str, Mapping[str, Any]]


def _locked_draft(version: CourseVersion) -> CourseVersion:
    version = (
        CourseVersion.objects.select_for_update(of=("self",))
        .select_related("course")
        .get(pk=version.pk)
    )
    if version.is_published:
        raise Refused("This version is published and never changes. Begin a draft from it.")
    return version


@transaction.atomic
def begin_draft(course: Course, *, by: User) -> CourseVersion:
    """Begin the next version with the content of the current one, or continue an existing draft."""
    require_manager(by)
    course = Course.objects.select_for_update().get(pk=course.pk)
    draft = course.versions.filter(published_at__isnull=True).first()
    if draft is not None:
        return draft
    taught = course.current
    number = (course.versions.aggregate(n=Max("number"))["n"] or 0) + 1
    draft = CourseVersion.objects.create(
        course=course,
        number=number,
        summary=taught.summary if taught else "",
        pass_percent=taught.pass_percent if taught else 80,
        translations=taught.translations if taught else {},
    )
    if taught is not None:
        lessons = Lesson.objects.bulk_create(
            Lesson(
                version=draft,
                position=lesson.position,
                title=lesson.title,
                body=lesson.body,
                translations=lesson.translations,
            )
            for lesson in taught.lessons.all()
        )
        by_original = dict(zip(taught.lessons.values_list("pk", flat=True), lessons, strict=True))
        Question.objects.bulk_create(
            Question(
                version=draft,
                lesson=by_original[question.lesson_id] if question.lesson_id else None,
                position=question.position,
                text=question.text,
                options=question.options,
                right=question.right,
                why=question.why,
                translations=question.translations,
            )
            for question in taught.questions.all()
        )
    return draft


@transaction.atomic
def change_course(
    version: CourseVersion,
    *,
    by: User,
    name: str,
    summary: str,
    pass_percent: int,
    renew_by: date | None,
    translations: Translations | None = None,
) -> CourseVersion:
    """Save a draft's name and summary with their translations, its pass mark and the date by which
    contacts renew with it.
    """
    require_manager(by)
    version = _locked_draft(version)
    before = _settings(version)
    version.course.name = require_text(name, "the course's name", 120)
    names, summaries = _split(without_empty(translations or {}))
    version.course.translations, version.translations = names, summaries
    version.course.save(update_fields=["name", "translations"])
    version.summary, version.pass_percent, version.renew_by = (
        summary.strip(),
        pass_percent,
        renew_by,
    )
    version.full_clean()
    version.save(update_fields=["summary", "pass_percent", "renew_by", "translations"])
    _drafted(version, by, "set the draft of", before, _settings(version))
    return version


@transaction.atomic
def write_lesson(
    version: CourseVersion,
    *,
    by: User,
    title: str,
    body: str,
    position: int,
    lesson: Lesson | None = None,
    translations: Translations | None = None,
) -> Lesson:
    """Save a lesson of a draft, or a new one, at a position; later lessons move back.

    A translation has a title and a text. Without one, its readers see the original.
    """
    require_manager(by)
    version = _locked_draft(version)
    lesson = lesson or Lesson(version=version)
    before = _lesson_snapshot(lesson) if lesson.pk else None
    lesson.title, lesson.body = (
        require_text(title, "a title", 150),
        require_text(body, "the lesson", 50_000),
    )
    lesson.translations = _complete(translations, {"title", "body"})
    others = [one for one in version.lessons.all() if one.pk != lesson.pk]
    others.insert(max(0, min(position - 1, len(others))), lesson)
    for index, other in enumerate(others, start=1):
        other.position = index
        other.save()
    _drafted(version, by, "wrote a lesson of", before, _lesson_snapshot(lesson))
    return lesson


@transaction.atomic
def remove_lesson(lesson: Lesson, *, by: User) -> None:
    """Remove a lesson from a draft."""
    require_manager(by)
    version = _locked_draft(lesson.version)
    _drafted(version, by, "removed a lesson of", _lesson_snapshot(lesson), None)
    lesson.delete()
    for position, one in enumerate(version.lessons.all(), start=1):
        if one.position != position:
            one.position = position
            one.save(update_fields=["position"])


@transaction.atomic
def write_question(
    version: CourseVersion,
    *,
    by: User,
    text: str,
    options: list[str],
    right: list[int],
    why: str = "",
    lesson: Lesson | None = None,
    question: Question | None = None,
    translations: Translations | None = None,
) -> Question:
    """Save a question of a draft's quiz: at least two options, at least one of them right.

    `lesson` has the answer. A translation has the question and every option, in the same order.
    """
    require_manager(by)
    version = _locked_draft(version)
    options = [option.strip() for option in options]
    if len(options) < 2 or not all(options) or len(set(options)) < len(options):
        raise Refused("A question needs at least two options, each with words of its own.")
    if not right or not set(right) <= set(range(len(options))) or len(set(right)) == len(options):
        raise Refused("Mark at least one option as right, and leave at least one that is not.")
    translated = _complete(translations, {"text", "options"} | ({"why"} if why.strip() else set()))
    for texts in translated.values():
        if len(texts["options"]) != len(options) or not all(texts["options"]):
            raise Refused("A translation needs every option, in the same order.")
    if lesson is not None and lesson.version_id != version.pk:
        raise Refused("Choose a lesson of the same version.")
    question = question or Question(version=version, position=version.questions.count() + 1)
    before = _question_snapshot(question) if question.pk else None
    question.text, question.why = require_text(text, "the question"), why.strip()
    question.options, question.right = options, sorted(set(right))
    question.translations, question.lesson = translated, lesson
    question.save()
    _drafted(version, by, "wrote a question of", before, _question_snapshot(question))
    return question


@transaction.atomic
def remove_question(question: Question, *, by: User) -> None:
    """Remove a question from a draft's quiz."""
    require_manager(by)
    version = _locked_draft(question.version)
    _drafted(version, by, "removed a question of", _question_snapshot(question), None)
    question.delete()


@transaction.atomic
def publish_course(version: CourseVersion, *, by: User) -> CourseVersion:
    """Publish a draft; it never changes again.

    Refused without lessons or questions, and for a renewal date in the past.
    """
    require_manager(by)
    version = _locked_draft(version)
    if not version.lessons.exists() or not version.questions.exists():
        raise Refused("A course needs at least one lesson and one question.")
    if version.renew_by is not None and version.renew_by <= current_time.now().date():
        raise Refused("The date to renew by has passed: people need time for it.")
    taught = version.course.current
    version.published_at = current_time.now()
    version.published_by = by
    version.save(update_fields=["published_at", "published_by"])
    content = {
        "version": version.number,
        "summary": version.summary,
        "pass_percent": version.pass_percent,
    }
    record_change(
        by=by,
        kind="course",
        key=version.course_id,
        name=version.course.name,
        verb="published",
        before={
            "version": taught.number,
            "summary": taught.summary,
            "pass_percent": taught.pass_percent,
        }
        if taught
        else None,
        after={**content, "renew_by": version.renew_by},
    )
    return version


def _complete(translations: Translations | None, parts: set[str]) -> dict[str, dict[str, Any]]:
    """The translations that somebody wrote; each has all the parts, so that nobody reads a
    mixture.
    """
    written = without_empty(translations or {})
    if any(not parts <= set(texts) for texts in written.values()):
        raise Refused("Translate every part, or none: readers would see two languages mixed.")
    return written


def _split(
    translations: dict[str, dict[str, Any]],
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """Translations of the course's name, and those of a version's summary."""
    return _only("name", translations), _only("summary", translations)


def _only(part: str, translations: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {lang: {part: texts[part]} for lang, texts in translations.items() if part in texts}


def _drafted(
    version: CourseVersion,
    by: User,
    verb: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    """Record changes of drafts in the change log as well, so that the author of an error can be
    found (§14).
    """
    if before == after:
        return
    course = version.course
    record_change(
        by=by, kind="course", key=course.pk, name=course.name, verb=verb, before=before, after=after
    )


def _settings(version: CourseVersion) -> dict[str, Any]:
    return {
        "name": version.course.name,
        "summary": version.summary,
        "translations": [version.course.translations, version.translations],
        "pass_percent": version.pass_percent,
        "renew_by": version.renew_by,
    }


def _lesson_snapshot(lesson: Lesson) -> dict[str, Any]:
    return {
        "title": lesson.title,
        "lesson": lesson.body,
        "position": lesson.position,
        "translations": lesson.translations,
    }


def _question_snapshot(question: Question) -> dict[str, Any]:
    right = [question.options[position] for position in question.right]
    return {
        "question": question.text,
        "options": list(question.options),
        "right": right,
        "why": question.why,
        "lesson": question.lesson.title if question.lesson else "",
        "translations": question.translations,
    }
