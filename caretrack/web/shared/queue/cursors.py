"""Cursors: where a page of the queue begins, as the URL carries it."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from sla.queue import QueuePosition

OLDEST = timedelta(days=2)


class BadCursor(ValueError):
    """The cursor is not from this queue."""


@dataclass(frozen=True)
class Cursor:
    """A row at the edge of a page, and the instant as of which all pages are computed."""

    as_of: datetime
    place: QueuePosition

    def __str__(self) -> str:
        severity, left, priority, opened_at, number = self.place
        values = [
            int(self.as_of.timestamp()),
            severity,
            left,
            priority,
            int(opened_at.timestamp() * 1_000_000),
            number,
        ]
        return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")

    @classmethod
    def from_text(cls, text: str, now: datetime) -> Self:
        """Parse a cursor.

        Raises BadCursor for a cursor that this queue did not write, or wrote days ago.
        """
        try:
            values = json.loads(
                base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            )
            if not (
                isinstance(values, list)
                and len(values) == 6
                and all(type(value) is int for value in values)
            ):
                raise BadCursor("not a place in the queue")
            if any(abs(value) > 2**62 for value in values):
                raise BadCursor("not a place in the queue")
            as_of = datetime.fromtimestamp(values[0], UTC)
            opened_at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=values[4])
        except (ValueError, OverflowError, OSError, RecursionError, binascii.Error) as error:
            raise BadCursor("not a place in the queue") from error
        if not now - OLDEST <= as_of <= now + timedelta(minutes=5) or not (
            1 <= values[1] <= 4 and 1 <= values[3] <= 9
        ):
            raise BadCursor("not a place in the queue of today")
        return cls(as_of, QueuePosition(values[1], values[2], values[3], opened_at, values[5]))
