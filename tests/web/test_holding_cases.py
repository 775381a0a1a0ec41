"""A case is put on hold: on the pages of both sides, in bulk, and by the API (§13)."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from cases import actions
from cases.facts import facts_of
from contacts import actions as people
from contacts.models import ApiToken
from tests import cast
from tests.cast import utc


@pytest.fixture
def now(time_machine):
    """Tuesday, 10:00 in Berlin."""
    time_machine.move_to(utc("2026-03-03 09:00"), tick=False)


@pytest.fixture
def as_kim(client, kim, now):
    client.force_login(kim)
    return client


def page_of(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def pill_of(page):
    """The name of the state that the first pill of a page shows."""
    return re.search(r'class="pill pill--\w+">.*?</span>([^<]*)</span>', page, re.DOTALL)[1].strip()


def test_a_proposal_on_hold_stays_a_proposal_and_a_suspended_wait_is_paused(as_kim, ana, kim, maya):
    proposed, waiting = cast.proposed(ana, kim), cast.waiting(ana, kim)
    actions.put_on_hold(proposed, by=kim, until=utc("2026-03-09 07:00"), text="On leave.")
    portal = Client()
    portal.force_login(ana)
    address = f"/portal/cases/{proposed.code}/"
    assert pill_of(page_of(portal, address)) == "Resolution proposed"
    people.suspend(ana.designation, by=maya, reason="The training was not renewed.")
    assert pill_of(page_of(as_kim, f"/console/cases/{waiting.code}/")) == "Paused"
    assert pill_of(page_of(portal, f"/portal/cases/{waiting.code}/")) == "Paused"
    rows = page_of(portal, "/portal/cases/")
    assert "Waiting for you" not in rows.partition("<tbody")[2]
    ana.language = "ja"
    ana.save()
    assert pill_of(page_of(portal, f"/portal/cases/{waiting.code}/")) == "一時停止中"


def test_both_sides_read_the_hold_and_care_ends_it(as_kim, ana, kim):
    case, other = cast.waiting(ana, kim), cast.file(ana, title="The maintenance")
    address = f"/console/cases/{case.code}"
    form = page_of(as_kim, f"{address}/hold/")
    assert "At the latest on Tue 24 Mar 2026" in form  # 15 business days
    assert 'max="2026-03-24"' in form
    answer = as_kim.post(
        f"{address}/hold/",
        {"day": "2026-03-07", "after": other.code.lower(), "text": "Maintenance comes first."},
    )
    assert answer.status_code == 302, answer.content.decode()
    hold = facts_of(case).hold
    assert (hold.until, hold.after) == (utc("2026-03-09 07:00"), other.code)  # Saturday: Monday

    ours = page_of(as_kim, f"{address}/")
    assert "On hold." in ours
    assert pill_of(ours) == "On hold"
    assert f'Until <a href="/console/cases/{other.code}/">{other.code}</a> is resolved' in ours
    assert "Maintenance comes first." in ours
    assert f"{address}/hold-end/" in ours
    portal = Client()
    portal.force_login(ana)
    theirs = page_of(portal, f"/portal/cases/{case.code}/")
    assert "Your time to reply is paused." in theirs
    assert pill_of(theirs) == "On hold"
    assert "<dd>On hold</dd>" in page_of(portal, f"/portal/cases/{case.code}/print/")
    assert f'<a href="/portal/cases/{other.code}/">' in theirs
    assert "Maintenance comes first." in theirs
    assert "paused: on hold" in page_of(portal, "/portal/cases/")
    printed = page_of(portal, f"/portal/cases/{case.code}/print/")
    assert "On hold." in printed

    queue = page_of(as_kim, "/console/?view=hold")
    assert case.code in queue
    assert other.code not in queue
    assert "on hold until Mon 9 Mar 08:00 Berlin" in queue
    assert (pill_of(queue), "their turn" in queue) == ("On hold", False)
    assert pill_of(page_of(as_kim, f"{address}/preview/")) == "On hold"
    assert as_kim.post(f"{address}/hold-end/").status_code == 302
    assert facts_of(case).hold is None
    assert pill_of(page_of(as_kim, f"{address}/")) == "Waiting on contact"
    assert pill_of(page_of(portal, f"/portal/cases/{case.code}/")) == "Waiting for you"
    assert case.code not in page_of(as_kim, "/console/?view=hold")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"day": "2026-04-30"}, "until 2026-03-24 10:00 (Europe/Berlin) at the latest"),
        ({"day": "2026-03-02"}, "The hold must end in the future."),
        ({"day": ""}, "This field is required."),
        ({"after": "CT-9999999"}, "There is no case of that number."),
        ({"after": "0"}, "There is no case of that number."),
        ({"day": "9999-12-31"}, "at the latest"),
        ({"after": "twelve"}, "Write a case number such as CT-0000012."),
        ({"text": " "}, "This field is required."),
        ({"text": "x" * (settings.REASON_MAX_CHARACTERS + 1)}, "Please attach it as a file."),
    ],
)
def test_what_is_not_possible_is_said_and_nothing_is_lost(as_kim, ana, kim, given, says):
    case = cast.waiting(ana, kim)
    values = {"day": "2026-03-09", "text": "On leave until Monday."} | given
    answer = as_kim.post(f"/console/cases/{case.code}/hold/", values)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert values["text"].strip() in answer.content.decode()
    assert facts_of(case).hold is None


def test_many_cases_are_put_on_hold_and_the_critical_one_is_named(as_kim, ana, kim):
    cases = [cast.waiting(ana, kim) for _ in range(2)]
    critical = actions.set_severity(cast.waiting(ana, kim), by=kim, severity=1, text="All.").case
    values = {
        "noun": "hold",
        "case": [case.code for case in [*cases, critical]],
        "day": "2026-03-09",
        "text": "Their office is closed this week.",
    }
    preview = as_kim.post("/console/bulk/", values | {"step": "preview"}).content.decode()
    assert "A Critical case is never put on hold." in preview
    as_kim.post("/console/bulk/", values | {"step": "do"})
    assert [bool(facts_of(case).hold) for case in [*cases, critical]] == [True, True, False]


def test_a_program_puts_a_case_on_hold(ana, kim, now):
    case, other = cast.waiting(ana, kim), cast.file(ana)
    _, token = ApiToken.issue(
        kim,
        name="t",
        scopes=["cases:read", "cases:write"],
        expires_at=timezone.now() + timedelta(hours=1),
    )
    api = Client(headers={"Authorization": f"Bearer {token}"})
    address = f"/api/v1/cases/{case.code}"
    given = {"until": "2026-03-09T08:00:00+01:00", "after": other.code, "text": "On leave."}
    for wrong in ({"until": "Monday"}, {"after": "CT-x"}, {"text": ""}):
        answer = api.post(f"{address}/holds/", given | wrong, content_type="application/json")
        assert answer.status_code == 400, answer.content
    unknown = given | {"after": "CT-9999999"}
    answer = api.post(f"{address}/holds/", unknown, content_type="application/json")
    assert answer.status_code == 404
    answer = api.post(f"{address}/holds/", given, content_type="application/json")
    assert answer.status_code == 201, answer.content
    assert facts_of(case).hold.until == utc("2026-03-09 07:00")
    assert "hold-endings" in api.get(f"{address}/actions/").json()["actions"]
    assert api.post(f"{address}/hold-endings/").status_code == 201
    assert facts_of(case).hold is None


def test_the_portals_home_has_a_heading_of_its_own_for_cases_on_hold(ana, kim, now):
    waiting, held = cast.waiting(ana, kim), cast.waiting(ana, kim)
    other = cast.file(ana, title="The maintenance")
    linked = cast.proposed(ana, kim)
    actions.put_on_hold(held, by=kim, until=utc("2026-03-09 07:00"), text="On leave until Monday.")
    actions.put_on_hold(
        linked, by=kim, until=utc("2026-03-09 07:00"), after=other, text="The window comes first."
    )
    portal = Client()
    portal.force_login(ana)
    context = portal.get("/portal/").context
    assert [row.case for row in context["yours"]] == [waiting]
    assert [one.row.case for one in context["held"]] == [held, linked]
    home = " ".join(page_of(portal, "/portal/").split())
    assert "On leave until Monday." in home
    assert "on hold until <time" in home
    assert f"on hold until {other.code} is resolved, at most until <time" in home
    listed = portal.get("/portal/cases/").context["rows"]
    assert {row.code: row.turn for row in listed} == {
        waiting.code: "Waiting for you",
        held.code: "On hold",
        linked.code: "On hold",
        other.code: "With us",
    }
    exported = b"".join(portal.get("/portal/cases/export/")).decode()
    assert exported.count("On hold") == 3
    actions.end_hold(held, by=kim)
    context = portal.get("/portal/").context
    assert [row.case for row in context["yours"]] == [waiting, held]
