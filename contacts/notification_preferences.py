"""How a person is notified: by email immediately, in a daily digest, or in the product only; and
their quiet hours.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.translation import gettext_lazy as _


class NotificationKind(models.TextChoices):
    """The type of a notification; each person chooses a channel for each."""

    TURN = "turn", _("Waiting for you: a question, a reminder")
    ANSWER = "answer", _("Answers and progress")
    CASE = "case", _("A case is opened, closed, or set to another severity")
    PROMISE = "promise", _("A service target is at risk or missed")
    MENTION = "mention", _("Someone mentions you or your team")
    REMINDER = "reminder", _("A reminder that you set")
    WATCHED = "watched", _("Updates on cases you follow")
    CLOSURE = "closure", _("A case will be closed unless you object")


def label_for(kind: NotificationKind, *, is_care: bool) -> Any:
    """What a kind is called for its reader: a customer is in no team of Care."""
    if kind == NotificationKind.MENTION and not is_care:
        return _("A colleague mentions you")
    return kind.label


EMAIL, DIGEST, PORTAL = "email", "digest", "portal"
# An auto-closure requires that these were really sent (§13): immediately, at any hour, without
# regard to the person's choice.
FIXED = frozenset({NotificationKind.CLOSURE})
# For their recipient alone: nobody else is notified when they are not delivered.
PERSONAL = frozenset({NotificationKind.REMINDER, NotificationKind.WATCHED})
CUSTOMERS = (
    NotificationKind.TURN,
    NotificationKind.ANSWER,
    NotificationKind.CASE,
    NotificationKind.MENTION,
    NotificationKind.WATCHED,
    NotificationKind.CLOSURE,
)
CARES = (
    NotificationKind.ANSWER,
    NotificationKind.CASE,
    NotificationKind.PROMISE,
    NotificationKind.MENTION,
    NotificationKind.REMINDER,
    NotificationKind.WATCHED,
)


@dataclass(frozen=True)
class NotificationPreferences:
    """How a person wants to be notified: a channel for each kind, quiet hours and the hour of the
    digest.
    """

    zone: str
    channels: dict[str, str]
    quiet_from: time | None
    quiet_until: time | None
    digest_hour: int

    @classmethod
    def for_person(cls, person: Any) -> "NotificationPreferences":
        return cls(
            person.zone,
            person.notice_channels,
            person.quiet_from,
            person.quiet_until,
            person.digest_hour,
        )

    def delivery(self, kind: str, *, is_critical: bool, now: datetime) -> tuple[str, datetime]:
        """The channel of a notification of `kind`, and the earliest time to send it.

        Quiet hours delay email until they end. Neither they nor a digest delay notifications of a
        Critical case, or those on which an auto-closure depends (§13).
        """
        channel = EMAIL if kind in FIXED else self.channels.get(kind, EMAIL)
        if channel == DIGEST and is_critical:
            return EMAIL, now
        if channel == DIGEST:
            return channel, self.next_digest(now)
        if channel == EMAIL and kind not in FIXED and not is_critical:
            return channel, self.quiet_ends(now)
        return channel, now

    def next_digest(self, now: datetime) -> datetime:
        """The next time that the recipient's clock shows the digest's hour."""
        zone = ZoneInfo(self.zone)
        local = now.astimezone(zone)
        at = local.replace(hour=self.digest_hour, minute=0, second=0, microsecond=0, fold=0)
        if at.astimezone(UTC) <= now:
            at = (local + timedelta(days=1)).replace(
                hour=self.digest_hour, minute=0, second=0, microsecond=0, fold=0
            )
        return at.astimezone(UTC)

    def quiet_ends(self, now: datetime) -> datetime:
        """The end of the quiet hours in force at `now` on the recipient's clock; `now` itself where
        none are.

        Where daylight saving skips the end of the quiet hours, they end with the change.
        """
        if (
            self.quiet_from is None
            or self.quiet_until is None
            or self.quiet_from == self.quiet_until
        ):
            return now
        local = now.astimezone(ZoneInfo(self.zone))
        wall, over_midnight = (
            local.time().replace(microsecond=0),
            self.quiet_from > self.quiet_until,
        )
        if over_midnight:
            is_quiet = wall >= self.quiet_from or wall < self.quiet_until
        else:
            is_quiet = self.quiet_from <= wall < self.quiet_until
        if not is_quiet:
            return now
        day = local.date() + timedelta(days=1 if over_midnight and wall >= self.quiet_from else 0)
        end = datetime.combine(day, self.quiet_until, tzinfo=ZoneInfo(self.zone)).astimezone(UTC)
        if end <= now:  # the hour is repeated: its second occurrence
            end = (
                datetime.combine(day, self.quiet_until, tzinfo=ZoneInfo(self.zone))
                .replace(fold=1)
                .astimezone(UTC)
            )
        return max(end, now)
