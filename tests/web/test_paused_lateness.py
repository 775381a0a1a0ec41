"""Lateness stands still while a clock is paused (§11)."""

import re

import pytest
from django.utils import timezone

from caretrack.web.shared import clock_view
from cases import actions
from tests import cast
from tests.cast import utc


@pytest.fixture
def at(time_machine):
    return lambda text: time_machine.move_to(utc(text), tick=False)


def restoration(case):
    views = clock_view.of_case(case, timezone.now(), case.contact)
    return next(view for view in views if view.kind == "restore")


def test_a_missed_and_paused_restoration_is_as_late_on_every_later_day(ana, kim, at):
    """A High case of Monday is due on Wednesday at nine; the contact is asked on Friday at ten."""
    at("2026-03-02 09:00")
    case = actions.answer(cast.file(ana, severity=2), by=kim, text="We look.").case
    at("2026-03-06 10:00")
    case = actions.request_information(case, by=kim, text="Which phones?").case
    seen = []
    for day in ("2026-03-06 10:00", "2026-03-09 10:00", "2026-03-11 10:00"):
        at(day)
        view = restoration(case)
        seen.append((view.state, view.left, view.used))
    assert seen == [("missed", -19 * 3600, 37 * 3600)] * 3
    assert (
        restoration(case).state_label
        == "missed by 19\N{NO-BREAK SPACE}h; paused: waiting for the contact"
    )


def test_how_late_a_target_is_names_the_hours_in_which_it_counts(client, ana, kim, at):
    """A week late on a wall clock is less in business hours; the sentence says which it means."""
    at("2026-03-02 09:00")
    high, critical = cast.file(ana, severity=2), cast.file(ana, severity=1)
    at("2026-03-10 09:30")
    for person, side in ((ana, "portal"), (kim, "console")):
        client.force_login(person)
        page = " ".join(client.get(f"/{side}/cases/{high.code}/").content.decode().split())
        assert re.search(r"\d h 30 min of business time ago\.", without_joiners(page))
        page = " ".join(client.get(f"/{side}/cases/{critical.code}/").content.decode().split())
        assert re.search(r"\d h 20 min ago\.", without_joiners(page))


def without_joiners(text: str) -> str:
    return text.replace("\u2060", "").replace("\xa0", " ")
