"""Reminders at their time: each becomes one notification of the person who set it.

The sweep reads the due ones by their index, so it costs what is due. A reminder of a closed case,
or of a person who may no longer read it, is not sent, and its row says why.
"""

import logging
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cases.models import Case, Notification, Reminder, ReminderState
from cases.notifications import outgoing
from contacts.notification_preferences import NotificationKind
from core.tenancy import care_scope

logger = logging.getLogger(__name__)
DAYS = 30  # a reminder that is over is listed so long


def send_due(now: datetime | None = None, limit: int = 100) -> int:
    """Send the reminders that are due, each in a transaction of its own. Returns their number.

    Safe to run twice or concurrently: a row is locked while it is sent, and others skip it.
    """
    now = now or timezone.now()
    with care_scope():
        due = Reminder.objects.filter(state=ReminderState.OPEN, due_at__lte=now)
        keys = list(due.order_by("due_at", "id").values_list("pk", flat=True)[:limit])
    for key in keys:
        try:
            with care_scope(), transaction.atomic():
                _send(key, now)
        except Exception:  # not tried for ever, and no other waits for it
            logger.exception("reminder %s could not be sent", key)
            with care_scope():
                _cancel(key, "An error occurred.")
    return len(keys)


def _send(key: int, now: datetime) -> None:
    rows = Reminder.objects.select_for_update(skip_locked=True, of=("self",))
    reminder = (
        rows.filter(pk=key, state=ReminderState.OPEN, due_at__lte=now)
        .select_related("by", "case__organisation", "case__contact")
        .first()
    )
    if reminder is None:
        return
    if why_not := _why_not(reminder):
        _cancel(key, why_not)
        return
    keys = outgoing.put([_notification(reminder, now)])
    reminder.state = ReminderState.SENT
    reminder.save(update_fields=["state"])
    transaction.on_commit(partial(outgoing.send_soon, keys))


def _why_not(reminder: Reminder) -> str:
    if not Case.objects.visible_to(reminder.by).filter(pk=reminder.case_id).exists():
        return "You could no longer read the case."
    return "" if reminder.case.is_open else "The case was closed."


def _cancel(key: int, why_not: str) -> None:
    Reminder.objects.filter(pk=key, state=ReminderState.OPEN).update(
        state=ReminderState.CANCELLED, why_not=why_not
    )


def _notification(reminder: Reminder, now: datetime) -> Notification:
    case = reminder.case
    with translation.override(reminder.by.language):
        subject = (
            _("Your reminder: {note}").format(note=reminder.note)
            if reminder.note
            else _("Your reminder about {code}").format(code=case.code)
        )
    return outgoing.compose(
        case,
        reminder.by,
        key=f"reminder:{reminder.pk}",
        subject=subject,
        now=now,
        kind=NotificationKind.REMINDER,
    )


def sweep(limit: int = 10_000) -> int:
    """Delete reminders that were over long ago. Needs Care's scope."""
    before = timezone.now() - timedelta(days=DAYS)
    old = Reminder.objects.filter(due_at__lt=before).exclude(state=ReminderState.OPEN)
    keys = list(old.values_list("pk", flat=True)[:limit])
    return Reminder.objects.filter(pk__in=keys).delete()[0]
