"""Lateness stands still while a clock is paused (§11)."""

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
