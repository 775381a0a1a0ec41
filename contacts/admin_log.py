"""The only place that writes what Care's people changed about how Care works (§14)."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from django.db import models

from contacts.models import AdminEvent, User
from core import current_time

CREATED, CHANGED, REMOVED = "created", "changed", "removed"


def record_change(
    *,
    by: User,
    kind: str,
    key: Any,
    name: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    verb: str = "",
) -> AdminEvent | None:
    """Write down a change of something that Care administers, in the transaction that makes it.

    `before` and `after` are what is said of the thing, by field; only what differs is kept, and
    where nothing does nothing is written. Without a `verb` the two say it: nothing before is
    *created*, nothing after *removed*.
    """
    was, now = _plain(before or {}), _plain(after or {})
    verb = verb or (CREATED if before is None else REMOVED if after is None else CHANGED)
    if before is not None and after is not None:
        differs = [field for field in {**now, **was} if was.get(field) != now.get(field)]
        if not differs and verb == CHANGED:
            return None
        was, now = (
            {field: said[field] for field in differs if field in said} for said in (was, now)
        )
    return AdminEvent.objects.create(
        at=current_time.now(),
        by=by,
        kind=kind,
        key=str(key)[:80],
        name=name[:200],
        verb=verb,
        before=was,
        after=now,
    )


def said_of(thing: models.Model, *fields: str) -> dict[str, Any]:
    """Plain fields of a row, as `record_change` wants them; of a row that is pointed at, what it is
    called.
    """
    return {field: getattr(thing, field) for field in fields}


def _plain(said: Mapping[str, Any]) -> dict[str, Any]:
    return {field: _value(value) for field, value in said.items()}


def _value(value: Any) -> Any:
    if isinstance(value, str):  # choices too: what is kept is their value
        return str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _value(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset | models.QuerySet):
        return [_value(one) for one in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)
