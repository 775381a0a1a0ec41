"""What Care offers, through which channel, to holders of which licences (§3).

All of it is data.
"""

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.models.calendars import WorkCalendar
from contacts.models.organisations import Organisation
from core.translations import HasTranslations


class Channel(models.TextChoices):
    """How a customer reaches Care."""

    SELF_SUPPORT = "self_support", _("Self-support")
    VOICE = "voice", _("Enhanced support by voice")
    PORTAL = "portal", _("Web portal")
    PHONE = "phone", _("Phone")
    API = "api", _("API")
    EMAIL = "email", pgettext_lazy("a support channel", "Email")


class Offering(HasTranslations):
    """A support channel as offered: its hours, region, accepted severities and required
    licences.
    """

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    channel = models.CharField(max_length=20, choices=Channel)
    region = models.CharField(max_length=10, blank=True, help_text="Empty: everywhere.")
    calendar = models.ForeignKey(
        WorkCalendar,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: 24x7x365.",
    )
    severities = ArrayField(
        models.PositiveSmallIntegerField(), default=list, blank=True, help_text="Empty: all four."
    )
    products = ArrayField(
        models.CharField(max_length=60),
        default=list,
        blank=True,
        help_text="Licences of which one is needed; empty: none.",
    )
    phone_number = models.CharField(max_length=40, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "key"]

    def __str__(self) -> str:
        return self.name


class LicenceQuerySet(models.QuerySet["Licence"]):
    def in_force(self, on: date) -> "LicenceQuerySet":
        """Licences in force on that date."""
        return self.filter(Q(starts_on__lte=on), Q(ends_on__isnull=True) | Q(ends_on__gte=on))


class Licence(models.Model):
    """A licence an organisation holds, from its first day to its last, both included."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="licences"
    )
    product = models.CharField(max_length=60)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    objects = LicenceQuerySet.as_manager()

    class Meta:
        ordering = ["product", "starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="a_licence_ends_after_it_starts",
            )
        ]

    def __str__(self) -> str:
        return f"{self.product} from {self.starts_on}"

    def is_in_force(self, on: date) -> bool:
        """The Python equivalent of `LicenceQuerySet.in_force`."""
        return self.starts_on <= on and (self.ends_on is None or self.ends_on >= on)
