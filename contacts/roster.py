"""Who of an organisation can be reached now, and when nobody can (§6): a Critical case needs
somebody at any hour.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from contacts.models import ContactState, Organisation, RosterEntry, User

MIDNIGHT = "24:00"


class Hours(Protocol):
    """Wall times on some days in a zone; an end before the start runs into the next day."""

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
    """One stretch in which a person answers, as UTC instants; the end is excluded."""

    entry: Any
    start: datetime
    end: datetime


@dataclass(frozen=True)
class OnDuty:
    """Somebody who can be reached now: the number to call, and until when."""

    user: User
    phone: str
    until: datetime


@dataclass(frozen=True)
class Gap:
    """A stretch in which nobody can be reached, as UTC instants."""

    start: datetime
    end: datetime


def entries_of(organisation: Organisation) -> list[RosterEntry]:
    """The entries of people who may speak for the organisation now; a suspended contact's turns
    count for nothing.
    """
    found = RosterEntry.objects.filter(
        organisation=organisation,
        user__is_active=True,
        user__designation__state=ContactState.ACTIVE,
    )
    return list(found.select_related("user").order_by("starts", "pk"))


def on_duty(organisation: Organisation, at: datetime) -> list[OnDuty]:
    """Who can be reached at that instant, those who stay longest first; empty in a gap (§6).

    One statement.
    """
    return on_duty_among(entries_of(organisation), at)


def on_duty_among(entries: Iterable[RosterEntry], at: datetime) -> list[OnDuty]:
    """The same, of entries already read."""
    here: dict[int, OnDuty] = {}
    for turn in turns(entries, at - timedelta(days=1), at + timedelta(seconds=1)):
        if turn.start <= at < turn.end:
            known = here.get(turn.entry.user_id)
            if known is None or known.until < turn.end:
                here[turn.entry.user_id] = OnDuty(turn.entry.user, turn.entry.phone, turn.end)
    return sorted(here.values(), key=lambda duty: (-duty.until.timestamp(), duty.user.pk))


def named_for(contact: User, at: datetime) -> tuple[str, str]:
    """Whom Care calls about a Critical case of `contact`, and where (§6): who is on duty; in a gap,
    who files it.
    """
    duty = on_duty(contact.organisation, at) if contact.organisation else []
    return (duty[0].user.name, duty[0].phone) if duty else (contact.name, contact.work_phone)


def turns(entries: Iterable[Hours], start: datetime, end: datetime) -> list[RosterShift]:
    """Every turn that touches [start, end), in order.

    Each is reckoned on its person's own wall clock.
    """
    found = []
    for entry in entries:
        first = start.astimezone(entry.tzinfo).date() - timedelta(days=1)
        last = end.astimezone(entry.tzinfo).date()
        for ordinal in range(first.toordinal(), last.toordinal() + 1):
            day = date.fromordinal(ordinal)
            if entry.holds_on(day):
                turn = RosterShift(entry, _instant(entry, day, entry.starts), _end(entry, day))
                if turn.start < end and turn.end > start and turn.start < turn.end:
                    found.append(turn)
    return sorted(found, key=lambda turn: (turn.start, turn.entry.pk or 0))


def gaps(entries: Iterable[RosterEntry], start: datetime, end: datetime) -> list[Gap]:
    """When nobody can be reached between two instants."""
    found, covered = [], start
    for turn in turns(entries, start, end):
        if turn.start > covered:
            found.append(Gap(covered, min(turn.start, end)))
        covered = max(covered, turn.end)
    if covered < end:
        found.append(Gap(covered, end))
    return found


def _end(entry: Hours, day: date) -> datetime:
    overnight = entry.ends <= entry.starts
    return _instant(entry, day + timedelta(days=1) if overnight else day, entry.ends)


def _instant(entry: Hours, day: date, wall: str) -> datetime:
    """A wall time of the person's zone as an instant.

    A skipped one is the change itself; of two the first is meant.
    """
    if wall == MIDNIGHT:
        day, wall = day + timedelta(days=1), "00:00"
    local = datetime.combine(day, time.fromisoformat(wall), tzinfo=entry.tzinfo)
    there = local.astimezone(UTC)
    if there.astimezone(entry.tzinfo).replace(tzinfo=None) != local.replace(
        tzinfo=None
    ):  # a time that never was
        return _change_before(entry, there)
    return there


def _change_before(entry: Hours, after: datetime) -> datetime:
    """The instant at which the zone's clock jumped over a wall time: by halving, to the second."""
    low, high = after - timedelta(hours=4), after
    before = low.astimezone(entry.tzinfo).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(entry.tzinfo).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high
