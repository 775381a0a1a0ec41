"""Every number of insight opens exactly the cases it counts, and the two agree."""

import html
import re
from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from caretrack.web.console import applications, queue
from caretrack.web.console.queue import QueueFilters
from caretrack.web.managers import wallboard
from cases.models import Case
from contacts.models import Organisation
from core.percentages import percent
from insight import aggregation
from rca.models import Analysis
from routing import actions as routing_actions
from sla import queue_entries, sweeps
from sla.models import Clock, QueueEntry
from tests import cast
from tests.cast import utc
from tests.pages import tidy

LINK = re.compile(
    r'<a [^>]*href="([^"]+)"[^>]*>(?:<(?:strong|span)[^>]*>)?([\d,]+)(?:</(?:strong|span)>)?<'
)


def numbers(body):
    """(address, number) of every link that is a number."""
    return [
        (html.unescape(address), int(number.replace(",", "")))
        for address, number in LINK.findall(tidy(body))
    ]


def listed(client, address):
    """How many rows the whole list at an address has, page after page."""
    count, seen = 0, set()
    while address:
        body = client.get(address).content.decode()
        if address.startswith("/insight/cases/"):
            count += body.count('class="figures__row"')
        elif address.startswith("/console/rca/"):
            count += body.count('class="board__row">')
        elif address.startswith("/console/applications/"):
            count += body.count('<tr class="applications__row">') or len(
                re.findall(r'href="/console/applications/\d+/"', body)
            )
        else:
            rows = set(re.findall(r'data-row="(\d+)"', body))
            count += len(rows - seen)
            seen |= rows
        after = re.search(r'rel="next" href="([^"]+)"', body)
        base = address.split("?")[0]
        address = base + html.unescape(after[1]) if after else ""
    return count


@pytest.fixture
def seen(busy, ana, acme, client, maya):
    """The busy weeks, counted, with an application whose answer is due soon; Maya looks."""
    cast.applicant(acme, "Nia Nowak", "nia@acme.example")
    aggregation.run(busy + timedelta(hours=1))
    client.force_login(maya)
    return busy


def test_every_number_of_the_wall_is_a_link_to_as_many_cases(seen, client):
    figures = numbers(client.get("/insight/").content.decode())
    assert len([number for _, number in figures if number]) > 12
    for address, number in figures:
        if not address.startswith("/console/cases/"):
            assert listed(client, address) == number, address


def test_the_wall_counts_what_a_count_by_hand_says(seen, maya):
    wall = wallboard.counted(maya, seen)
    now = seen
    assert wall.all_open == Case.objects.exclude(state="closed").count()
    assert wall.unassigned == Case.objects.exclude(state="closed").filter(assignee=None).count()
    assert (
        wall.time_left_bucket("missed")
        == len(queue.page(maya, QueueFilters(left="missed"), now=now, size=500).cases)
        > 0
    )
    assert wall.owed == Analysis.objects.exclude(state="published").count() > 0
    late = (
        Clock.objects.running().filter(kind="rca", due_at__lt=now).values("case").distinct().count()
    )
    assert wall.late == late
    assert {row.number for row in wall.critical} == set(
        Case.objects.exclude(state="closed").filter(severity=1).values_list("number", flat=True)
    )
    assert sum(hour.all for hour in wall.ribbon) > 0


def test_closures_that_come_within_a_day_are_named(seen, maya, ana, kim, time_machine):
    case = cast.proposed(ana, kim, severity=4)
    due = Clock.objects.get(case=case, kind="closure").due_at
    time_machine.move_to(due - timedelta(hours=25), tick=False)
    assert case.number not in {
        row.number
        for row in queue.page(
            maya, QueueFilters(view="closing"), now=due - timedelta(hours=25)
        ).cases
    }
    time_machine.move_to(due - timedelta(hours=23), tick=False)
    assert case.number in {
        row.number
        for row in queue.page(
            maya, QueueFilters(view="closing"), now=due - timedelta(hours=23)
        ).cases
    }
    assert wallboard.counted(maya, due - timedelta(hours=23)).closing == len(
        queue.page(
            maya, QueueFilters(view="closing"), now=due - timedelta(hours=23), size=500
        ).cases
    )


def test_a_closure_that_was_announced_late_comes_when_the_notice_says(
    seen, maya, ana, kim, time_machine
):
    time_machine.move_to(utc("2026-03-16 09:00"), tick=False)
    case = cast.waiting(ana, kim)
    assert case.queue_entry.closing_at == utc(
        "2026-03-20 09:00"
    )  # three business days, and one of notice
    time_machine.move_to(utc("2026-03-23 09:00"), tick=False)  # nobody swept in time
    sweeps.check_clocks()
    announced = case.events.get(verb="closure_announced").particulars["closes_at"]
    case.queue_entry.refresh_from_db()
    assert (
        case.queue_entry.closing_at == datetime.fromisoformat(announced) == utc("2026-03-24 09:00")
    )
    exactly, within = (
        wallboard.counted(maya, utc(f"2026-03-23 09:00:0{second}")).closing for second in (0, 1)
    )
    assert within == exactly + 1  # exactly a day before is not within it


def test_the_wall_counts_right_at_any_second(seen, maya, ana, kim, time_machine):
    """Around every instant at which a count changes, from the bare rows: the hours lose and add
    nothing.
    """
    for _ in range(2):
        cast.waiting(ana, kim)
        cast.proposed(ana, kim, severity=3)
        time_machine.shift(timedelta(minutes=47, seconds=13))
    entries = list(QueueEntry.objects.filter(is_historical=False))
    changes = {timezone.now(), timezone.now().replace(minute=0, second=0)}
    for row in entries:
        changes |= {at for at in (row.due_at, row.update_overdue_at) if at is not None}
        changes |= {row.closing_at - timedelta(hours=24)} if row.closing_at is not None else set()
        if row.due_at is not None:
            calendar = queue_entries.calendar_of(row.calendar_key)
            changes |= {
                calendar.after(
                    row.due_at - timedelta(days=4),
                    row.due_offset
                    - queue_entries.calendar_total(row.calendar_key, row.due_at - timedelta(days=4))
                    - reach,
                )
                for reach in (3600, 14400)
            }
    assert len(changes) > 30
    for at in sorted(at + timedelta(seconds=step) for at in changes for step in (-1, 0, 1)):
        wall = wallboard.counted(maya, at)
        near: Counter[tuple[int, str]] = Counter()
        for row in entries:
            left = row.due_offset - queue_entries.calendar_total(row.calendar_key, at)
            if row.due_at is not None and row.due_at < at:
                near[row.severity, "missed"] += 1
            elif row.due_at is not None and left < 14400:
                near[row.severity, "hour" if left < 3600 else "hours"] += 1
        assert Counter(wall.near) == near, at
        assert wall.overdue == sum(
            row.update_overdue_at is not None and row.update_overdue_at <= at for row in entries
        ), at
        soon = at + timedelta(hours=24)
        assert wall.closing == sum(
            row.closing_at is not None and row.closing_at < soon for row in entries
        ), at
        for hour in wall.ribbon:
            of_it = [
                row
                for row in entries
                if row.due_at and hour.at <= row.due_at < hour.at + timedelta(hours=1)
            ]
            assert hour.counts == dict(Counter(row.severity for row in of_it)), (
                at,
                hour.at,
            )  # no bar of nobody


def test_the_wall_says_who_is_on_call(seen, maya, lee):
    assert wallboard.counted(maya, seen).on_call == []
    form_data = {
        "name": "Nights",
        "zone": "UTC",
        "begins_on": date(2026, 3, 2),
        "hands_over": "09:00",
        "minutes": 5,
    }
    rota = routing_actions.save_rota(None, by=maya, people=[lee], **form_data)
    assert wallboard.counted(maya, seen).on_call == [wallboard.OnCall("Nights", "", is_gap=True)]
    routing_actions.add_shift(
        rota, by=maya, weekdays=[0, 1, 2, 3, 4, 5, 6], starts="00:00", ends="24:00"
    )
    assert wallboard.counted(maya, seen).on_call == [
        wallboard.OnCall("Nights", "Lee Lind", is_gap=False)
    ]


def test_the_wall_is_counted_once_in_ten_seconds_and_comes_alone_when_it_refreshes(
    seen, client, maya, time_machine
):
    first = client.get("/insight/").content.decode()
    assert "<html" in first
    part = client.get("/insight/", headers={"hx-request": "true"}).content.decode()
    assert "<html" not in part
    with CaptureQueriesContext(connection) as queries:
        client.get("/insight/", headers={"hx-request": "true"})
    assert not [query for query in queries if "sla_queueentry" in query["sql"]]
    time_machine.move_to(seen + timedelta(seconds=11), tick=False)
    with CaptureQueriesContext(connection) as queries:
        client.get("/insight/", headers={"hx-request": "true"})
    assert [query for query in queries if "sla_queueentry" in query["sql"]]


@pytest.mark.parametrize(
    "address",
    [
        "attainment/",
        "attainment/?promise=restore&by=analyst",
        "attainment/?analyst=none&by=team",
        "attainment/?team=none&by=organisation",
        "attainment/?by=team&severity=3",
        "attainment/?by=policy&promise=restore",
        "attainment/?by=offering",
        "attainment/?by=site&region=JP",
        "flow/",
        "flow/?period=this-week",
    ],
)
def test_every_number_of_the_figures_is_a_link_to_as_many_facts(seen, client, address):
    figures = numbers(client.get(f"/insight/{address}").content.decode())
    assert figures
    for to, number in figures:
        if to.startswith("/insight/cases/") and "hour=" not in to:
            assert listed(client, to) == number, to


def test_every_hour_of_the_customers_week_opens_its_first_answers(seen, client):
    body = client.get("/insight/attainment/").content.decode()
    cells = re.findall(
        r'href="([^"]+hour=\d+)" title="[^"]+: ([\d,]+) of ([\d,]+) met">(\d+)<', body
    )
    assert len(cells) > 2
    for to, met, of, share in cells:
        assert listed(client, html.unescape(to)) == int(of)
        assert int(share) == percent(int(met), int(of), places=0)


def test_a_figure_of_one_analyst_opens_that_analysts_cases(seen, client, kim):
    body = client.get(f"/insight/attainment/?analyst={kim.pk}&by=organisation").content.decode()
    assert "analyst: Kim Kato" in body
    for to, number in numbers(body):
        if to.startswith("/insight/cases/") and "hour=" not in to:
            assert f"analyst={kim.pk}" in to
            assert listed(client, to) == number


@pytest.mark.parametrize("by", ["analyst", "team"])
def test_what_was_missed_while_nobody_had_the_case_is_a_row_of_its_own(seen, client, by):
    page = client.get(f"/insight/attainment/?by={by}").content.decode()
    text = tidy(page)
    assert f'{by}=none">Unassigned</a>' in text
    assert "counts as unassigned" in text
    assert "still open, or was withdrawn, has no time yet" in text


def test_open_by_customer_opens_the_queue_of_that_customer(seen, client):
    figures = numbers(client.get("/insight/open/").content.decode())
    assert len(figures) > 8
    for address, number in figures:
        assert listed(client, address) == number, address


def test_replayed_histories_are_counted_only_when_asked_for(ana, ben, client, maya):
    Organisation.objects.filter(short_name="globex").update(is_historical=True)
    ben.organisation.refresh_from_db()
    cast.file(ana)
    cast.file(ben)
    cache.clear()
    assert wallboard.counted(maya, Case.objects.latest("pk").opened_at).all_open == 1
    client.force_login(maya)
    assert "Globex" not in client.get("/insight/open/").content.decode()
    assert "Globex" in client.get("/insight/open/?history=1").content.decode()


def test_a_wrong_period_is_said_and_the_usual_one_shown(seen, client):
    for query in ("from=2026-03-09&to=2026-03-01", "from=x&to=y", "from=1900-01-01&to=2026-01-01"):
        answer = client.get(f"/insight/attainment/?{query}")
        assert answer.status_code == 200
        assert "The default period is shown" in answer.content.decode()


def test_pages_ask_few_questions_however_much_there_is(seen, client, kim):
    client.force_login(kim)
    for address in (
        "",
        "open/",
        "attainment/?by=analyst",
        "flow/",
        "cases/?what=missed&kind=response",
    ):
        client.get(f"/insight/{address}")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/insight/{address}").status_code == 200
        statements = [
            query["sql"]
            for query in queries
            if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))
        ]
        assert len(statements) <= 10, (address, statements)


def test_customers_have_no_way_in(seen, client, ana):
    client.force_login(ana)
    for address in ("", "open/", "attainment/", "flow/", "cases/"):
        assert client.get(f"/insight/{address}").status_code == 403


def test_applications_near_their_48_hours(seen, maya, time_machine):
    due = Clock.objects.get(kind="credential").due_at
    assert applications.near(due - timedelta(hours=25)).count() == 0
    assert applications.near(due - timedelta(hours=23)).count() == 1


def test_figures_of_one_site_name_the_customer_and_the_site(client, maya, ana):
    case = cast.file(ana)
    client.force_login(maya)
    page = client.get(f"/insight/attainment/?site={case.site_id}")
    assert page.status_code == 200
    assert f"{ana.organisation.name}, {case.site.name}" in html.unescape(page.content.decode())
