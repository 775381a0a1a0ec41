"""What somebody has learnt, and whether it is still enough (§1)."""

from dataclasses import dataclass
from datetime import date

from contacts.models import Certificate, Course, CourseVersion, LessonRead, QuizAttempt, User


@dataclass(frozen=True)
class Progress:
    """Where a person stands in the course that makes a Designated Contact."""

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
    """The course that a Designated Contact must pass; None where an installation has none."""
    return Course.objects.filter(is_for_contacts=True).first()


def progress(user: User) -> Progress:
    """How far `user` has come in the present version, with the newest certificate they hold."""
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
    """Whether `user` has passed the present version of the course; true where no course is
    taught.
    """
    course = course_for_contacts()
    version = course.current if course else None
    return version is None or Certificate.objects.filter(user=user, version=version).exists()


def is_certified(user: User, on: date) -> bool:
    """Whether what `user` has passed counts on that date: the present version, or an older one not
    yet to be renewed.

    Contacts who were designated before any course was taught count until a version says by when to
    renew.
    """
    course = course_for_contacts()
    if course is None:
        return True
    held = _newest(user, course)
    number = held.version.number if held else 0
    missed = course.versions.filter(published_at__isnull=False, number__gt=number, renew_by__lt=on)
    return not missed.exists()


def renewals_due(course: Course) -> CourseVersion | None:
    """The newest version that everybody must have passed by a date; None where older certificates
    go on counting.
    """
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
