"""Aggregation: facts by day, and their sums by day and month. Idempotent.

Beat aggregates every few minutes (`run`): the days since the last run, and days that changed
afterwards. A day is always counted as a whole, so neither frequency, order nor crashes matter.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import connection
from django.utils import timezone

from core.tenancy import care_scope
from insight import facts
from insight.models import Dimension, DirtyDay, Grain, Watermark

# A transaction of this age may still be open, with an instant before the end of the run.
LAG = timedelta(minutes=10)
DAY = timedelta(days=1)
WINDOW_DAYS = 14
KEYS = {
    Dimension.ALL: "''",
    Dimension.ORGANISATION: "organisation_id::text",
    Dimension.SITE: "site_key::text",
    Dimension.REGION: "nullif(region, '')",
    Dimension.AREA: "nullif(area, '')",
    Dimension.TEAM: "team_key::text",
    Dimension.ANALYST: "analyst_key::text",
    Dimension.OFFERING: "nullif(offering, '')",
    Dimension.POLICY: "policy_key::text",
    Dimension.HOUR: "hour::text",
}
BY = ", ".join(f"('{dimension}', {key})" for dimension, key in KEYS.items())
FIRST = """
    SELECT least((SELECT min(at) FROM cases_caseevent), (SELECT min(at) FROM sla_clockfact),
                 (SELECT min(stopped_at) FROM sla_clock WHERE stopped_at IS NOT NULL))
"""
COLUMNS = ", ".join(facts.COLUMNS)
INSERT = f"INSERT INTO insight_fact ({COLUMNS}) {facts.FACTS}"
DAYS = "SELECT DISTINCT day FROM insight_fact WHERE at >= %s AND at < %s"
SUMS = f"""
    INSERT INTO insight_figure (dimension, key, grain, day, kind, what, severity, is_historical, n,
        total, spread)
    SELECT dimension, key, '{Grain.DAY}', day, kind, what, severity, is_historical, sum(n),
        coalesce(sum(total), 0),
        array_agg(ARRAY[bucket, n] ORDER BY bucket) FILTER (WHERE bucket IS NOT NULL)
    FROM (SELECT by.dimension, by.key, f.day, f.kind, f.what, f.severity, f.is_historical, f.bucket,
              count(*)::integer AS n, sum(f.seconds) AS total
          FROM (SELECT *, histogram_bucket(seconds) AS bucket FROM insight_fact
                WHERE day = ANY(%s)) AS f
          CROSS JOIN LATERAL (VALUES {BY}) AS by (dimension, key)
          WHERE by.key IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6, 7, 8) AS counted
    GROUP BY 1, 2, 4, 5, 6, 7, 8
"""  # noqa: S608
MONTHS = f"""
    INSERT INTO insight_figure (dimension, key, grain, day, kind, what, severity, is_historical, n,
        total, spread)
    SELECT dimension, key, '{Grain.MONTH}', date_trunc('month', day)::date AS month, kind, what,
        severity,
        is_historical, sum(n), sum(total), histogram_regroup(histogram_sum(spread))
    FROM insight_figure WHERE grain = '{Grain.DAY}' AND day >= %s AND day < %s
    GROUP BY 1, 2, 4, 5, 6, 7, 8
"""  # noqa: S608


@dataclass(frozen=True)
class CountedDays:
    """The result of a run: counted until when, the number of days, and the number of facts."""

    until: datetime
    days: int
    facts: int


def run(now: datetime) -> CountedDays | None:
    """Count what happened since the last run, and changed days. None if there is nothing to do, or
    another run is active.
    """
    done: CountedDays | None = None
    for step in _steps(now.replace(microsecond=0) - LAG):
        done = step
    return done


def rebuild(now: datetime) -> Iterator[CountedDays]:
    """Delete every figure and count everything again, a fortnight to a transaction.

    Pages show until when is counted.
    """
    with care_scope(), connection.cursor() as cursor:
        if not _hold():
            return
        for table in ("insight_figure", "insight_fact", "insight_dirtyday", "insight_watermark"):
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 (names of our own)
    yield from _steps(now.replace(microsecond=0) - LAG)


def _steps(until: datetime) -> Iterator[CountedDays]:
    """One window after another, each in a transaction of its own: changed days first, then new
    ones.
    """
    days = count = 0
    while True:
        with care_scope():
            if not _hold():
                return
            settled = Watermark.objects.first()
            window = _stale(settled) or _new(settled, until)
            if window is None:
                return
            start, end = window
            count += _count(start, end)
            days += (end - start).days + bool((end - start) % DAY)
            done = end if settled is None else max(end, settled.until)
            Watermark.objects.update_or_create(
                pk=1, defaults={"until": done, "counted_at": timezone.now()}
            )
        yield CountedDays(done, days, count)


def _hold() -> bool:
    """Take the lock until the transaction ends. False if another run has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('insight.daily'))")
        return bool(cursor.fetchone()[0])


def _stale(settled: Watermark | None) -> tuple[datetime, datetime] | None:
    """The first run of changed days, which is removed from the list."""
    if settled is None:
        # nothing is counted yet: the first run counts everything
        DirtyDay.objects.all().delete()
        return None
    days = list(
        DirtyDay.objects.order_by("day").values_list("day", flat=True).distinct()[:WINDOW_DAYS]
    )
    if not days:
        return None
    last = days[0]
    while last + DAY in days:
        last += DAY
    DirtyDay.objects.filter(day__gte=days[0], day__lte=last).delete()
    return midnight(days[0]), max(min(midnight(last + DAY), settled.until), midnight(days[0]))


def _new(settled: Watermark | None, until: datetime) -> tuple[datetime, datetime] | None:
    """From the day of the last run on, inclusive. The first time, from the first event."""
    if settled is not None:
        begun = settled.until
    else:
        with connection.cursor() as cursor:
            cursor.execute(FIRST)
            begun = cursor.fetchone()[0] or until
    if settled is not None and begun >= until:
        return None
    start = midnight(begun.astimezone(UTC).date())
    return start, min(until, start + WINDOW_DAYS * DAY)


def _count(start: datetime, end: datetime) -> int:
    """Replace the facts of a window, and the sums of every day and month that it touches."""
    with connection.cursor() as cursor:
        cursor.execute(DAYS, [start, end])
        touched = {day for (day,) in cursor.fetchall()}
        cursor.execute("DELETE FROM insight_fact WHERE at >= %s AND at < %s", [start, end])
        cursor.execute(INSERT, facts.params(start, end, facts.zones()))
        written = cursor.rowcount
        cursor.execute(DAYS, [start, end])
        touched |= {day for (day,) in cursor.fetchall()}
        if touched:
            days = sorted(touched)
            cursor.execute(
                "DELETE FROM insight_figure WHERE grain = 'day' AND day = ANY(%s)", [days]
            )
            cursor.execute(SUMS, [days])
            for month in sorted({day.replace(day=1) for day in days}):
                following = (month + 31 * DAY).replace(day=1)
                cursor.execute(
                    "DELETE FROM insight_figure WHERE grain = 'month' AND day = %s", [month]
                )
                cursor.execute(MONTHS, [month, following])
    return written


def midnight(day: date) -> datetime:
    """The begin of a UTC day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
