"""Checks that figures agree with clocks and events: every fact is derived again, and every sum is
added up again.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.db import connection

from insight import facts, open_counts
from insight.aggregation import BY, COLUMNS, FIRST, midnight
from insight.models import DirtyDay, Watermark
from insight.periods import months_before

DIFFER = f"""
    WITH derived ({COLUMNS}) AS ({facts.FACTS}),
        stored AS (SELECT {COLUMNS} FROM insight_fact WHERE at >= %(start)s AND at < %(end)s),
        missing AS (SELECT * FROM derived EXCEPT ALL SELECT * FROM stored),
        extra AS (SELECT * FROM stored EXCEPT ALL SELECT * FROM derived)
    SELECT 'missing', day, what, kind, case_key FROM missing UNION ALL
    SELECT 'of nothing', day, what, kind, case_key FROM extra ORDER BY 2, 3, 4, 5
"""  # noqa: S608 (our own constants)
SUMS = f"""
    WITH counted AS (
        SELECT b.dimension, b.key, f.day, f.kind, f.what, f.severity, f.is_historical,
            count(*) AS n,
            coalesce(sum(f.seconds), 0) AS total
        FROM insight_fact f CROSS JOIN LATERAL (VALUES {BY}) AS b (dimension, key)
        WHERE b.key IS NOT NULL AND f.day >= %(first)s AND f.day < %(end)s GROUP BY 1, 2, 3, 4, 5,
            6, 7),
    asked AS (
        SELECT dimension, key, day AS day, 'day' AS grain, kind, what, severity, is_historical, n,
            total FROM counted
        UNION ALL
        SELECT dimension, key, date_trunc('month', day)::date, 'month', kind, what, severity,
            is_historical,
            sum(n), sum(total) FROM counted GROUP BY 1, 2, 3, 5, 6, 7, 8),
    stored AS (
        SELECT dimension, key, day, grain, kind, what, severity, is_historical, n, total
            FROM insight_figure
        WHERE day >= %(first)s AND day < %(end)s)
    SELECT grain, day, dimension, key, what, kind, min(n), max(n) FROM (
        (SELECT * FROM asked EXCEPT SELECT * FROM stored) UNION ALL (SELECT *
            FROM stored EXCEPT SELECT * FROM asked)
    ) AS differ GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 2, 1, 3, 4 LIMIT 100
"""  # noqa: S608


def figures_that_differ() -> Iterator[str]:
    """Each missing or unfounded fact, each sum that differs from its facts, and each wrong counter.

    Days that are due for aggregation (`DirtyDay`) are left out. Needs Care's scope.
    """
    yield from open_counts.wrong_counts()
    settled = Watermark.objects.first()
    if settled is None:
        return
    stale = set(DirtyDay.objects.values_list("day", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(FIRST)
        first = (cursor.fetchone()[0] or settled.until).date()
        known = facts.zones()
        month = first.replace(day=1)
        while month <= settled.until.date():
            following = months_before(month, -1)
            end = min(midnight(following), settled.until)
            cursor.execute(DIFFER, facts.params(midnight(month), end, known))
            for how, day, what, kind, case in cursor.fetchall():
                if not {day + timedelta(days=step) for step in (-1, 0, 1)} & stale:
                    yield f"{day}: a fact is {how}: {what} {kind} of case {case}."
            cursor.execute(SUMS, {"first": month, "end": following})
            for grain, day, dimension, key, what, kind, least, most in cursor.fetchall():
                yield (
                    f"{day}: the {grain}'s sum of {what} {kind} by {dimension} {key} is "
                    f"off: {least} and {most}."
                )
            month = following
