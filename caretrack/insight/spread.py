"""Medians that can be added up: how long things took, kept as a histogram that is one large number.

A duration falls into a bucket of 2 % width. A histogram is the number Σ count × 10^(8 × bucket): eight digits for each
bucket, so that adding two numbers adds two histograms, and PostgreSQL's own `sum` does it. What is read back is the
middle of a bucket, hence within 1 % of the true value.
"""

import math
from decimal import Decimal
from fractions import Fraction

BASE = 1.02
DIGITS = 8
LANE = 10**DIGITS
# SQL for the bucket of a column of seconds, and for one case in it. A power of ten is cheaper read than reckoned.
BUCKET = f"ceil(ln((CASE WHEN seconds < 1 THEN 1 ELSE seconds END)::float8) / ln({BASE}::float8))::integer"
POWER = f"('1e' || {DIGITS} * bucket)::numeric"


def bucket_of(seconds: int) -> int:
    """The bucket of a duration; 0 is a second or less. The same as `BUCKET` says in SQL."""
    return math.ceil(math.log(max(seconds, 1)) / math.log(BASE))


def of(seconds: int) -> int:
    """The histogram of one duration."""
    return LANE ** bucket_of(seconds)


def buckets(spread: Decimal | int | None) -> list[tuple[int, int]]:
    """Each bucket that holds something, with how much, shortest first."""
    rest, bucket, found = int(spread or 0), 0, []
    while rest:
        rest, count = divmod(rest, LANE)
        if count:
            found.append((bucket, count))
        bucket += 1
    return found


def percentile(spread: Decimal | int | None, share: Fraction) -> int | None:
    """The duration in seconds that `share` of all did not exceed, within 1 %; None of nothing."""
    counted = buckets(spread)
    wanted = math.ceil(share * sum(count for _, count in counted))
    seen = 0
    for bucket, count in counted:
        seen += count
        if seen >= max(wanted, 1):
            return seconds_of(bucket)
    return None


def seconds_of(bucket: int) -> int:
    """The middle of a bucket, in seconds."""
    return max(round(BASE**bucket / (1 + (BASE - 1) / 2)), 1) if bucket else 1


MEDIAN, NINE_TENTHS = Fraction(1, 2), Fraction(9, 10)
