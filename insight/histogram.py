"""Medians that can be added up: durations as a histogram in one large number.

A duration falls into a bucket of 2 % width. The histogram is the number Σ count × 10^(8 × bucket):
eight digits for each bucket. Adding two numbers adds two histograms, and PostgreSQL's own `sum`
does it. A duration is read back as the middle of its bucket, within 1 % of the true value.
"""

import math
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction

BASE = 1.02
DIGITS = 8
BUCKET_SIZE = 10**DIGITS
# SQL for the bucket of a column of seconds, and for one case in it. A power of ten is cheaper as
# text than computed.
BUCKET = (
    "ceil(ln((CASE WHEN seconds < 1 THEN 1 ELSE seconds END)::float8) / "
    f"ln({BASE}::float8))::integer"
)
POWER = f"('1e' || {DIGITS} * bucket)::numeric"


def bucket_of(seconds: int) -> int:
    """The bucket of a duration; 0 is a second or less. The same as `BUCKET` in SQL."""
    return math.ceil(math.log(max(seconds, 1)) / math.log(BASE))


def number_of(seconds: int) -> int:
    """The histogram of one duration, as the database stores it."""
    return BUCKET_SIZE ** bucket_of(seconds)


def buckets_of(seconds: int) -> Counter[int]:
    """The histogram of one duration as counts by bucket."""
    return Counter({bucket_of(seconds): 1})


def read(digits: str | None) -> Counter[int]:
    """A histogram from the database's digits.

    The digits are sliced and never parsed as one number: a number of thousands of digits is slow,
    and most are trailing zeros.
    """
    if not digits:
        return Counter()
    lowest = (len(digits) - len(digits.rstrip("0"))) // DIGITS
    significant = digits[: len(digits) - lowest * DIGITS]
    ends = range(len(significant), 0, -DIGITS)
    counts = (
        (lowest + index, int(significant[max(end - DIGITS, 0) : end]))
        for index, end in enumerate(ends)
    )
    return Counter({bucket: count for bucket, count in counts if count})


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
    return max(round(BASE**bucket / (1 + (BASE - 1) / 2)), 1) if bucket else 1


MEDIAN, NINE_TENTHS = Fraction(1, 2), Fraction(9, 10)
