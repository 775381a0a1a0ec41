"""Who of Care is on call for Critical cases outside working hours (§6, §10): a weekly rotation,
shifts and swaps.
"""

import secrets
from datetime import date
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.crypto import salted_hmac

from contacts.models.calendars import check_zone
from contacts.models.people import User
from contacts.models.roster import wall_time
from contacts.models.teams import Team


class OnCallRota(models.Model):
    """A rota: its people in order, one week each from `begins_on`, handed over at `hands_over` in
    its zone.

    It serves one team, or all teams without their own. The alerted person acknowledges within
    `minutes`; otherwise the next is alerted, and `manager` after the last.
    """

    name = models.CharField(max_length=100, unique=True)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="rotas"
    )
    zone = models.CharField(max_length=64, validators=[check_zone])
    begins_on = models.DateField(help_text="The first day of the first person's week.")
    hands_over = models.CharField(max_length=5, default="09:00", validators=[wall_time])
    minutes = models.PositiveSmallIntegerField(
        default=5, validators=[MinValueValidator(1), MaxValueValidator(240)]
    )
    manager = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    webhook = models.CharField(max_length=500, blank=True)
    webhook_nonce = models.CharField(max_length=64, default=secrets.token_hex)
    is_active = models.BooleanField(default=True)
    swaps_need_manager = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["team"],
                condition=Q(is_active=True),
                nulls_distinct=False,
                name="one_active_rota_a_team",
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=1, minutes__lte=240), name="a_rota_waits_1_to_240_minutes"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def tzinfo(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def webhook_secret(self) -> str:
        """The key that signs its webhook.

        It is derived, not stored: a stolen table signs nothing.
        """
        return salted_hmac(
            "caretrack.webhook", f"{self.pk}:{self.webhook_nonce}", algorithm="sha256"
        ).hexdigest()


class OnCallPlace(models.Model):
    """A person's position in the order of a rota."""

    rota = models.ForeignKey(OnCallRota, on_delete=models.CASCADE, related_name="places")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["rota", "person"], name="one_place_a_person_and_rota")
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.person_id}"


class OnCallShift(models.Model):
    """Hours that a rota covers on these weekdays, in its time zone; an end before the start is on
    the next morning.

    With a `person`, that person is on call in these hours every week; otherwise the person of the
    week is.
    """

    rota = models.ForeignKey(OnCallRota, on_delete=models.CASCADE, related_name="shifts")
    person = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    weekdays = ArrayField(models.PositiveSmallIntegerField())
    starts = models.CharField(max_length=5, validators=[wall_time])
    ends = models.CharField(max_length=5, validators=[wall_time])

    class Meta:
        ordering = ["starts", "id"]

    def __str__(self) -> str:
        return f"{self.starts}–{self.ends}"

    @property
    def tzinfo(self) -> ZoneInfo:
        return self.rota.tzinfo

    def holds_on(self, day: date) -> bool:
        return day.weekday() in self.weekdays


class OnCallOverride(models.Model):
    """A swap: another person is on call for a period, regardless of rotation and shifts. Of two for
    one period the newer counts. `instead_of` is who gave the period away, if they arranged it.
    """

    rota = models.ForeignKey(OnCallRota, on_delete=models.CASCADE, related_name="overrides")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    instead_of = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="a_swap_begins_and_ends"
            )
        ]
        indexes = [models.Index(fields=["rota", "ends_at"], name="swaps_of_a_rota")]

    def __str__(self) -> str:
        return f"{self.person_id} from {self.starts_at:%Y-%m-%d %H:%M}"
