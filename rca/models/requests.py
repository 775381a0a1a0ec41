"""Documentation requests, each a case of its own, and the meetings about them (§12)."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from contacts.models import Organisation, User


class RequestQuerySet(models.QuerySet["DocumentationRequest"]):
    def visible_to(self, user: User) -> "RequestQuerySet":
        """The requests whose cases this person may read."""
        return self.filter(case__in=Case.objects.visible_to(user))

    def late(self, now: datetime) -> "RequestQuerySet":
        """Requests whose documents or appointment are overdue; the database equivalent of
        `DocumentationRequest.is_late`.
        """
        arranged = Meeting.objects.filter(
            organisation=OuterRef("organisation"),
            request=OuterRef("pk"),
            state=MeetingState.ARRANGED,
        )
        return self.filter(
            Q(delivered_at__isnull=True, due_at__lt=now)
            | Q(delivered_at__isnull=False, meeting_due_at__lt=now) & ~Exists(arranged)
        )


class DocumentationRequest(models.Model):
    """The request of a documentation case: about which case, for whom, and whether a discussion is
    wanted.

    `due_at` is when the documents are owed, if the policy sets a time. `meeting_due_at` is when an
    appointment is owed: set once the documents are delivered and a discussion was requested, and
    empty once the meeting took place.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    case = models.OneToOneField(
        Case, on_delete=models.PROTECT, related_name="documentation_request", db_constraint=False
    )
    original = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="documentation_asked", db_constraint=False
    )
    due_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    discussion_requested_at = models.DateTimeField(null=True, blank=True)
    meeting_due_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = RequestQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "original"], name="requests_about_a_case"),
            models.Index(
                fields=["due_at", "id"],
                condition=Q(delivered_at__isnull=True),
                name="documents_owed",
            ),
        ]

    def __str__(self) -> str:
        return f"documentation on {self.original_id}"

    def is_late(self, now: datetime, meeting: "Meeting | None") -> bool:
        """Whether the documents, or the appointment, are overdue.

        `meeting` is the newest one.
        """
        if self.delivered_at is None:
            return self.due_at is not None and self.due_at < now
        is_arranged = meeting is not None and meeting.state == MeetingState.ARRANGED
        return self.meeting_due_at is not None and not is_arranged and self.meeting_due_at < now

    def is_talk_over(self, meeting: "Meeting | None") -> bool:
        """Whether the last requested discussion has taken place. `meeting` is the newest one."""
        if meeting is None or meeting.state != MeetingState.HELD:
            return False
        return (
            self.discussion_requested_at is None
            or meeting.created_at >= self.discussion_requested_at
        )


class Recipient(models.Model):
    """A person of the organisation who receives the documents."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    request = models.ForeignKey(
        DocumentationRequest,
        on_delete=models.PROTECT,
        related_name="recipients",
        db_constraint=False,
    )
    person = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "request", "person"], name="one_copy_a_recipient"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} of {self.request_id}"


class MeetingState(models.TextChoices):
    """The status of an appointment."""

    ARRANGED = "arranged", _("Arranged")
    HELD = "held", _("Held")
    CANCELLED = "cancelled", _("Cancelled")


class Meeting(models.Model):
    """An appointment to discuss the delivered documents.

    `sequence` counts its changes, as calendars require.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    request = models.ForeignKey(
        DocumentationRequest, on_delete=models.PROTECT, related_name="meetings", db_constraint=False
    )
    starts_at = models.DateTimeField()
    zone = models.CharField(max_length=64, help_text="The zone in which it was agreed.")
    minutes = models.PositiveSmallIntegerField()
    place = models.CharField(max_length=300, help_text="A link, a number to call, or a room.")
    sequence = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=MeetingState, default=MeetingState.ARRANGED)
    arranged_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "request"],
                condition=Q(state="arranged"),
                name="one_appointment_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} UTC"

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)


class Attendee(models.Model):
    """An invited person of the organisation or of Care."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    meeting = models.ForeignKey(
        Meeting, on_delete=models.PROTECT, related_name="attendees", db_constraint=False
    )
    invitee = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "meeting", "invitee"], name="invited_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.invitee_id} at {self.meeting_id}"
