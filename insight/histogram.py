"""Medians that can be added up: durations as a histogram.

A duration falls into a bucket of 2 % width. The database stores a histogram as pairs of a bucket
and a count; its aggregate `histogram_sum` puts the pairs of several histograms together. A duration
is read back as the middle of its bucket, within 1 % of the true value.
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


def buckets_of(seconds: int) -> Counter[int]:
    """The histogram of one duration as counts by bucket."""
    return Counter({bucket_of(seconds): 1})


def read(added: Pairs | None, removed: Pairs | None = None) -> Counter[int]:
    """Counts by bucket from the database's pairs. A bucket may occur in several pairs."""
    counts: Counter[int] = Counter()
    for bucket, count in added or ():
        counts[bucket] += count
    for bucket, count in removed or ():
        counts[bucket] -= count
    return +counts if removed else counts


def percentile(spread: Mapping[int, int], share: Fraction) -> int | None:
    """The duration in seconds that `share` of all did not exceed, within 1 %. None if empty."""
    wanted, seen = math.ceil(share * sum(spread.values())), 0
    for bucket in sorted(spread):
        seen += spread[bucket]
        if seen >= max(wanted, 1):
            return seconds_of(bucket)
    return None


def seconds_of(bucket: int) -> int:
    """The middle of a bucket, in seconds."""
    return max(round(WIDTH**bucket / (1 + (WIDTH - 1) / 2)), 1) if bucket else 1
