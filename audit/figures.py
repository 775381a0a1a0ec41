"""Checks that figures agree with clocks and events: every fact is derived again, and every sum is
added up again.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, DateField, F, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from cases import known_tags
from insight import aggregation, facts, open_counts
from insight.aggregation import COLUMNS, midnight
from insight.dimensions import fact_key
from insight.models import Dimension, DirtyDay, Fact, Figure, Grain, Watermark
from insight.periods import months_before

DIFFER = f"""
    WITH derived ({COLUMNS}) AS ({facts.FACTS}),
        stored AS (SELECT {COLUMNS} FROM insight_fact WHERE at >= %(start)s AND at < %(end)s),
        missing AS (SELECT * FROM derived EXCEPT ALL SELECT * FROM stored),
        extra AS (SELECT * FROM stored EXCEPT ALL SELECT * FROM derived)
    SELECT 'missing', day, what, kind, case_key FROM missing UNION ALL
    SELECT 'of nothing', day, what, kind, case_key FROM extra ORDER BY 2, 3, 4, 5
"""  # noqa: S608 (words of our own)
GROUP = ("what", "kind", "severity", "is_historical")
MOST_FINDINGS = 100  # of the sums of a month


def figures_that_differ() -> Iterator[str]:
    """Each missing or unfounded fact, each sum that differs from its facts, and each wrong counter.

    Days that are due for aggregation (`DirtyDay`) are left out. Needs Care's scope.
    """
    yield from open_counts.wrong_counts()
    yield from known_tags.wrong_counts()
    settled = Watermark.objects.first()
    if settled is None:
        return
    stale = set(DirtyDay.objects.values_list("day", flat=True))
    with connection.cursor() as cursor:
        first = (aggregation.first_instant() or settled.until).date()
        known = facts.zones()
        month = first.replace(day=1)
        while month <= settled.until.date():
            following = months_before(month, -1)
            end = min(midnight(following), settled.until)
            cursor.execute(DIFFER, facts.params(midnight(month), end, known))
            for how, day, what, kind, case in cursor.fetchall():
                if not {day + timedelta(days=step) for step in (-1, 0, 1)} & stale:
                    yield f"{day}: a fact is {how}: {what} {kind} of case {case}."
            yield from _wrong_sums(month, following)
            month = following


def _wrong_sums(month: date, following: date) -> Iterator[str]:
    """The sums of a month and of its days that differ from the facts, one sentence each."""
    numbers: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for dimension in Dimension:
        for grain in Grain:
            derived = _derived(dimension, grain, month, following)
            stored = Figure.objects.filter(
                dimension=dimension, grain=grain, day__gte=month, day__lt=following
            ).values_list("day", *GROUP, "key", "n", "total")
            for rows in (derived.difference(stored), stored.difference(derived)):
                for day, what, kind, _severity, _history, key, n, _total in rows:
                    numbers[day, str(grain), str(dimension), key, what, kind].append(n)
    for (day, grain_name, name, key, what, kind), n in sorted(numbers.items())[:MOST_FINDINGS]:
        yield (
            f"{day}: the {grain_name}'s sum of {what} {kind} by {name} {key} is "
            f"off: {min(n)} and {max(n)}."
        )


def _derived(dimension: Dimension, grain: Grain, month: date, following: date) -> QuerySet[Any]:
    """The sums of a dimension from the facts: tuples as the stored ones."""
    day = F("day") if grain == Grain.DAY else Value(month, output_field=DateField())
    return (
        Fact.objects.filter(day__gte=month, day__lt=following)
        .annotate(of_key=fact_key(dimension))
        .filter(of_key__isnull=False)
        .values_list(day, *GROUP, "of_key")
        .annotate(n=Count("pk"), total=Coalesce(Sum("seconds"), 0))
    )
