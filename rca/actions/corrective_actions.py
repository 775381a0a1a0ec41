"""Corrective actions after publication: their status, and reminders (§12)."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from cases import events
from cases.actions.base import record_message, require_reason
from cases.event_log import record
from cases.models import Case, CaseEvent
from cases.notifications import outgoing
from cases.permissions import require_worker
from contacts.models import User
from contacts.notification_preferences import NotificationKind
from core import current_time
from core.errors import Refused
from core.tenancy import care_scope
from rca import reminders
from rca.actions.base import locked, notify_people
from rca.models import ActionState, CorrectiveAction

logger = logging.getLogger(__name__)
STEP_OVER = timedelta(hours=1)  # how long a failed action waits before the next attempt


@transaction.atomic
def move_action(action: CorrectiveAction, *, by: User, state: str, words: str = "") -> CaseEvent:
    """Set the status of a corrective action; the customer reads it.

    Dropping one requires a reason.
    """
    case, _analysis = locked(action.analysis)
    require_worker(by, case)
    action = (
        CorrectiveAction.objects.select_for_update(of=("self",))
        .select_related("owner")
        .get(pk=action.pk)
    )
    before, after, words = ActionState(action.state), ActionState(state), words.strip()
    if after == before and not words:
        raise Refused(f"It is “{after.label}” already: choose another state, or write what is new.")
    if after == ActionState.DROPPED:
        words = require_reason(words, "why it is dropped: the customer reads it")
    action.state, action.comment, action.moved_at = after, words, current_time.now()
    if not action.is_unfinished:
        action.remind_at = None
    elif before not in (ActionState.OPEN, ActionState.IN_PROGRESS):
        action.remind_at = reminders.first(action)
    action.save(update_fields=["state", "comment", "moved_at", "remind_at"])
    moved = events.ActionMoved(action=action.pk, what=action.what[:200], before=before, after=after)
    if words:
        return record_message(case, moved, by=by, text=words)
    return record(case, moved, by=by)


def remind(limit: int = 200) -> int:
    """Remind the owner of a corrective action, before its date and on it. Returns how many were
    due.

    Idempotent, and safe to run concurrently or late: of several missed reminders only the last is
    sent. A failure does not stop the others.
    """
    with care_scope():
        due = CorrectiveAction.objects.filter(remind_at__lte=timezone.now()).order_by(
            "remind_at", "id"
        )
        keys = list(due.values_list("pk", flat=True)[:limit])
    for key in keys:
        try:
            with care_scope(), transaction.atomic():
                _remind_of(key, timezone.now())
        except Exception:
            logger.exception("nobody could be reminded of corrective action %s", key)
            with care_scope():
                CorrectiveAction.objects.filter(pk=key).update(remind_at=timezone.now() + STEP_OVER)
    return len(keys)


def _remind_of(key: int, now: datetime) -> None:
    named = (
        CorrectiveAction.objects.filter(pk=key).values_list("analysis__case_id", flat=True).first()
    )
    if named is None:
        return
    Case.objects.locked(named)  # the case first, then the rows that depend on it
    held = CorrectiveAction.objects.select_for_update(skip_locked=True, of=("self",))
    action = (
        held.select_related(
            "owner", "analysis__author", "analysis__case__organisation", "analysis__case__assignee"
        )
        .filter(pk=key, remind_at__lte=now)
        .first()
    )
    if action is None:
        return
    is_last = reminders.after(action, now) is None
    action.remind_at = reminders.after(action, now)
    action.save(update_fields=["remind_at"])
    if not action.is_unfinished:
        return
    case, day = action.analysis.case, f"{action.due_on:%-d %b %Y}"
    head = (
        "the corrective action promised for {day} is due"
        if is_last
        else "a corrective action is due on {day}"
    )
    notify_people(
        _recipients(action),
        case,
        key=f"action:{action.pk}:{'due' if is_last else 'soon'}:{action.due_on}:{_moved(action)}",
        kind=NotificationKind.PROMISE,
        subject=f"{{code}}: {head}",
        day=day,
        text=f"{action.what}\n\nBy {action.who}. Say how far it is where actions are tracked.",
    )


def _moved(action: CorrectiveAction) -> str:
    """A key that distinguishes the reminders of a reopened action from earlier ones."""
    return f"{action.moved_at:%y%m%d%H%M%S}" if action.moved_at else ""


def _recipients(action: CorrectiveAction) -> list[User]:
    """Its owner; without an active owner in Care, the author or the people responsible for the
    case.
    """
    for person in (action.owner, action.analysis.author):
        if person is not None and person.is_active:
            return [person]
    return outgoing.care_for(action.analysis.case)
