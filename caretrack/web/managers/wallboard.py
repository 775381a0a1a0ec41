"""The wallboard: what is open now, what is about to be missed, and who is on call. For a screen
three metres away.

It is counted once in ten seconds for all readers. Every number is the length of the list that it
opens: both use the same conditions (`caretrack.web.shared.queue.filters`, the boards' own).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.core.cache import cache, caches
from django.db import connection
from django.utils import timezone

from caretrack.web.shared.queue.filters import CONDITIONS, QueueFilters
from caretrack.web.shared.queue.page import QueueRow, rows_of
from cases.choices import Severity
from contacts.models import User
from rca import board
from routing import on_call
from sla import applications
from sla.models.queue_entry import NO_CLOCK
from sla.queue import HOUR, calendar_totals, statement

CACHED_SECONDS = 10
CACHE_KEY = "insight.wall"
MOST_CRITICAL = 8
RIBBON_HOURS = 24
# How far the buckets of `sla.queue` reach, in seconds of business time.
REACH = {"hour": HOUR, "hours": 4 * HOUR}
# Every count of open cases: what is counted, severity, a name, an hour, how many. Each is read from
# an index of the queue by the condition of the list that the number opens.
COUNTS = f"""
    SELECT CASE WHEN is_unassigned THEN 'unassigned' ELSE 'assigned' END, severity, state,
        NULL::bigint, sum(n)
        FROM insight_opencount WHERE NOT is_historical GROUP BY 1, 2, 3
    UNION ALL
    SELECT 'due', severity, '', floor(extract(epoch FROM due_at) / {HOUR})::bigint, count(*)
        FROM sla_queueentry WHERE NOT is_historical AND due_at >= %(start)s
            AND due_at < %(start)s + interval '{RIBBON_HOURS} hours'
        GROUP BY 2, 4
    UNION ALL
    SELECT 'missed', severity, '', NULL, count(*) FROM sla_queueentry
        WHERE NOT is_historical AND due_at < %(as_of)s GROUP BY 2
    UNION ALL
    SELECT 'left', s.severity, r.word, NULL, sum(
            (SELECT count(*) FROM sla_queueentry p WHERE NOT p.is_historical
                AND p.severity = s.severity AND p.calendar_key = r.calendar_key
                AND p.due_offset < r.until))::bigint
        FROM unnest(%(words)s::text[], %(calendar_keys)s::bigint[], %(until)s::bigint[])
            AS r (word, calendar_key, until)
        CROSS JOIN unnest(%(severities)s::smallint[]) AS s (severity) GROUP BY 2, 3
    UNION ALL
    SELECT 'overdue', 0, '', NULL, count(*) FROM sla_queueentry p
        WHERE NOT p.is_historical AND {CONDITIONS["overdue"][0]}
    UNION ALL
    SELECT 'closing', 0, '', NULL, count(*) FROM sla_queueentry p
        WHERE NOT p.is_historical AND {CONDITIONS["closing"][0]}
"""  # noqa: S608 (our own constants)


class OnCall(NamedTuple):
    """A rota and who is on call by it now.

    Without anybody it is a gap, unless the team itself is at work.
    """

    rota: str
    person: str
    is_gap: bool


class Hour(NamedTuple):
    """An hour of the ribbon: when it begins, and how many cases' nearest promise is due in it, by
    severity.
    """

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
    overdue: int
    closing: int
    critical: list[QueueRow]
    owed: int
    late: int
    applications: int
    on_call: list[OnCall]
    ribbon: list[Hour]

    @property
    def all_open(self) -> int:
        return sum(self.open.values())

    def time_left_bucket(self, name: str) -> int:
        """How many cases are missed, due within the hour, or within four."""
        return sum(n for (_, time_left_bucket), n in self.near.items() if time_left_bucket == name)

    def of_severity(self, severity: int) -> int:
        return sum(n for (of, _), n in self.open.items() if of == severity)


def shown(user: User, now: datetime, draw: Callable[[Wall], str]) -> str:
    """The wallboard, rendered at most ten seconds ago for the first request in the reader's zone.

    It is counted once for all zones, because only its times differ from zone to zone.
    """
    key = f"insight.wall.{timezone.get_current_timezone_name()}"
    drawn: tuple[str, str] | None = cache.get(key)
    if drawn is not None and _is_fresh(datetime.fromisoformat(drawn[0]), now):
        return drawn[1]
    process = caches["process"]  # counts are objects, and the shared cache holds plain values alone
    wall: Wall | None = process.get(CACHE_KEY)
    if wall is None or not _is_fresh(wall.as_of, now):
        wall = counted(user, now)
        process.set(CACHE_KEY, wall, CACHED_SECONDS)
    html = draw(wall)
    cache.set(key, (wall.as_of.isoformat(), html), CACHED_SECONDS)
    return html


def _is_fresh(as_of: datetime, now: datetime) -> bool:
    return timedelta() <= now - as_of <= timedelta(seconds=CACHED_SECONDS)


def counted(user: User, now: datetime) -> Wall:
    """Count everything now.

    Six statements for any volume.
    """
    as_of = now.replace(microsecond=0)
    totals = calendar_totals(as_of)
    counts = _counts(totals, as_of)
    wanted = QueueFilters(severity=Severity.CRITICAL).wanted(user)
    keys, params = statement(wanted, totals=totals, as_of=as_of, size=MOST_CRITICAL)
    owed, late = board.owed_and_late(user, now)
    return Wall(
        as_of=as_of,
        **counts,
        critical=rows_of(keys, {**params, "me": user.pk}),
        owed=owed,
        late=late,
        applications=applications.near(now).order_by().count(),
        on_call=_on_call(as_of),
    )


def _counts(totals: Mapping[int, int], as_of: datetime) -> dict[str, Any]:
    """Every count of open cases, by the names of `Wall`. One statement."""
    start = as_of.astimezone(UTC).replace(minute=0, second=0)
    first = int(start.timestamp()) // HOUR
    ribbon = [Hour(start + timedelta(hours=step), {}) for step in range(RIBBON_HOURS)]
    counts: defaultdict[str, Counter[tuple[int, str]]] = defaultdict(Counter)
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, {**_reach(totals), "as_of": as_of, "start": start})
        for what, severity, bucket, hour, number in cursor.fetchall():
            if what == "due":
                ribbon[hour - first].counts[severity] = number
            else:
                counts[what][severity, bucket] += number or 0
    return {
        "open": dict(counts["assigned"] + counts["unassigned"]),
        "unassigned": counts["unassigned"].total(),
        "near": _near(counts["missed"], counts["left"]),
        "overdue": counts["overdue"].total(),
        "closing": counts["closing"].total(),
        "ribbon": ribbon,
    }


def _reach(totals: Mapping[int, int]) -> dict[str, Any]:
    """Until which due_offset each time_left_bucket of each calendar_key reaches."""
    reach = [
        (bucket, calendar_key, total + far)
        for calendar_key, total in totals.items()
        if calendar_key != NO_CLOCK
        for bucket, far in REACH.items()
    ]
    return {
        "words": [bucket for bucket, _, _ in reach],
        "calendar_keys": [calendar_key for _, calendar_key, _ in reach],
        "until": [until for _, _, until in reach],
        "severities": list(Severity.values),
    }


def _near(
    missed: Mapping[tuple[int, str], int], left: Mapping[tuple[int, str], int]
) -> dict[tuple[int, str], int]:
    """How many cases of each severity lie in each time_left_bucket.

    What is missed lies within the reach of both others.
    """
    near = {}
    for severity in Severity.values:
        within = [
            missed.get((severity, ""), 0),
            *(left.get((severity, bucket), 0) for bucket in REACH),
        ]
        for bucket, number, nearer in zip(("missed", *REACH), within, [0, *within], strict=False):
            near[severity, bucket] = number - nearer
    return near


def _on_call(at: datetime) -> list[OnCall]:
    rotas = []
    for rota in on_call.read(on_call.active_rows(None, every=True), at):
        person = rota.first(at)
        hours = on_call.hours_of(rota.row)
        is_gap = person is None and bool(on_call.gaps(rota, hours, at, at + timedelta(seconds=1)))
        rotas.append(OnCall(rota.row.name, person.name if person else "", is_gap))
    return rotas
