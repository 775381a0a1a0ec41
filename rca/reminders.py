"""When the owner of a corrective action is reminded: before its date, and on it."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rca.models import CorrectiveAction

AHEAD = timedelta(days=3)
HOUR = time(8)  # in the owner's time zone


def first(action: CorrectiveAction) -> datetime:
    """The reminder before the date. It may be in the past, and is then due immediately."""
    return _morning(action, AHEAD)


def after(action: CorrectiveAction, now: datetime) -> datetime | None:
    """The next reminder after one was sent at `now`: on the date itself, and none afterwards."""
    on_the_day = _morning(action, timedelta())
    return on_the_day if now < on_the_day else None


def _morning(action: CorrectiveAction, before: timedelta) -> datetime:
    zone = ZoneInfo(action.owner.zone) if action.owner is not None else UTC
    return datetime.combine(action.due_on - before, HOUR, tzinfo=zone).astimezone(UTC)
