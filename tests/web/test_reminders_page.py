"""The pages of a person's own reminders."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from caretrack.web.console.reminder_forms import presets
from cases import actions
from cases.models import Reminder
from contacts.models import User
from routing import actions as routing_actions
from tests import cast
from tests.cast import utc
from tests.pages import holds

FRIDAY = utc("2026-03-06 13:00")


@pytest.fixture
def case(ana, kim, client, time_machine):
    time_machine.move_to(FRIDAY, tick=False)
    client.force_login(kim)
    return cast.file(ana)


def test_a_preset_is_a_time_of_the_analysts_own_zone_on_a_working_day(case, kim, client):
    User.objects.filter(pk=kim.pk).update(zone="Asia/Tokyo")
    kim.refresh_from_db()
    times = presets(kim, FRIDAY)
    assert times["hour"] == FRIDAY + timedelta(hours=1)
    assert times["tomorrow"] == times["monday"] == utc("2026-03-09 00:00")
    routing_actions.set_work_pattern(
        kim, by=kim, week={"sat": [["08:00", "12:00"]]}, away_until=None
    )
    kim = User.objects.get(pk=kim.pk)
    assert presets(kim, FRIDAY)["tomorrow"] == utc("2026-03-07 00:00")
    form = client.get(f"/console/cases/{case.code}/reminder/").content.decode()
    assert holds(form, "In one hour: Fri 6 Mar 23:00")
    assert holds(form, "Next working day: Sat 7 Mar 09:00")
    posted = {"preset": "typed", "due_at": "2026-03-10T18:30", "note": "Ask again"}
    assert client.post(f"/console/cases/{case.code}/reminder/", posted).status_code == 302
    reminder = Reminder.objects.get()
    assert reminder.due_at.astimezone(ZoneInfo("Asia/Tokyo")).hour == 18
    assert (
        client.post(f"/console/cases/{case.code}/reminder/", {"preset": "typed"}).status_code == 422
    )


def test_the_list_changes_and_deletes_and_the_case_shows_the_next_one(case, kim, lee, client):
    reminder = actions.set_reminder(
        case, by=kim, due_at=timezone.now() + timedelta(days=3), note="Ask again"
    )
    page = client.get("/console/reminders/").content.decode()
    assert holds(page, "Ask again")
    assert case.code in page
    assert holds(client.get(f"/console/cases/{case.code}/").content.decode(), "Your reminder:")
    address = f"/console/reminders/{reminder.pk}/"
    changed = client.post(address, {"due_at": "2026-03-11T10:00", "note": "Call"})
    assert changed.status_code == 302
    assert client.post(address, {"due_at": "2020-01-01T10:00"}).status_code == 422
    client.force_login(lee)
    assert client.get(address).status_code == 404
    assert client.post(f"{address}removal/").status_code == 404
    assert "Call" not in client.get("/console/reminders/").content.decode()
    assert not holds(client.get(f"/console/cases/{case.code}/").content.decode(), "Your reminder:")
    client.force_login(kim)
    assert client.post(f"{address}removal/").status_code == 302
    assert holds(client.get("/console/reminders/").content.decode(), "No open reminder.")
