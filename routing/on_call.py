"""Who is on call now and next, in which order people are alerted, and when nobody is on call (§6,
§10).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.db.models import Case, QuerySet, Subquery, When

from contacts import roster
from contacts.models import CalendarVersion, Role, Team, User
from contacts.models.calendars import WEEKDAYS
from contacts.roster import Gap
from routing import availability
from routing.models import OnCallOverride, OnCallPlace, OnCallRota, OnCallShift

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Duty:
    """A period in which one person is on call, as UTC instants; the end is excluded."""

    person: User
    start: datetime
    end: datetime
    is_swap: bool = False


@dataclass(frozen=True)
class OfficeHours:
    """One interval of a team's week or of a date with special hours, in the shape from which
    shifts are computed.
    """

    pk: int
    version: CalendarVersion
    weekday: int
    starts: str
    ends: str
    on: date | None = None

    @property
    def tzinfo(self) -> ZoneInfo:
        return self.version.tzinfo

    def holds_on(self, day: date) -> bool:
        if self.on is not None:
            return day == self.on
        is_usual = day.isoformat() not in self.version.special_hours
        return day.weekday() == self.weekday and is_usual and bool(self.version.hours_on(day))


@dataclass(frozen=True)
class Rota:
    """A rota with everything that determines who is on call; read once, used often."""

    row: OnCallRota
    people: list[User]
    shifts: list[OnCallShift]
    swaps: list[OnCallOverride]

    def first(self, at: datetime) -> User | None:
        """Who is on call at that instant; None in a gap."""
        return next((duty.person for duty in self.duties(at, at + timedelta(seconds=1))), None)

    def ladder(self, at: datetime) -> list[User]:
        """Whom to alert at that instant, in order: the person on call, then the others of the
        rotation after them.

        Empty in a gap. Absent people are skipped, unless a swap names them.
        """
        first = self.first(at)
        if first is None:
            return []
        order = self._from(first, at)
        here = [person for person in order if person.pk == first.pk or not is_away(person, at)]
        return [person for person in here if person.is_active]

    def _from(self, first: User, at: datetime) -> list[User]:
        places = [person.pk for person in self.people]
        start = places.index(first.pk) if first.pk in places else self._place(at) - 1
        rest = [
            self.people[(start + step) % len(self.people)]
            for step in range(1, len(self.people) + 1)
        ]
        return [first, *(person for person in rest if person.pk != first.pk)]

    def _place(self, at: datetime) -> int:
        """The position of the person whose week it is."""
        if not self.people:
            return 0
        local_day = at.astimezone(self.row.tzinfo).date()
        week = (local_day - self.row.begins_on).days // 7
        # The week ends at the handover, which a change of the clocks may move to another date.
        while at < self._handover(week):
            week -= 1
        while at >= self._handover(week + 1):
            week += 1
        return week % len(self.people)

    def _handover(self, week: int) -> datetime:
        """The instant at which a week of the rotation begins; one rule for page and alerts."""
        day = self.row.begins_on + week * WEEK
        return roster.instant_of(self.row.tzinfo, day, self.row.hands_over)

    def duties(self, start: datetime, end: datetime) -> list[Duty]:
        """Who is on call when between two instants, in order, without overlaps. A swap takes
        precedence, then a named shift.
        """
        edges = {start, end}
        turns = roster.turns(self.shifts, start, end)
        for turn in turns:
            edges |= {turn.start, turn.end}
        for swap in self.swaps:
            edges |= {swap.starts_at, swap.ends_at}
        edges |= set(self._handovers(start, end))
        known = sorted(edge for edge in edges if start <= edge <= end)
        merged: list[Duty] = []
        for low, high in pairwise(known):
            swap_now = next(
                (s for s in self.swaps if s.starts_at <= low < s.ends_at and s.person.is_active),
                None,
            )
            person = swap_now.person if swap_now else self._of_shifts(turns, low)
            if person is None:
                continue
            is_swap = swap_now is not None
            if merged and (merged[-1].person.pk, merged[-1].end, merged[-1].is_swap) == (
                person.pk,
                low,
                is_swap,
            ):
                merged[-1] = Duty(person, merged[-1].start, high, is_swap)
            else:
                merged.append(Duty(person, low, high, is_swap))
        return merged

    def has_throughout(self, person: User, start: datetime, end: datetime) -> bool:
        """Whether a person is on call in the whole period."""
        duties = self.duties(start, end)
        return (
            bool(duties)
            and all(duty.person.pk == person.pk for duty in duties)
            and sum((duty.end - duty.start for duty in duties), timedelta()) == end - start
        )

    def nights(self, start: datetime, end: datetime) -> list[Duty]:
        """The duties that begin in a period, in pieces that can be swapped: a longer duty is
        divided where days are handed over.
        """
        zone, pieces = self.row.tzinfo, []
        day = start.astimezone(zone).date() - timedelta(days=1)
        cuts = [
            roster.instant_of(zone, day + timedelta(days=step), self.row.hands_over)
            for step in range((end - start).days + 4)
        ]
        for duty in self.duties(start - timedelta(days=2), end):
            whole = duty.end - duty.start <= timedelta(days=1)
            inner = [] if whole else [cut for cut in cuts if duty.start < cut < duty.end]
            for low, high in pairwise([duty.start, *inner, duty.end]):
                if start < low and high <= end:
                    pieces.append(Duty(duty.person, low, high, duty.is_swap))
        return pieces

    def _of_shifts(self, turns: list[roster.RosterShift], at: datetime) -> User | None:
        holding = [turn.entry for turn in turns if turn.start <= at < turn.end]
        named = next(
            (shift.person for shift in holding if shift.person and not is_away(shift.person, at)),
            None,
        )
        if named is not None and named.is_active:
            return named
        if not holding or not self.people:
            return None
        place = self._place(at)
        order = [self.people[(place + step) % len(self.people)] for step in range(len(self.people))]
        return next(
            (person for person in order if person.is_active and not is_away(person, at)), None
        )

    def _handovers(self, start: datetime, end: datetime) -> Iterable[datetime]:
        first, last = (
            (at.astimezone(self.row.tzinfo).date() - self.row.begins_on).days // 7
            for at in (start, end)
        )
        for week in range(first, last + 2):
            yield self._handover(week)
        for person in [
            *self.people,
            *(shift.person for shift in self.shifts if shift.person is not None),
        ]:
            pattern = getattr(person, "work_pattern", None)
            if pattern is not None and pattern.away_until is not None:
                yield pattern.away_until


def members(rota: Rota) -> list[User]:
    """The active people of a rota: of its rotation and of its named shifts, each once."""
    named = [shift.person for shift in rota.shifts if shift.person is not None]
    return [p for p in {p.pk: p for p in [*rota.people, *named]}.values() if p.is_active]


def is_away(person: User, at: datetime) -> bool:
    """Whether a person is away at an instant."""
    pattern = getattr(person, "work_pattern", None)
    return pattern is not None and pattern.is_away(at)


def read(rows: Iterable[OnCallRota], since: datetime) -> list[Rota]:
    """Rotas with their people, shifts and the swaps that are not over: three queries for any number
    of rotas.
    """
    rotas = {row.pk: Rota(row, [], [], []) for row in rows}
    if not rotas:
        return []
    with_person = ("person", "person__work_pattern")
    for place in (
        OnCallPlace.objects.filter(rota__in=rotas)
        .select_related(*with_person)
        .order_by("position", "pk")
    ):
        rotas[place.rota_id].people.append(place.person)
    for shift in (
        OnCallShift.objects.filter(rota__in=rotas)
        .select_related(*with_person)
        .order_by("starts", "pk")
    ):
        shift.rota = rotas[shift.rota_id].row
        rotas[shift.rota_id].shifts.append(shift)
    swaps = OnCallOverride.objects.filter(rota__in=rotas, ends_at__gt=since).select_related(
        *with_person, "instead_of"
    )
    for swap in swaps.order_by("-pk"):  # of two overlapping swaps the later one applies
        rotas[swap.rota_id].swaps.append(swap)
    return list(rotas.values())


def rota_for(team_id: int | None, since: datetime) -> Rota | None:
    """The active rota of a team, or else the one for all."""
    rows = active_rows(team_id)
    return next(iter(read(rows[:1], since)), None)


def with_team(rows: QuerySet[OnCallRota]) -> QuerySet[OnCallRota]:
    """Rotas with their team, its hours and their manager, in one query; a rota for all teams uses
    the intake team's hours.
    """
    intake = (
        Team.objects.filter(is_intake=True)
        .annotate(hours_now=availability.hours_of("calendar"))
        .values("hours_now")
    )
    hours = Case(
        When(team__isnull=True, then=Subquery(intake[:1])),
        default=availability.hours_of("team__calendar"),
    )
    return rows.select_related("team", "manager").annotate(hours_now=hours)


def hours_of(row: OnCallRota) -> CalendarVersion | None:
    """The working hours of a rota that was read by `with_team`."""
    fields = getattr(row, "hours_now", None)
    return CalendarVersion(**fields) if fields else None


def active_rows(team_id: int | None, *, every: bool = False) -> list[OnCallRota]:
    """The active rotas that serve a team, its own first; or every one with `every`."""
    rows = list(with_team(OnCallRota.objects.filter(is_active=True)))
    if every:
        return rows
    mine = [row for row in rows if row.team_id is not None and row.team_id == team_id]
    return mine + [row for row in rows if row.team_id is None]


def managers() -> list[User]:
    """Care's managers, whom an alert reaches last."""
    return list(User.objects.filter(role=Role.MANAGER, is_active=True).order_by("pk"))


def office_hours(version: CalendarVersion | None) -> list[OfficeHours]:
    """A team's working hours as shifts: they need nobody on call."""
    if version is None:
        return []
    usual = [
        OfficeHours(0, version, WEEKDAYS.index(day), opens, closes)
        for day, spans in version.week.items()
        for opens, closes in spans
    ]
    special = [
        OfficeHours(0, version, on.weekday(), opens, closes, on)
        for on, spans in (
            (date.fromisoformat(day), special["hours"])
            for day, special in version.special_hours.items()
        )
        for opens, closes in spans
    ]
    return usual + special


def gaps(rota: Rota, hours: CalendarVersion | None, start: datetime, end: datetime) -> list[Gap]:
    """The periods between two instants in which neither the team works nor anybody is on call."""
    covered = [(duty.start, duty.end) for duty in rota.duties(start, end)]
    covered += [(turn.start, turn.end) for turn in roster.turns(office_hours(hours), start, end)]
    result, until = [], start
    for begins, ends in sorted(covered):
        if begins > until:
            result.append(Gap(until, min(begins, end)))
        until = max(until, ends)
    if until < end:
        result.append(Gap(until, end))
    return result
