"""§12: corrective actions are tracked after publishing; their owners are reminded, the customer
sees how far.
"""

import pytest

from cases.models import CaseEvent, Notification
from core.errors import Refused
from rca import actions as rca
from rca.actions import corrective_actions
from rca.models import CorrectiveAction
from rca.tasks import remind_of_actions
from tests import cast
from tests.cast import utc


@pytest.fixture
def action(outage, kim, maya, lee):
    lees = {"what": "Alarm on the disk", "owner": lee.pk, "due_on": "2026-03-20"}
    cast.published(outage, kim, maya, actions=[lees])
    return CorrectiveAction.objects.get()


def test_an_action_is_promised_by_its_publication(action, lee):
    assert (action.state, action.owner, action.who) == ("open", lee, "Lee Lind")


def test_its_progress_is_journalled_and_told_to_the_contact(action, outage, ana, kim):
    event = rca.move_action(action, by=kim, state="in_progress", words="The alarm is built.")
    assert event.particulars["after"] == "in_progress"
    assert CaseEvent.objects.get(pk=event.pk).facing == "contact"
    notice = Notification.objects.get(recipient=ana, key__endswith=f"event:{event.seq}")
    assert "The alarm is built." in notice.text


def test_an_action_is_dropped_with_a_reason_alone(action, kim):
    with pytest.raises(Refused, match="why it is dropped"):
        rca.move_action(action, by=kim, state="dropped", words=" ")
    rca.move_action(action, by=kim, state="dropped", words="The disk is gone.")
    action.refresh_from_db()
    assert (action.state, action.comment, action.remind_at) == (
        "dropped",
        "The disk is gone.",
        None,
    )


def test_saying_nothing_new_is_refused(action, kim):
    with pytest.raises(Refused, match="already"):
        rca.move_action(action, by=kim, state="open")


def test_its_owner_is_reminded_ahead_and_on_the_day_each_once(action, lee, monday):
    remind_of_actions()
    assert _notified(lee) == []
    monday.move_to(utc("2026-03-17 08:00"), tick=False)  # eight o'clock in Lisbon
    remind_of_actions()
    remind_of_actions()
    assert _notified(lee) == ["a corrective action is due on 20 Mar 2026"]
    monday.move_to(utc("2026-03-20 08:00"), tick=False)
    remind_of_actions()
    remind_of_actions()
    assert _notified(lee) == [
        "a corrective action is due on 20 Mar 2026",
        "the corrective action promised for 20 Mar 2026 is due",
    ]
    action.refresh_from_db()
    assert action.remind_at is None


def test_after_a_stop_of_the_sweep_only_the_last_reminder_is_given(action, lee, monday):
    monday.move_to(utc("2026-03-25 08:00"), tick=False)
    remind_of_actions()
    assert _notified(lee) == ["the corrective action promised for 20 Mar 2026 is due"]


def test_what_is_done_is_not_reminded_of(action, lee, kim, monday):
    rca.move_action(action, by=kim, state="done")
    monday.move_to(utc("2026-03-25 08:00"), tick=False)
    remind_of_actions()
    assert _notified(lee) == []


def test_of_an_action_on_the_customers_side_the_author_is_reminded(outage, kim, maya, monday):
    cast.published(outage, kim, maya)
    monday.move_to(utc("2026-04-01 09:00"), tick=False)
    remind_of_actions()
    assert _notified(kim) == ["the corrective action promised for 1 Apr 2026 is due"]


def _notified(person):
    notices = Notification.objects.filter(recipient=person, key__contains="action:").order_by("id")
    return [notice.subject.partition(": ")[2] for notice in notices]


def test_one_action_that_fails_keeps_no_other_from_being_reminded_of(
    outage, kim, maya, lee, monday, monkeypatch
):
    rows = [{"what": what, "owner": lee.pk, "due_on": "2026-03-20"} for what in ("First", "Second")]
    cast.published(outage, kim, maya, actions=rows)
    whom = corrective_actions._recipients

    def fail_for_the_first(action):
        if action.what == "First":
            raise ZeroDivisionError
        return whom(action)

    monkeypatch.setattr(corrective_actions, "_recipients", fail_for_the_first)
    monday.move_to(utc("2026-03-17 08:00"), tick=False)
    remind_of_actions()
    assert "Second" in Notification.objects.get(recipient=lee, key__contains="action:").text
    monkeypatch.undo()
    monday.move_to(utc("2026-03-17 09:00"), tick=False)
    remind_of_actions()
    assert Notification.objects.filter(recipient=lee, key__contains="action:").count() == 2


def test_an_action_that_is_opened_again_is_reminded_of_again(action, lee, kim, monday):
    monday.move_to(utc("2026-03-17 08:00"), tick=False)
    remind_of_actions()
    rca.move_action(action, by=kim, state="done", words="Built.")
    rca.move_action(action, by=kim, state="open", words="It fell down.")
    remind_of_actions()
    assert len(_notified(lee)) == 2
