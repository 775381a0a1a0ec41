"""When contacts can be reached for Critical cases (§6)."""

from datetime import date
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.models.calendars import check_zone
from contacts.models.organisations import Organisation
from contacts.models.people import User

wall_time = RegexValidator(
    r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$", _("Write a time such as 08:00 or 24:00.")
)


class RosterEntry(models.Model):
    """The weekdays and hours, in the person's time zone, at which they answer a number.

    An end before the start is on the next day; `weekdays` count from Monday, 0.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="roster")
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="roster", db_constraint=False
    )
    weekdays = ArrayField(models.PositiveSmallIntegerField())
    starts = models.CharField(max_length=5, validators=[wall_time])
    ends = models.CharField(max_length=5, validators=[wall_time])
    zone = models.CharField(max_length=64, validators=[check_zone])
    phone = models.CharField(max_length=40)
    until_on = models.DateField(
        null=True, blank=True, help_text="Last day; empty: until it is changed."
    )

    class Meta:
        ordering = ["starts", "id"]
        indexes = [models.Index(fields=["organisation", "user"], name="roster_of_an_organisation")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.starts}–{self.ends} {self.zone}"

    @property
    def tzinfo(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def holds_on(self, day: date) -> bool:
        """Whether a shift of this entry begins on that date of its time zone."""
        return day.weekday() in self.weekdays and (self.until_on is None or day <= self.until_on)
