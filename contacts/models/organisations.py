"""Customers: an organisation is the tenant, and its sites give the hours of its service targets."""

import uuid

from django.core.validators import RegexValidator
from django.db import models

from contacts.models.calendars import CalendarVersion, WorkCalendar
from core.fields import LineField

short_name_rule = RegexValidator(
    r"^[a-z0-9][a-z0-9-]{1,39}$", "Use 2 to 40 small letters, digits and hyphens."
)


class Organisation(models.Model):
    """A customer of the vendor.

    Care asks for its short name and its organisation id first (§4).
    """

    public_id = models.UUIDField("organisation id", default=uuid.uuid4, unique=True, editable=False)
    short_name = models.CharField(max_length=40, unique=True, validators=[short_name_rule])
    name = LineField(max_length=200)
    is_historical = models.BooleanField(
        default=False,
        help_text="Read from another system's log: measured, never reminded, warned or closed.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    people_event_count = models.PositiveIntegerField(default=0)
    people_head_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["short_name"]
        indexes = [models.Index(fields=["name", "id"], name="organisations_by_name")]

    def __str__(self) -> str:
        return self.name


class Site(models.Model):
    """A place of the organisation: its calendar gives the time zone, hours and holidays of its
    service targets (§9).
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="sites")
    name = LineField(max_length=200)
    calendar = models.ForeignKey(WorkCalendar, on_delete=models.PROTECT, related_name="+")
    is_main = models.BooleanField(default=False)

    class Meta:
        ordering = ["-is_main", "name"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="one_site_a_name"),
            models.UniqueConstraint(
                fields=["organisation"],
                condition=models.Q(is_main=True),
                name="one_main_site_an_organisation",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def hours(self) -> CalendarVersion:
        """The calendar version in force now."""
        return self.calendar.current
