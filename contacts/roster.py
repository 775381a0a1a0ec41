"""Who of an organisation can be reached now, and when nobody can (§6): Critical cases need a
contact at any hour.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from contacts.models import ContactState, Organisation, RosterEntry, User

MIDNIGHT = "24:00"


class Hours(Protocol):
    """Wall times on weekdays in a time zone; an end before the start is on the next day."""

    @property
    def pk(self) -> Any: ...
    @property
    def starts(self) -> str: ...
    @property
    def ends(self) -> str: ...
    @property
    def tzinfo(self) -> ZoneInfo: ...
    def holds_on(self, day: date) -> bool: ...


@dataclass(frozen=True)
class RosterShift:
    """One shift of a person, as UTC instants; the end is excluded."""

    entry: Any
    start: datetime
    end: datetime


@dataclass(frozen=True)
class OnDuty:
    """A person who can be reached now: the number to call, and until when."""

    user: User
    phone: str
    until: datetime


@dataclass(frozen=True)
class Gap:
    """A period in which nobody can be reached, as UTC instants."""

    start: datetime
    end: datetime


def entries_of(organisation: Organisation) -> list[RosterEntry]:
    """The roster entries of active contacts; entries of suspended contacts do not count."""
    entries = RosterEntry.objects.filter(
        organisation=organisation,
        user__is_active=True,
        user__designation__state=ContactState.ACTIVE,
    )
    return list(entries.select_related("user").order_by("starts", "pk"))


def on_duty(organisation: Organisation, at: datetime) -> list[OnDuty]:
    """Who can be reached at that instant, the longest remaining shift first; empty in a gap (§6).

    One query.
    """
    return on_duty_among(entries_of(organisation), at)


def on_duty_among(entries: Iterable[RosterEntry], at: datetime) -> list[OnDuty]:
    """The same, for entries already read."""
    here: dict[int, OnDuty] = {}
    for turn in turns(entries, at - timedelta(days=1), at + timedelta(seconds=1)):
        if turn.start <= at < turn.end:
            known = here.get(turn.entry.user_id)
            if known is None or known.until < turn.end:
                here[turn.entry.user_id] = OnDuty(turn.entry.user, turn.entry.phone, turn.end)
    return sorted(here.values(), key=lambda duty: (-duty.until.timestamp(), duty.user.pk))


def named_for(contact: User, at: datetime) -> tuple[str, str]:
    """Whom Care calls about a Critical case of `contact`, and where (§6): who is on duty, or in a
    gap the contact.
    """
    duty = on_duty(contact.organisation, at) if contact.organisation else []
    return (duty[0].user.name, duty[0].phone) if duty else (contact.name, contact.work_phone)


def turns(entries: Iterable[Hours], start: datetime, end: datetime) -> list[RosterShift]:
    """Every shift that overlaps [start, end), in order.

    Each is computed in its person's time zone.
    """
    result = []
    for entry in entries:
        first = start.astimezone(entry.tzinfo).date() - timedelta(days=1)
        last = end.astimezone(entry.tzinfo).date()
        for ordinal in range(first.toordinal(), last.toordinal() + 1):
            day = date.fromordinal(ordinal)
            if entry.holds_on(day):
                begins = instant_of(entry.tzinfo, day, entry.starts)
                turn = RosterShift(entry, begins, _end(entry, day))
                if turn.start < end and turn.end > start and turn.start < turn.end:
                    result.append(turn)
    return sorted(result, key=lambda turn: (turn.start, turn.entry.pk or 0))


def gaps(entries: Iterable[RosterEntry], start: datetime, end: datetime) -> list[Gap]:
    """The periods between two instants in which nobody can be reached."""
    result, covered = [], start
    for turn in turns(entries, start, end):
        if turn.start > covered:
            result.append(Gap(covered, min(turn.start, end)))
        covered = max(covered, turn.end)
    if covered < end:
        result.append(Gap(covered, end))
    return result


def _end(entry: Hours, day: date) -> datetime:
    overnight = entry.ends <= entry.starts
    return instant_of(entry.tzinfo, day + timedelta(days=1) if overnight else day, entry.ends)


def instant_of(zone: ZoneInfo, day: date, wall: str) -> datetime:
    """A wall time of a zone as a UTC instant.

    A skipped time becomes the time of the change; of a repeated one the first counts.
    """
    if wall == MIDNIGHT:
        day, wall = day + timedelta(days=1), "00:00"
    local = datetime.combine(day, time.fromisoformat(wall), tzinfo=zone)
    there = local.astimezone(UTC)
    if there.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):  # a skipped time
        return _change_before(zone, there)
    return there


def _change_before(zone: ZoneInfo, after: datetime) -> datetime:
    """The instant at which the zone's clock skipped a wall time: by bisection, to the second."""
    low, high = after - timedelta(hours=4), after
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high
