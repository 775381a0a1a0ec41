"""Training (§1): course versions with lessons and a quiz, the progress of people, and their
certificates.
"""

from typing import Any

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from contacts.models.organisations import Organisation
from contacts.models.people import User
from core.redaction import never_changed
from core.rendered_html import HasRendered, RenderedField
from core.translations import HasTranslations


class Course(HasTranslations):
    """A course; its content is in its versions. One course qualifies Designated Contacts."""

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    is_for_contacts = models.BooleanField(
        default=False, help_text="The course that a Designated Contact must pass."
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_for_contacts"],
                condition=Q(is_for_contacts=True),
                name="one_course_for_contacts",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def current(self) -> "CourseVersion | None":
        """The newest published version."""
        return self.versions.filter(published_at__isnull=False).order_by("-number").first()


class CourseVersion(HasTranslations):
    """A version of a course: a draft until it is published, and immutable afterwards.

    `renew_by` is the date by which holders of an older certificate must pass this version; until
    then their access remains. Empty: older certificates remain valid.
    """

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    summary = models.TextField(blank=True)
    pass_percent = models.PositiveSmallIntegerField(
        default=80, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    renew_by = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "number"], name="one_course_version_a_number"
            ),
            models.UniqueConstraint(
                fields=["course"], condition=Q(published_at__isnull=True), name="one_draft_a_course"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="published_never_changes",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__published_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.course}, version {self.number}"

    @property
    def is_published(self) -> bool:
        return self.published_at is not None


def _frozen_with_its_version(table: str) -> pgtrigger.Trigger:
    """The trigger that makes rows of a published version immutable."""
    return pgtrigger.Trigger(
        name="fixed_once_published",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("version", "bigint"), ("old_version", "bigint")],
        func=f"""
            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'body_html' = to_jsonb(OLD) - 'body_html' THEN RETURN NEW; END IF;
            IF TG_OP <> 'DELETE' THEN version := NEW.version_id; END IF;
            IF TG_OP <> 'INSERT' THEN old_version := OLD.version_id; END IF;
            IF EXISTS (SELECT FROM contacts_courseversion v
                       WHERE v.id IN (version, old_version) AND v.published_at IS NOT NULL) THEN
                RAISE EXCEPTION '{table}: a published version of a course never changes';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,  # noqa: E501 (changing the text would replace the trigger)
    )


class Lesson(HasRendered, HasTranslations):
    """A page of a course, in Markdown."""

    version = models.ForeignKey(CourseVersion, on_delete=models.CASCADE, related_name="lessons")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=150)
    body = models.TextField()
    body_html = RenderedField("body", is_document=True)

    class Meta:
        ordering = ["position", "id"]
        triggers = [_frozen_with_its_version("contacts_lesson")]

    def __str__(self) -> str:
        return self.title


class Question(HasTranslations):
    """A question of the quiz: its options, the positions `right` of the right ones, and why.

    `lesson` has the answer; a question without one is about the whole course.
    """

    version = models.ForeignKey(CourseVersion, on_delete=models.CASCADE, related_name="questions")
    lesson = models.ForeignKey(
        Lesson, null=True, blank=True, on_delete=models.SET_NULL, related_name="questions"
    )
    position = models.PositiveSmallIntegerField()
    text = models.TextField()
    options = ArrayField(models.CharField(max_length=300))
    right = ArrayField(models.PositiveSmallIntegerField())
    why = models.TextField(blank=True)

    class Meta:
        ordering = ["position", "id"]
        triggers = [_frozen_with_its_version("contacts_question")]

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def is_multiple(self) -> bool:
        return len(self.right) > 1


class LessonRead(models.Model):
    """A person has read a lesson to its end."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="lessons_read", db_constraint=False
    )
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user", "lesson"], name="a_lesson_is_read_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} read {self.lesson_id}"


class QuizAttempt(models.Model):
    """One attempt at the quiz, stored permanently: the order shown, the answers given, the score.

    `shown` lists [question, [order of its options]]; `answers` maps a question to the chosen
    options.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="quiz_attempts", db_constraint=False
    )
    version = models.ForeignKey(CourseVersion, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    shown: Any = models.JSONField()
    answers: Any = models.JSONField(default=dict, blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    right_count = models.PositiveSmallIntegerField(null=True, blank=True)
    is_passed = models.BooleanField(default=False)

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user", "version", "number"],
                name="attempts_at_a_quiz_in_order",
            ),
            models.UniqueConstraint(
                fields=["organisation", "user", "version"],
                condition=Q(finished_at__isnull=True),
                name="one_attempt_at_a_time",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="finished_never_changes",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__finished_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.user_id}"

    @property
    def percent(self) -> int:
        """The share of right answers, rounded down: 79.9 % is not 80 %."""
        return 100 * (self.right_count or 0) // max(len(self.shown), 1)


class Certificate(models.Model):
    """Proof that a person passed a version of a course. Anyone with the number can verify it."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="certificates", db_constraint=False
    )
    version = models.ForeignKey(
        CourseVersion, on_delete=models.PROTECT, related_name="certificates"
    )
    number = models.CharField(max_length=20, unique=True)
    holder = models.CharField(
        max_length=150, help_text="The name as it was when the certificate was issued."
    )
    holder_of = models.CharField(max_length=200, help_text="The organisation's name then.")
    issued_at = models.DateTimeField()

    class Meta:
        ordering = ["-issued_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user", "version"], name="one_certificate_a_version"
            )
        ]
        triggers = never_changed("holder")

    def __str__(self) -> str:
        return self.number
