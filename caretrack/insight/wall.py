"""The wall: what stands open now, what is about to be missed, and who is there. For a screen three metres away.

It is counted once in ten seconds, however many look, and every number is the length of the list that it opens: both ask
the same conditions (`caretrack.console.queue.filters`, the boards' own).
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from caretrack.console import applications
from caretrack.console.queue import Filters
from caretrack.console.queue.filters import CONDITIONS
from caretrack.console.queue.page import Row, rows_of
from caretrack.console.rca import board
from cases.verbs import Severity
from contacts import oncall
from contacts.models import User
from sla.queue import NEAR, lanes, near_params, statement

KEPT_SECONDS = 10
COUNTED = "insight.wall"
MOST_NAMED = 8
RIBBON_HOURS = 24
# Everything that is a count of open cases: what it is, severity, a word about it, an instant, how many.
COUNTS = f"""
    SELECT 'near', severity, stretch, NULL::timestamptz, number FROM ({NEAR}) AS near
    UNION ALL
    SELECT CASE WHEN is_unassigned THEN 'unassigned' ELSE 'assigned' END, severity, state, NULL, sum(n)::bigint
        FROM insight_opencount WHERE NOT is_historical GROUP BY 1, 2, 3
    UNION ALL
    SELECT 'silent', 0, '', NULL, count(*) FROM sla_queueplace p
        WHERE {CONDITIONS["silent"][0]} AND NOT p.is_historical
    UNION ALL
    SELECT 'closing', 0, '', NULL, count(*) FROM sla_queueplace p
        WHERE {CONDITIONS["closing"][0]} AND NOT p.is_historical
    UNION ALL
    SELECT 'due', severity, '', date_trunc('hour', due_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC', count(*)
        FROM sla_queueplace WHERE NOT is_historical AND due_at >= %(start)s AND due_at < %(end)s GROUP BY 2, 4
"""  # noqa: S608 (words of our own)


class OnCall(NamedTuple):
    """A rota and who is on call by it now. Without anybody it is a gap, unless the team itself is at work."""

    rota: str
    person: str
    is_gap: bool


class Hour(NamedTuple):
    """An hour of the ribbon: when it begins, and how many cases' nearest promise is due in it, by severity."""

    at: datetime
    counts: dict[int, int]

    @property
    def all(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Wall:
    """Everything on it, as of one instant."""

    as_of: datetime
    open: dict[tuple[int, str], int]
    unassigned: int
    near: dict[tuple[int, str], int]
    silent: int
    closing: int
    critical: list[Row]
    owed: int
    late: int
    applications: int
    on_call: list[OnCall]
    ribbon: list[Hour]

    @property
    def all_open(self) -> int:
        return sum(self.open.values())

    def stretch(self, name: str) -> int:
        """How many cases are missed, due within the hour, or within four."""
        return sum(n for (_, stretch), n in self.near.items() if stretch == name)

    def of_severity(self, severity: int) -> int:
        return sum(n for (of, _), n in self.open.items() if of == severity)


def shown(user: User, now: datetime, draw: Callable[[Wall], str]) -> str:
    """The wall as it was drawn at most ten seconds ago, by whoever asked first in the reader's zone.

    It is counted once for all zones: what is drawn in one differs from another in its times alone.
    """
    key = f"insight.wall.{timezone.get_current_timezone_name()}"
    drawn: tuple[datetime, str] | None = cache.get(key)
    if drawn is not None and _is_fresh(drawn[0], now):
        return drawn[1]
    wall: Wall | None = cache.get(COUNTED)
    if wall is None or not _is_fresh(wall.as_of, now):
        wall = counted(user, now)
        cache.set(COUNTED, wall, KEPT_SECONDS)
    made = draw(wall)
    cache.set(key, (wall.as_of, made), KEPT_SECONDS)
    return made


def _is_fresh(as_of: datetime, now: datetime) -> bool:
    return timedelta() <= now - as_of <= timedelta(seconds=KEPT_SECONDS)


def counted(user: User, now: datetime) -> Wall:
    """Count everything now. Six statements, whatever the volume; what is far from due is not read."""
    as_of = now.replace(microsecond=0)
    totals = lanes(as_of)
    counts = _counts(totals, as_of)
    wanted = Filters(severity=Severity.CRITICAL).wanted(user)
    keys, params = statement(wanted, totals=totals, as_of=as_of, size=MOST_NAMED)
    owed, late = board.owed_and_late(user, now)
    return Wall(
        as_of=as_of, **counts, critical=rows_of(keys, {**params, "me": user.pk}), owed=owed, late=late,
        applications=applications.near(now).order_by().count(), on_call=_on_call(as_of),
    )  # fmt: skip


def _counts(totals: Mapping[int, int], as_of: datetime) -> dict[str, Any]:
    """Every count of open cases, by the names of `Wall`. One statement."""
    start = as_of.astimezone(UTC).replace(minute=0, second=0)
    hours = [Hour(start + timedelta(hours=step), {}) for step in range(RIBBON_HOURS)]
    opened: Counter[tuple[int, str]] = Counter()
    stretches: Counter[tuple[int, str]] = Counter()
    single: Counter[str] = Counter()
    end = start + timedelta(hours=RIBBON_HOURS)
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, {**near_params(totals, as_of), "start": start, "end": end})
        for what, severity, word, at, number in cursor.fetchall():
            if what == "near":
                stretches[severity, word] = number
            elif what == "due":
                hours[int((at - start).total_seconds() // 3600)].counts[severity] = number
            else:
                single[what] += number
                if what in ("assigned", "unassigned"):
                    opened[severity, word] += number
    return {
        "open": dict(opened), "near": dict(stretches), "ribbon": hours, "silent": single["silent"],
        "closing": single["closing"], "unassigned": single["unassigned"],
    }  # fmt: skip


def _on_call(at: datetime) -> list[OnCall]:
    found = []
    for rota in oncall.read(oncall.active_rows(None, every=True), at):
        person = rota.first(at)
        hours = oncall.hours_of(rota.row)
        is_gap = person is None and bool(oncall.gaps(rota, hours, at, at + timedelta(seconds=1)))
        found.append(OnCall(rota.row.name, person.name if person else "", is_gap))
    return found
