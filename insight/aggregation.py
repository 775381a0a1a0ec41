"""Aggregation: facts by day, and their sums by day and month. Idempotent.

Beat aggregates every few minutes (`run`): the days since the last run, and days that changed
afterwards. A day is always counted as a whole, so neither frequency, order nor crashes matter.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import connection
from django.db.models import Min
from django.utils import timezone

from cases.models import CaseEvent
from core.tenancy import care_scope
from insight import facts
from insight.dimensions import NO_VALUE
from insight.models import DirtyDay, Fact, Figure, Grain, Watermark
from insight.periods import months_before
from sla.models import Clock, ClockFact

# A transaction of this age may still be open, with an instant before the end of the run.
LAG = timedelta(minutes=10)
DAY = timedelta(days=1)
WINDOW_DAYS = 14
COLUMNS = ", ".join(facts.COLUMNS)
INSERT_FACTS = f"INSERT INTO insight_fact ({COLUMNS}) {facts.FACTS}"
# The values of the dimensions are those of `insight.dimensions.fact_key`.
INSERT_DAYS = f"""
    INSERT INTO insight_figure
        (dimension, key, grain, day, kind, what, severity, is_historical, n, total, spread)
    SELECT dimension, key, 'day', day, kind, what, severity, is_historical, sum(n),
        coalesce(sum(total), 0),
        array_agg(ARRAY[bucket, n] ORDER BY bucket) FILTER (WHERE bucket IS NOT NULL)
    FROM (
        SELECT by.dimension, by.key, f.day, f.kind, f.what, f.severity, f.is_historical,
            histogram_bucket(f.seconds) AS bucket, count(*)::integer AS n, sum(f.seconds) AS total
        FROM insight_fact f
            CROSS JOIN LATERAL (VALUES
                ('all', ''),
                ('organisation', f.organisation_id::text),
                ('site', coalesce(f.site_key::text, '{NO_VALUE}')),
                ('region', coalesce(nullif(f.region, ''), '{NO_VALUE}')),
                ('area', coalesce(nullif(f.area, ''), '{NO_VALUE}')),
                ('team', coalesce(f.team_key::text, '{NO_VALUE}')),
                ('analyst', coalesce(f.analyst_key::text, '{NO_VALUE}')),
                ('offering', coalesce(nullif(f.offering, ''), '{NO_VALUE}')),
                ('policy', coalesce(f.policy_key::text, '{NO_VALUE}')),
                ('hour', f.hour::text)
            ) AS by (dimension, key)
        WHERE f.day = ANY(%(days)s) AND by.key IS NOT NULL
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
    ) AS counted
    GROUP BY 1, 2, 4, 5, 6, 7, 8
"""  # noqa: S608 (our own constants)
INSERT_MONTH = """
    INSERT INTO insight_figure
        (dimension, key, grain, day, kind, what, severity, is_historical, n, total, spread)
    SELECT dimension, key, 'month', %(month)s, kind, what, severity, is_historical, sum(n),
        sum(total), histogram_regroup(histogram_sum(spread))
    FROM insight_figure
    WHERE grain = 'day' AND day >= %(month)s AND day < %(following)s
    GROUP BY 1, 2, 5, 6, 7, 8
"""


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
    with care_scope():
        if not _hold():
            return
        for model in (Figure, Fact, DirtyDay, Watermark):
            model._default_manager.all().delete()
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
    begun = settled.until if settled is not None else first_instant() or until
    if settled is not None and begun >= until:
        return None
    start = midnight(begun.astimezone(UTC).date())
    return start, min(until, start + WINDOW_DAYS * DAY)


def first_instant() -> datetime | None:
    """The instant of the first event, breach or stopped clock. Three statements."""
    firsts = (
        CaseEvent.objects.aggregate(at=Min("at"))["at"],
        ClockFact.objects.aggregate(at=Min("at"))["at"],
        Clock.objects.aggregate(at=Min("stopped_at"))["at"],
    )
    return min((at for at in firsts if at is not None), default=None)


def _count(start: datetime, end: datetime) -> int:
    """Replace the facts of a window, and the sums of every day and month that it touches."""
    window = Fact.objects.filter(at__gte=start, at__lt=end)
    days = window.order_by().values_list("day", flat=True).distinct()
    touched = set(days)
    window.delete()
    with connection.cursor() as cursor:
        cursor.execute(INSERT_FACTS, facts.params(start, end, facts.zones()))
        written = cursor.rowcount
        touched |= set(days.all())
        Figure.objects.filter(grain=Grain.DAY, day__in=touched).delete()
        cursor.execute(INSERT_DAYS, {"days": sorted(touched)})
        months = {day.replace(day=1) for day in touched}
        Figure.objects.filter(grain=Grain.MONTH, day__in=months).delete()
        for month in sorted(months):
            cursor.execute(INSERT_MONTH, {"month": month, "following": months_before(month, -1)})
    return written


def midnight(day: date) -> datetime:
    """The begin of a UTC day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
