"""Follow-up reminders of one's own: set, changed and deleted by the person who set them.

A reminder is private, so it records no event and changes nothing of the case.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from cases.actions.context import ActionContext, Refusal, require
from cases.models import Case, Reminder, ReminderState
from contacts.models import User
from core.errors import Refused
from core.plain_text import one_line

MOST_OPEN = 100  # of a person
MOST_DAYS = 366  # ahead
LONGEST_NOTE = 200


def refusal_to_set_reminder(context: ActionContext) -> Refusal | None:
    if refusal := context.not_care() or context.closed():
        return refusal
    return Refused("CareTrack needs no reminder.") if context.by.is_system else None


@transaction.atomic
def set_reminder(case: Case, *, by: User, due_at: datetime, note: str = "") -> Reminder:
    """Set a reminder of one's own.

    Raises Refused for a time that is past or over a year ahead, or beside a hundred open ones.
    """
    require(refusal_to_set_reminder(ActionContext(case, by)))
    now = timezone.now()
    _require_time(due_at, now)
    User.objects.select_for_update(of=("self",)).get(pk=by.pk)  # the limit holds for two at once
    if Reminder.objects.filter(by=by, state=ReminderState.OPEN).count() >= MOST_OPEN:
        raise Refused(
            f"You have {MOST_OPEN} open reminders, and that is the most: please delete one."
        )
    return Reminder.objects.create(
        organisation_id=case.organisation_id,
        case=case,
        by=by,
        due_at=due_at,
        note=_cleaned(note),
        created_at=now,
    )


@transaction.atomic
def change_reminder(key: int, *, by: User, due_at: datetime, note: str = "") -> Reminder:
    """Change an open reminder of one's own."""
    reminder = _own(key, by)
    _require_time(due_at, timezone.now())
    reminder.due_at, reminder.note = due_at, _cleaned(note)
    reminder.save(update_fields=["due_at", "note"])
    return reminder


@transaction.atomic
def remove_reminder(key: int, *, by: User) -> None:
    """Delete an open reminder of one's own. Idempotent."""
    Reminder.objects.filter(pk=key, by=by, state=ReminderState.OPEN).delete()


def _own(key: int, by: User) -> Reminder:
    rows = Reminder.objects.select_for_update(of=("self",)).select_related("case")
    reminder: Reminder | None = rows.filter(pk=key, by=by).first()
    if reminder is None:
        raise Refused("There is no such reminder.")
    if reminder.state != ReminderState.OPEN:
        raise Refused("It is too late: the reminder is over.")
    return reminder


def _require_time(due_at: datetime, now: datetime) -> None:
    if due_at <= now:
        raise Refused("A reminder is for a time to come.")
    if due_at > now + timedelta(days=MOST_DAYS):
        raise Refused("A reminder is at most a year ahead.")


def _cleaned(note: str) -> str:
    note = one_line(note).strip()
    if len(note) > LONGEST_NOTE:
        raise Refused(f"A reminder has at most {LONGEST_NOTE} characters.")
    return note
