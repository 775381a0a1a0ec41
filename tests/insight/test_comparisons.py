"""A period that has begun is compared with the same stretch of the period before."""

from datetime import date

import pytest

from insight import periods


@pytest.mark.parametrize(
    ("name", "today", "first", "last"),
    [
        ("this-week", date(2026, 12, 31), date(2026, 12, 21), date(2026, 12, 24)),
        ("this-week", date(2026, 12, 28), date(2026, 12, 21), date(2026, 12, 21)),
        ("this-week", date(2027, 1, 3), date(2026, 12, 21), date(2026, 12, 27)),
        ("this-month", date(2026, 12, 10), date(2026, 11, 1), date(2026, 11, 10)),
        ("this-month", date(2026, 3, 30), date(2026, 2, 1), date(2026, 2, 28)),
        ("this-month", date(2026, 2, 28), date(2026, 1, 1), date(2026, 1, 28)),
        ("this-quarter", date(2026, 1, 1), date(2025, 10, 1), date(2025, 10, 1)),
        ("this-quarter", date(2026, 5, 31), date(2026, 1, 1), date(2026, 2, 28)),
        ("week", date(2026, 12, 31), date(2026, 12, 14), date(2026, 12, 20)),
        ("month", date(2026, 12, 31), date(2026, 10, 1), date(2026, 10, 31)),
        ("quarter", date(2026, 12, 31), date(2026, 4, 1), date(2026, 6, 30)),
    ],
)
def test_the_period_before(name, today, first, last):
    before = periods.named(name, today).before
    assert (before.first, before.last) == (first, last)
