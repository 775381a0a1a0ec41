"""Corrective actions after their analysis was published: how far they have come, and reminders
(§12).
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from cases import events
from cases.actions.base import record_said, require_reason
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
STEP_OVER = timedelta(hours=1)  # how long an action that could not be handled is left alone


@transaction.atomic
def move_action(action: CorrectiveAction, *, by: User, state: str, words: str = "") -> CaseEvent:
    """Say how far a corrective action has come; the customer reads it.

    Dropping one needs a reason.
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
        raise Refused(f"It is «{after.label}» already: choose another state, or write what is new.")
    if after == ActionState.DROPPED:
        words = require_reason(words, "why it is dropped: the customer reads it")
    action.state, action.said, action.moved_at = after, words, current_time.now()
    if not action.is_standing:
        action.remind_at = None
    elif before not in (ActionState.OPEN, ActionState.IN_PROGRESS):
        action.remind_at = reminders.first(action)
    action.save(update_fields=["state", "said", "moved_at", "remind_at"])
    moved = events.ActionMoved(action=action.pk, what=action.what[:200], before=before, after=after)
    if words:
        return record_said(case, moved, by=by, text=words)
    return record(case, moved, by=by)


def remind(limit: int = 200) -> int:
    """Remind whoever owns a corrective action, ahead of its day and on it. Returns how many were
    due.

    Safe to run twice, at once or late: of reminders missed only the last is given. One that fails
    stops no other.
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
    Case.objects.locked(named)  # the case first, then what hangs on it
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
    if not action.is_standing:
        return
    case, day = action.analysis.case, f"{action.due_on:%-d %b %Y}"
    head = (
        "the corrective action promised for {day} is due"
        if is_last
        else "a corrective action is due on {day}"
    )
    notify_people(
        _whom(action),
        case,
        key=f"action:{action.pk}:{'due' if is_last else 'soon'}:{action.due_on}:{_moved(action)}",
        kind=NotificationKind.PROMISE,
        subject=f"{{code}}: {head}",
        day=day,
        text=f"{action.what}\n\nBy {action.who}. Say how far it is where actions are tracked.",
    )


def _moved(action: CorrectiveAction) -> str:
    """Tells the reminders of an action that was opened again from those before."""
    return f"{action.moved_at:%y%m%d%H%M%S}" if action.moved_at else ""


def _whom(action: CorrectiveAction) -> list[User]:
    """Its owner; where that is nobody of Care, or somebody who left, the author, or whoever answers
    for the case.
    """
    for person in (action.owner, action.analysis.author):
        if person is not None and person.is_active:
            return [person]
    return outgoing.care_for(action.analysis.case)
