"""Versions for pages that are open: what changed since they were made, at the cost of one look into
the cache.

A version is remembered for a minute and set again after each commit. Without it the database is
asked, so a lost cache delays nothing for longer than that. A contact's version counts the
contact-facing events only: nobody outside learns that there was an internal one.
"""

from functools import partial
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Max

from cases.choices import Facing
from cases.models import CaseEvent, Notification
from cases.notifications import in_app
from contacts.models import User
from core.tenancy import care_scope, scope_of_person, take

SECONDS = 60
QUEUE_KEY = "live:queue"


def _case_key(case_id: int, *, is_care: bool) -> str:
    return f"live:case:{case_id}:{'care' if is_care else 'contact'}"


def follow(*, event: CaseEvent, **kwargs: Any) -> None:
    """After the commit of an event, the case has a new version. Nobody has a page of a replayed
    history open.
    """
    if event.case.is_historical:
        return
    sides = [True, False] if event.facing == Facing.CONTACT else [True]
    keys = [_case_key(event.case_id, is_care=is_care) for is_care in sides]
    versions = dict.fromkeys(keys, event.seq) | {QUEUE_KEY: event.pk}
    transaction.on_commit(partial(cache.set_many, versions, SECONDS))


def follow_notifications(notices: list[Notification]) -> None:
    """After the commit of notifications, the bells of their recipients are counted again."""
    keys = [in_app.bell_key(user_id) for user_id in {notice.recipient_id for notice in notices}]
    transaction.on_commit(partial(cache.delete_many, keys))


def version_of_case(case_id: int, user: User) -> int:
    """The newest event of a case that this person may read."""
    key = _case_key(case_id, is_care=user.is_care)
    known: int | None = cache.get(key)
    if known is not None:
        return known
    events = CaseEvent.objects.filter(case_id=case_id)
    if not user.is_care:
        events = events.filter(organisation_id=user.organisation_id or 0, facing=Facing.CONTACT)
    with take(scope_of_person(user)):
        newest: int = events.aggregate(newest=Max("seq"))["newest"] or 0
    cache.add(key, newest, SECONDS)
    return newest


def bell_of(user: User) -> str:
    """The number of unread notifications, as the bell shows it."""
    key = in_app.bell_key(user.pk)
    known: str | None = cache.get(key)
    if known is not None:
        return known
    with take(scope_of_person(user)):
        count = in_app.unread(user)
    cache.add(key, count, SECONDS)
    return count


def version_of_queue() -> int:
    """The newest event of all cases, for lists of Care."""
    known: int | None = cache.get(QUEUE_KEY)
    if known is not None:
        return known
    with care_scope():
        newest: int = CaseEvent.objects.aggregate(newest=Max("id"))["newest"] or 0
    cache.add(QUEUE_KEY, newest, SECONDS)
    return newest
