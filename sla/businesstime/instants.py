"""Conversion between aware datetimes, which the product uses, and epoch seconds, in which the
engine counts.
"""

from datetime import UTC, datetime

from .errors import NaiveInstant
from .hours import DAY

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_from_timestamp = datetime.fromtimestamp


def epoch_seconds(at: datetime) -> int:
    """The instant in whole seconds; a fraction of a second is dropped. Raises NaiveInstant."""
    try:
        since = at - _EPOCH
    except TypeError as error:
        raise NaiveInstant(f"{at!r} is no aware datetime: give it its time zone.") from error
    return since.days * DAY + since.seconds


def instant(seconds: int) -> datetime:
    """The aware UTC datetime of an epoch second."""
    return _from_timestamp(seconds, UTC)
