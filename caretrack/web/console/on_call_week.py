"""The next week of a rota: who is on call now and next, a bar of shifts, and the gaps (§10)."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from contacts import roster
from contacts.models import User
from contacts.roster import Gap
from core.percentages import percent
from routing import on_call
from routing.models import OnCallRota
from routing.on_call import Duty, Rota

WIDTH = 1000
MOST_GAPS = 30


@dataclass(frozen=True)
class RotaBar:
    """A piece of the bar, in thousandths of the week, and its label."""

    x: float
    width: float
    kind: str
    start: datetime
    end: datetime
    who: str = ""


@dataclass(frozen=True)
class Week:
    """Seven days of a rota from now on."""

    rota: OnCallRota
    people: list[User]
    duties: list[Duty]
    gaps: list[Gap]
    swaps: list[object]
    bars: list[RotaBar]
    days: list[tuple[datetime, float]]
    begin: datetime
    end: datetime
    is_office: bool

    @property
    def now(self) -> Duty | None:
        """Who is on call now. None in working hours that no shift covers, or in a gap."""
        return next((duty for duty in self.duties if duty.start <= self.begin < duty.end), None)

    @property
    def next(self) -> Duty | None:
        """Who comes next."""
        now = self.now
        return next(
            (
                d
                for d in self.duties
                if d.start > self.begin and (now is None or d.person != now.person)
            ),
            None,
        )

    @property
    def covered(self) -> int:
        missing = sum((gap.end - gap.start).total_seconds() for gap in self.gaps)
        seconds = round((self.end - self.begin).total_seconds())
        return int(percent(seconds - math.ceil(missing), seconds, places=0) or 0)


def week_of(rota: Rota, now: datetime) -> Week:
    """Shifts, working hours and gaps of the seven days from `now`."""
    begin = now.replace(second=0, microsecond=0)
    end = begin + timedelta(days=7)
    hours = on_call.hours_of(rota.row)
    duties, gaps = rota.duties(begin, end), on_call.gaps(rota, hours, begin, end)
    office = [
        (max(t.start, begin), min(t.end, end))
        for t in roster.turns(on_call.office_hours(hours), begin, end)
    ]
    order = {person.pk: index for index, person in enumerate(rota.people)}
    bars = [_bar("office", start, stop, begin, end) for start, stop in office]
    for duty in duties:
        kind = "swap" if duty.is_swap else f"duty{order.get(duty.person.pk, 0) % 2}"
        bars.append(_bar(kind, duty.start, duty.end, begin, end, duty.person.name))
    bars += [_bar("gap", gap.start, gap.end, begin, end) for gap in gaps]
    return Week(
        rota=rota.row,
        people=rota.people,
        duties=duties,
        gaps=gaps[:MOST_GAPS],
        swaps=list(reversed(rota.swaps)),
        bars=bars,
        begin=begin,
        end=end,
        days=[(begin + timedelta(days=d), round(d / 7 * WIDTH, 1)) for d in range(7)],
        is_office=hours is not None and hours.is_open(now),
    )


def _bar(
    kind: str, start: datetime, stop: datetime, begin: datetime, end: datetime, who: str = ""
) -> RotaBar:
    whole = end - begin
    x, width = (start - begin) / whole * WIDTH, (stop - start) / whole * WIDTH
    return RotaBar(round(x, 1), max(round(width, 1), 1.0), kind, start, stop, who)
