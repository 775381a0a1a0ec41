"""The only place that records what Care's people change about how Care works (§14)."""

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
    """Record a change of something that Care administers, in the transaction that makes it.

    `before` and `after` are its fields. Only the differences are stored, and without a difference
    no row is. Without a `verb`, a missing `before` means *created* and a missing `after` means
    *removed*.
    """
    was, now = _plain(before or {}), _plain(after or {})
    verb = verb or (CREATED if before is None else REMOVED if after is None else CHANGED)
    if before is not None and after is not None:
        differs = [field for field in {**now, **was} if was.get(field) != now.get(field)]
        if not differs and verb == CHANGED:
            return None
        was, now = (
            {field: side[field] for field in differs if field in side} for side in (was, now)
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


def field_values(thing: models.Model, *fields: str) -> dict[str, Any]:
    """Fields of a row by name, as `record_change` takes them; a related row is stored as its
    text.
    """
    return {field: getattr(thing, field) for field in fields}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {field: _value(value) for field, value in values.items()}


def _value(value: Any) -> Any:
    if isinstance(value, str):  # choices too: their value is stored
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
