"""The order of §8: severity, business time left on the nearest clock, priority, age; total, and
stable in paging.
"""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from caretrack.web.console import queue
from caretrack.web.console.queue import BadCursor, Cursor, QueueFilters
from cases import actions
from cases.models import Case
from sla.models import QueueEntry
from tests import cast
from tests.cast import utc


@pytest.fixture
def monday(time_machine):
    time_machine.move_to(utc("2026-03-02 09:00"), tick=False)  # 10:00 in Berlin, 18:00 in Tokyo
    return time_machine


def titles(user, filters=None, **more) -> list[str]:
    page = queue.page(user, filters or QueueFilters(), now=timezone.now(), **more)
    return [case.title for case in page.cases]


def test_severity_comes_before_everything_else(ana, kim, monday):
    cast.file(ana, severity=4, title="low", priority=1)
    cast.file(ana, severity=2, title="high", priority=4)
    cast.file(ana, severity=1, title="critical", priority=4)
    cast.file(ana, severity=3, title="medium", priority=1)
    assert titles(kim) == ["critical", "high", "medium", "low"]


def test_within_a_severity_the_business_time_left_decides_and_not_the_instant(
    ana, ben, kim, monday
):
    """Tokyo's office is closed, so Ben's case is due later than Ana's, and yet fewer hours are left
    of it.
    """
    monday.move_to(utc("2026-03-02 06:30"), tick=False)  # 15:30 in Tokyo
    cast.file(
        ben, severity=3, title="tokyo"
    )  # 1 h 30 min pass before 17:00; 30 min are left for tomorrow
    monday.move_to(utc("2026-03-02 09:00"), tick=False)
    cast.file(ana, severity=3, title="berlin")  # due at 11:00 UTC, with 2 h left
    tokyo, berlin = (
        Case.objects.get(title=title).clocks.get(kind="response") for title in ("tokyo", "berlin")
    )
    assert berlin.due_at < tokyo.due_at
    assert titles(kim) == ["tokyo", "berlin"]
    left = {
        case.title: case.left for case in queue.page(kim, QueueFilters(), now=timezone.now()).cases
    }
    assert left == {"tokyo": 1800, "berlin": 7200}


def test_time_around_the_clock_counts_by_itself(ana, ben, kim, monday):
    cast.file(ben, severity=1, title="first")
    monday.move_to(utc("2026-03-02 09:04"), tick=False)
    cast.file(ana, severity=1, title="second")
    left = [case.left for case in queue.page(kim, QueueFilters(), now=timezone.now()).cases]
    assert titles(kim) == ["first", "second"]
    assert left == [360, 600]


def test_a_case_without_a_running_clock_of_ours_stands_last_within_its_severity(ana, kim, monday):
    cast.waiting(ana, kim, severity=3)
    cast.file(ana, severity=3, title="running", priority=4)
    cast.file(ana, severity=4, title="low")
    assert titles(kim) == ["running", "Calls drop after 30 s", "low"]


def test_equal_time_left_is_decided_by_priority_then_age_then_number(ana, kim, monday):
    cast.file(ana, title="normal one", priority=3)
    cast.file(ana, title="normal two", priority=3)
    cast.file(ana, title="highest", priority=1)
    assert titles(kim) == ["highest", "normal one", "normal two"]


def test_pages_hold_every_case_once_though_time_passes_between_them(ana, ben, kim, monday):
    for number in range(23):
        who = (ana, ben)[number % 2]
        cast.file(who, severity=number % 4 + 1, title=f"case {number}", priority=number % 3 + 1)
        monday.move_to(timezone.now() + timedelta(minutes=7), tick=False)
    whole = [
        case.pk for case in queue.page(kim, QueueFilters(), now=timezone.now(), size=100).cases
    ]
    seen, cursor = [], None
    while True:
        page = queue.page(kim, QueueFilters(), now=timezone.now(), cursor=cursor, size=5)
        seen += [case.pk for case in page.cases]
        if page.next is None:
            break
        cursor = Cursor.from_text(str(page.next), timezone.now())
        monday.move_to(timezone.now() + timedelta(minutes=31), tick=False)
    assert seen == whole
    assert len(set(seen)) == 23


@pytest.mark.parametrize(
    "text",
    ["", "x", "null", "W10", "WzEsMiwzLDQsNSw2XQ", "é", "W251bGwsMSwxLDEsMSwxXQ", "A" * 5000],
)
def test_a_place_that_the_queue_never_wrote_is_400(client, kim, text):
    client.force_login(kim)
    assert client.get("/console/", {"after": text}).status_code == 400


def test_a_place_of_another_day_is_no_place(kim, ana, monday):
    cast.file(ana)
    cursor = Cursor(timezone.now(), (3, 10, 3, timezone.now(), 1))
    assert Cursor.from_text(str(cursor), timezone.now()) == cursor
    with pytest.raises(BadCursor):
        Cursor.from_text(str(cursor), timezone.now() + timedelta(days=3))


def test_views_hold_what_their_names_say(ana, kim, lee, monday):
    cast.file(ana, title="nobody's")
    actions.take(cast.file(ana, title="kim's"), by=kim)
    actions.take(cast.file(ana, title="lee's"), by=lee)
    waiting = cast.waiting(ana, kim)
    actions.escalate(cast.file(ana, title="deep"), by=lee, text="Steps")
    owed = cast.proposed(ana, lee, severity=1)
    assert set(titles(kim, QueueFilters(view="mine"))) == {"kim's", waiting.title}
    follow_up = f"Root cause analysis of {owed.code}: {owed.title}"
    assert titles(kim, QueueFilters(view="unassigned")) == ["nobody's", follow_up]
    assert titles(kim, QueueFilters(view="waiting")) == [waiting.title]
    assert titles(kim, QueueFilters(view="investigating")) == ["deep"]
    page = queue.page(kim, QueueFilters(view="rca"), now=timezone.now())
    assert [case.pk for case in page.cases] == [owed.pk]
    counts = queue.counts(kim, timezone.now(), history=False)
    for view in queue.VIEWS:
        assert counts[view] == len(titles(kim, QueueFilters(view=view)))


def test_the_address_narrows_by_severity_state_organisation_and_text(client, ana, ben, kim, monday):
    cast.file(ana, severity=2, title="Routers 100% down")
    other = cast.file(ben, severity=3, title="Something else")
    client.force_login(kim)

    def shown(**query):
        return [case.title for case in client.get("/console/", query).context["page"].cases]

    assert shown(severity="2") == ["Routers 100% down"]
    assert shown(state="new", organisation="globex") == ["Something else"]
    assert shown(state="new", organisation="Globex K") == ["Something else"]  # by any name
    assert shown(state="new", organisation="glo%") == []
    assert shown(text="100%") == ["Routers 100% down"]
    assert shown(text=other.code) == ["Something else"]
    assert shown(text="nothing like it") == []
    assert len(shown(severity="nonsense", state="closed", organisation="")) == 2
    assert client.get("/console/", {"text": "\0" * 3 + "Routers"}).status_code == 400


def test_replayed_histories_are_apart_and_the_page_says_how_many(client, ana, ben, kim, monday):
    cast.file(ana, title="of today")
    ben.organisation.is_historical = True
    ben.organisation.save()
    cast.file(ben, title="of long ago")
    client.force_login(kim)
    page = client.get("/console/")
    assert [case.title for case in page.context["page"].cases] == ["of today"]
    assert "1 open of imported history not shown" in page.content.decode()
    assert len(client.get("/console/?history=1").context["page"].cases) == 2


def test_what_a_case_does_not_have_is_left_out_of_its_row(client, ana, kim, monday):
    cast.file(ana)
    Case.objects.update(team=None)
    QueueEntry.objects.update(team=None)
    client.force_login(kim)
    assert "None" not in client.get("/console/").content.decode()


def test_a_row_says_why_it_stands_there(client, ana, kim, monday):
    cast.file(ana, severity=3)
    client.force_login(kim)
    body = client.get("/console/").content.decode()
    assert "First response" in body
    assert "2\N{NO-BREAK SPACE}h" in body
    assert "Mon 2 Mar 12:00" in body  # in Berlin
    assert "today 11:00" in body  # in Lisbon, where Kim is


def test_the_queue_asks_the_same_number_of_questions_for_one_row_and_for_thirty(
    client, ana, ben, kim, monday
):
    cast.file(ana)
    cast.file(ben)
    client.force_login(kim)
    client.get("/console/")
    with CaptureQueriesContext(connection) as few:
        client.get("/console/")
    for number in range(29):
        cast.file((ana, ben)[number % 2], severity=number % 4 + 1)
    with CaptureQueriesContext(connection) as many:
        assert len(client.get("/console/").context["page"].cases) == 31
    assert len(many) == len(few)
    assert len(many) <= 8 + 3  # its transaction begins, ends, and is the test's own
