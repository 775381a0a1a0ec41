"""What a person has learnt, and whether it is still sufficient (§1)."""

from dataclasses import dataclass
from datetime import date

from contacts.models import Certificate, Course, CourseVersion, LessonRead, QuizAttempt, User


@dataclass(frozen=True)
class Progress:
    """A person's progress in the course for Designated Contacts."""

    version: CourseVersion | None
    lessons: int
    read: int
    attempts: int
    certificate: Certificate | None

    @property
    def has_read_all(self) -> bool:
        return self.version is not None and self.read >= self.lessons

    @property
    def has_passed(self) -> bool:
        return (
            self.certificate is not None
            and self.version is not None
            and (self.certificate.version_id == self.version.pk)
        )


def course_for_contacts() -> Course | None:
    """The course that a Designated Contact must pass; None where there is none."""
    return Course.objects.filter(is_for_contacts=True).first()


def progress(user: User) -> Progress:
    """The progress of `user` in the current version, with their newest certificate."""
    course = course_for_contacts()
    version = course.current if course else None
    if course is None or version is None:
        return Progress(None, 0, 0, 0, None)
    return Progress(
        version=version,
        lessons=version.lessons.count(),
        read=LessonRead.objects.filter(user=user, lesson__version=version).count(),
        attempts=QuizAttempt.objects.filter(
            user=user, version=version, finished_at__isnull=False
        ).count(),
        certificate=_newest(user, course),
    )


def has_current_certificate(user: User) -> bool:
    """Whether `user` has passed the current version of the course; true where there is no
    course.
    """
    course = course_for_contacts()
    version = course.current if course else None
    return version is None or Certificate.objects.filter(user=user, version=version).exists()


def is_certified(user: User, on: date) -> bool:
    """Whether the training of `user` is valid on that date: the current version, or an older one
    not yet due for renewal.

    Contacts designated before the first course remain valid until a version sets a renewal date.
    """
    course = course_for_contacts()
    if course is None:
        return True
    held = _newest(user, course)
    number = held.version.number if held else 0
    missed = course.versions.filter(published_at__isnull=False, number__gt=number, renew_by__lt=on)
    return not missed.exists()


def renewals_due(course: Course) -> CourseVersion | None:
    """The newest version with a renewal date; None where older certificates remain valid."""
    return (
        course.versions.filter(published_at__isnull=False, renew_by__isnull=False)
        .order_by("-number")
        .first()
    )


def _newest(user: User, course: Course) -> Certificate | None:
    return (
        Certificate.objects.filter(user=user, version__course=course)
        .select_related("version")
        .order_by("-version__number")
        .first()
    )
