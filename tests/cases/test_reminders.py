"""A reminder of one's own: private, once, at its time, and never sent in vain."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone
from django_fsm import TransitionNotAllowed

from audit import evidence_pack
from cases import actions, reminders
from cases.actions.reminding import MOST_OPEN
from cases.models import CaseEvent, Notification, Reminder, ReminderState
from cases.notifications import outgoing, undelivered
from contacts.models import User
from contacts.notification_preferences import NotificationKind
from core.errors import Refused
from tests import cast
from tests.cast import utc

MONDAY = utc("2026-03-02 09:00")


@pytest.fixture
def case(ana, time_machine):
    time_machine.move_to(MONDAY, tick=False)
    return cast.file(ana)


def remind(case, by, **later):
    due_at = timezone.now() + timedelta(**later)
    return actions.set_reminder(case, by=by, due_at=due_at, note="Ask the carrier")


def of_reminders():
    return Notification.objects.filter(kind=NotificationKind.REMINDER)


def test_it_becomes_one_notification_of_its_author_at_its_time(case, kim, lee, ana, time_machine):
    events = CaseEvent.objects.count()
    remind(case, kim, hours=1)
    assert reminders.send_due() == 0
    time_machine.move_to(MONDAY + timedelta(hours=1), tick=False)
    assert reminders.send_due() == 1
    assert reminders.send_due() == 0
    notification = of_reminders().get()
    assert (notification.recipient, notification.channel) == (kim, "email")
    assert notification.subject == f"[{case.code}] Your reminder: Ask the carrier"
    assert CaseEvent.objects.count() == events
    cast.send_notices(timezone.now())
    assert of_reminders().get().state == "sent"
    time_machine.move_to(MONDAY + timedelta(days=40), tick=False)
    assert reminders.sweep() == 1


def test_it_comes_by_the_channel_that_its_author_chose_and_without_a_note(case, kim, time_machine):
    User.objects.filter(pk=kim.pk).update(notice_channels={"reminder": "portal"}, language="ja")
    actions.set_reminder(case, by=kim, due_at=timezone.now() + timedelta(hours=1))
    time_machine.move_to(MONDAY + timedelta(hours=2), tick=False)
    reminders.send_due()
    notification = of_reminders().get()
    assert notification.channel == "portal"
    assert case.code in notification.subject
    assert "Your reminder" not in notification.subject


def test_it_is_not_sent_of_a_closed_case_nor_to_somebody_who_left(
    case, ana, kim, lee, time_machine
):
    other = cast.file(ana, title="Another")
    closed, left = remind(case, kim, hours=1), remind(other, lee, hours=1)
    actions.withdraw(case, by=ana, text="It works.")
    User.objects.filter(pk=lee.pk).update(is_active=False)
    time_machine.move_to(MONDAY + timedelta(hours=1), tick=False)
    assert reminders.send_due() == 2
    assert not of_reminders().exists()
    closed.refresh_from_db()
    left.refresh_from_db()
    assert (closed.state, closed.why_not) == (ReminderState.CANCELLED, "The case was closed.")
    assert (left.state, left.why_not) == (
        ReminderState.CANCELLED,
        "You could no longer read the case.",
    )


def test_one_that_fails_holds_up_no_other(case, kim, time_machine, monkeypatch):
    broken = remind(case, kim, hours=1)
    remind(case, kim, hours=2)
    real = reminders._notification

    def fail(reminder, now):
        if reminder.pk == broken.pk:
            raise ValueError
        return real(reminder, now)

    monkeypatch.setattr(reminders, "_notification", fail)
    time_machine.move_to(MONDAY + timedelta(hours=2), tick=False)
    assert reminders.send_due() == 2
    assert of_reminders().count() == 1
    broken.refresh_from_db()
    assert broken.state == ReminderState.CANCELLED


def test_nobody_else_hears_of_it_when_it_cannot_be_delivered(case, kim, maya, time_machine):
    remind(case, kim, hours=1)
    time_machine.move_to(MONDAY + timedelta(hours=1), tick=False)
    reminders.send_due()
    events = CaseEvent.objects.count()
    undelivered.bounced(of_reminders().get().pk, why="no such mailbox")
    outgoing.pass_on(of_reminders().get())
    assert of_reminders().count() == 1
    assert CaseEvent.objects.count() == events
    packed = zipfile.ZipFile(io.BytesIO(evidence_pack.build(case, by=maya)))
    assert "Ask the carrier" not in packed.read(f"{case.code}/notices.json").decode()


def test_it_is_changed_and_deleted_by_its_author_alone_until_it_is_over(
    case, kim, lee, time_machine
):
    reminder = remind(case, kim, hours=1)
    later = MONDAY + timedelta(days=1)
    with pytest.raises(Refused, match="no such reminder"):
        actions.change_reminder(reminder.pk, by=lee, due_at=later)
    actions.remove_reminder(reminder.pk, by=lee)
    actions.change_reminder(reminder.pk, by=kim, due_at=later, note="Later")
    reminder.refresh_from_db()
    assert (reminder.due_at, reminder.note) == (later, "Later")
    time_machine.move_to(later, tick=False)
    reminders.send_due()
    with pytest.raises(Refused, match="too late"):
        actions.change_reminder(reminder.pk, by=kim, due_at=later + timedelta(days=1))
    actions.remove_reminder(reminder.pk, by=kim)
    assert Reminder.objects.filter(pk=reminder.pk).exists()
    other = remind(case, kim, hours=1)
    actions.remove_reminder(other.pk, by=kim)
    assert not Reminder.objects.filter(pk=other.pk).exists()


def test_its_limits(case, ana, kim):
    for days, why in ((-1, "time to come"), (400, "year ahead")):
        with pytest.raises(Refused, match=why):
            remind(case, kim, days=days)
    with pytest.raises(Refused):
        remind(case, ana, days=1)
    with pytest.raises(Refused, match="200 characters"):
        actions.set_reminder(
            case, by=kim, due_at=timezone.now() + timedelta(days=1), note="x" * 201
        )
    for _ in range(MOST_OPEN):
        remind(case, kim, days=1)
    with pytest.raises(Refused, match="that is the most"):
        remind(case, kim, days=1)
    actions.withdraw(case, by=ana, text="It works.")
    case.refresh_from_db()
    with pytest.raises(TransitionNotAllowed):
        remind(case, kim, days=1)
