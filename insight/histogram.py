"""Medians that can be added up: durations as a histogram.

A duration falls into a bucket of 2 % width. The database stores a histogram as pairs of a bucket
and a count; its aggregate `histogram_sum` puts the pairs of several histograms together. A duration
is read back as the middle of its bucket, within 1 % of the true value.

Figures over all customers use it. Figures of one customer are read from its facts, so they are
exact.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction

WIDTH = 1.02
MEDIAN, NINE_TENTHS = Fraction(1, 2), Fraction(9, 10)
Pairs = Sequence[tuple[int, int]]


def bucket_of(seconds: int) -> int:
    """The bucket of a duration; 0 is a second or less. The same as `histogram_bucket` in SQL."""
    return math.ceil(math.log(max(seconds, 1)) / math.log(WIDTH))


def read(added: Pairs | None, removed: Pairs | None = None) -> Counter[int]:
    """Counts by bucket from the database's pairs. A bucket may occur in several pairs."""
    counts: Counter[int] = Counter()
    for bucket, count in added or ():
        counts[bucket] += count
    for bucket, count in removed or ():
        counts[bucket] -= count
    return +counts if removed else counts


def durations_of(buckets: Mapping[int, int]) -> Counter[int]:
    """Counts by seconds: each bucket under its middle."""
    durations: Counter[int] = Counter()
    for bucket, count in buckets.items():
        durations[seconds_of(bucket)] += count
    return durations


def percentile(durations: Mapping[int, int], share: Fraction) -> int | None:
    """The shortest duration that at least `share` of all did not exceed. None if there are none.

    It is always a duration that occurred: the median of an even number is the lower one of the two
    in the middle. `durations` are counts by seconds, so the result is as exact as they are.
    """
    wanted, seen = max(math.ceil(share * sum(durations.values())), 1), 0
    for seconds in sorted(durations):
        seen += durations[seconds]
        if seen >= wanted:
            return seconds
    return None


def seconds_of(bucket: int) -> int:
    """The middle of a bucket, in seconds."""
    return max(round(WIDTH**bucket / (1 + (WIDTH - 1) / 2)), 1) if bucket else 1
