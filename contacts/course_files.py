"""A course as a folder: `course.toml` with the questions, and lessons as Markdown files in order of
their names.
"""

import tomllib
from pathlib import Path
from typing import Any

from django.db import transaction

from contacts.models import Course, CourseVersion, Lesson, Question
from core import current_time
from core.translations import LANGUAGES

SHIPPED = Path(__file__).parent / "courses" / "roles-and-responsibilities"


class BadCourse(ValueError):
    """The folder is not a valid course; the text names what is wrong and where."""


@transaction.atomic
def load(folder: Path = SHIPPED) -> tuple[CourseVersion, bool]:
    """The current version of the course, published from the folder if it has none; and whether it
    is new.

    Changes of administrators remain: later versions are written in the console (§1).
    """
    content, lessons = _read(folder)
    translated = {
        language: _translation(folder / language, content, lessons)
        for language in LANGUAGES
        if (folder / language).exists()
    }
    course, _ = Course.objects.get_or_create(
        key=content["key"],
        defaults={
            "name": content["name"],
            "translations": {
                language: {"name": texts["name"]} for language, (texts, _) in translated.items()
            },
            "is_for_contacts": not Course.objects.filter(is_for_contacts=True).exists(),
        },
    )
    if (taught := course.current) is not None:
        return taught, False
    version = CourseVersion.objects.create(
        course=course,
        number=1 + course.versions.count(),
        summary=content.get("summary", ""),
        pass_percent=content["pass_percent"],
        translations={
            language: {"summary": texts.get("summary", "")}
            for language, (texts, _) in translated.items()
        },
    )
    created = Lesson.objects.bulk_create(
        Lesson(
            version=version,
            position=position,
            title=title,
            body=body,
            translations={
                language: dict(zip(("title", "body"), pages[position - 1], strict=True))
                for language, (_, pages) in translated.items()
            },
        )
        for position, (title, body) in enumerate(lessons, start=1)
    )
    Question.objects.bulk_create(
        Question(
            version=version,
            lesson=created[row["lesson"] - 1] if "lesson" in row else None,
            position=position,
            text=row["text"],
            options=row["options"],
            right=row["right"],
            why=row.get("why", ""),
            translations={
                language: texts["questions"][position - 1]
                for language, (texts, _) in translated.items()
            },
        )
        for position, row in enumerate(content["questions"], start=1)
    )
    version.published_at = current_time.now()
    version.save(update_fields=["published_at"])
    return version, True


def _read(folder: Path) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    path = folder / "course.toml"
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadCourse(f"{path}: {error}") from None
    missing = [name for name in ("key", "name", "pass_percent", "questions") if name not in content]
    if missing:
        raise BadCourse(f"{path}: missing {', '.join(missing)}.")
    for row in content["questions"]:
        if not row.get("right") or not set(row["right"]) <= set(range(len(row.get("options", [])))):
            raise BadCourse(
                f"{path}: “{row.get('text', '?')}” has no right answer among its options."
            )
    lessons = _lessons(folder)
    if not lessons:
        raise BadCourse(f"{folder}: no lessons; write them as Markdown files.")
    for row in content["questions"]:
        if "lesson" in row and row["lesson"] not in range(1, len(lessons) + 1):
            raise BadCourse(f"{path}: “{row['text']}” names a lesson that does not exist.")
    return content, lessons


def _lessons(folder: Path) -> list[tuple[str, str]]:
    return [_lesson(file) for file in sorted(folder.glob("*.md"))]


def _translation(
    folder: Path, content: dict[str, Any], lessons: list[tuple[str, str]]
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The texts of a course in another language: a folder with a `course.toml` and lessons that
    correspond one by one.
    """
    path = folder / "course.toml"
    try:
        texts = tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadCourse(f"{path}: {error}") from None
    pages, questions = _lessons(folder), texts.get("questions", [])
    if [len(row["options"]) for row in questions] != [
        len(row["options"]) for row in content["questions"]
    ]:
        raise BadCourse(f"{path}: it needs the same questions, each with the same options.")
    if len(pages) != len(lessons):
        raise BadCourse(f"{folder}: it needs the same lessons.")
    return texts, pages


def _lesson(file: Path) -> tuple[str, str]:
    title, _, body = file.read_text("utf-8").partition("\n")
    if not title.startswith("# "):
        raise BadCourse(f"{file}: the first line is the title, such as “# What we promise”.")
    return title.removeprefix("# ").strip(), body.strip()
