"""SQL functions that the ORM does not know: histograms, and the place of a value among edges."""

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.fields import ArrayField
from django.db.models import Aggregate, Field, Func, IntegerField, Q, Value

PAIR = ArrayField(IntegerField(), size=2)
PAIRS = ArrayField(PAIR)


class HistogramSum(Aggregate):
    """The pairs of stored histograms, one after the other: `insight/sql/histogram_sum.sql`."""

    function = "histogram_sum"
    output_field = PAIRS


class DurationsOfFacts(ArrayAgg):
    """A pair for each fact with a duration: its seconds, and 1."""

    def __init__(self) -> None:
        pair = Func(
            "seconds",
            template="ARRAY[(%(expressions)s)::integer, 1]",
            output_field=PAIR,
        )
        super().__init__(pair, filter=Q(seconds__isnull=False))


class NoHistogram(Value):
    """In place of a histogram that nobody reads."""

    def __init__(self) -> None:
        super().__init__(None, output_field=PAIRS)


class WidthBucket(Func):
    """The number of edges that a value has reached: 0 before the first. The edges are in order."""

    function = "width_bucket"
    output_field = IntegerField()

    def __init__(self, value: Any, edges: Iterable[Any], edge_field: Field) -> None:
        super().__init__(value, Value(list(edges), output_field=ArrayField(edge_field)))


class SumOfGroups(Func):
    """The sum of an aggregate over several groups, for use in a `Window`."""

    function = "SUM"
    window_compatible = True
    output_field = IntegerField()
