"""§6: who can be reached when, each by their own clock, and the gaps."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from contacts import actions, roster
from core.errors import Refused
from tests import cast

WEEK = [0, 1, 2, 3, 4, 5, 6]


def turn(user, starts, ends, zone="Europe/Berlin", days=WEEK, by=None, **more):
    return actions.add_to_roster(
        user,
        by=by or user,
        weekdays=days,
        starts=starts,
        ends=ends,
        phone="+49 30 1",
        zone=zone,
        **more,
    )


def test_a_turn_begins_and_ends_by_the_persons_own_clock(acme, ana):
    turn(ana, "08:00", "17:00")
    assert [one.user for one in roster.on_duty(acme, cast.utc("2026-03-05 07:00"))] == [
        ana
    ]  # 08:00 in Berlin
    assert roster.on_duty(acme, cast.utc("2026-03-05 16:00")) == []  # 17:00: the end is excluded
    assert roster.on_duty(acme, cast.utc("2026-07-02 06:30"))[0].until == cast.utc(
        "2026-07-02 15:00"
    )  # summer time


def test_a_night_runs_into_the_next_day(acme, ana):
    turn(ana, "22:00", "06:00", days=[4])  # Friday night
    assert roster.on_duty(acme, cast.utc("2026-03-07 04:00"))[0].until == cast.utc(
        "2026-03-07 05:00"
    )
    assert roster.on_duty(acme, cast.utc("2026-03-06 04:00")) == []


def test_whole_days_of_two_people_in_two_zones_leave_no_gap(acme, ana):
    ivo = cast.contact(acme, "Ivo", "ivo@acme.example")
    turn(ana, "00:00", "12:00")
    turn(ivo, "20:00", "09:00", zone="Asia/Tokyo", by=ivo)  # 12:00 to 01:00 in Berlin
    begin = cast.utc("2026-03-04 00:00")
    assert roster.gaps(roster.entries_of(acme), begin, begin + timedelta(days=7)) == []


def test_gaps_are_the_stretches_in_which_nobody_answers(acme, ana):
    turn(ana, "08:00", "24:00")
    begin = cast.utc("2026-03-04 00:00")
    gaps = roster.gaps(roster.entries_of(acme), begin, begin + timedelta(days=1))
    assert [(gap.start, gap.end) for gap in gaps] == [
        (cast.utc("2026-03-04 00:00"), cast.utc("2026-03-04 07:00")),
        (cast.utc("2026-03-04 23:00"), cast.utc("2026-03-05 00:00")),
    ]


def test_a_time_that_the_clock_skips_is_the_change_itself(acme, ana):
    turn(ana, "02:30", "05:00", days=[6])  # Sunday 29 March 2026: 02:00 becomes 03:00
    assert roster.on_duty(acme, cast.utc("2026-03-29 00:59")) == []
    assert roster.on_duty(acme, cast.utc("2026-03-29 01:00"))[0].until == cast.utc(
        "2026-03-29 03:00"
    )


def test_the_night_of_the_long_hour_is_covered_whole(acme, ana):
    turn(ana, "22:00", "06:00")
    assert roster.on_duty(acme, cast.utc("2026-10-25 00:30"))[0].until == cast.utc(
        "2026-10-25 05:00"
    )
    assert roster.on_duty(acme, cast.utc("2026-10-25 01:30"))


def test_turns_of_suspended_people_count_for_nothing(acme, ana, maya):
    turn(ana, "00:00", "24:00")
    actions.suspend(ana.designation, by=maya, reason="On leave.")
    assert roster.on_duty(acme, cast.utc("2026-03-05 12:00")) == []


def test_a_turn_has_a_last_day(acme, ana):
    turn(ana, "00:00", "24:00", until_on=cast.utc("2026-03-05 00:00").date())
    assert roster.on_duty(acme, cast.utc("2026-03-05 12:00"))
    assert roster.on_duty(acme, cast.utc("2026-03-06 12:00")) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"starts": "25:00"},
        {"starts": "9:00"},
        {"ends": "08:00"},
        {"days": []},
        {"days": [7]},
        {"zone": "Mars/Olympus"},
    ],
)
def test_a_turn_that_cannot_be_is_refused(ana, wrong):
    with pytest.raises(ValidationError):
        turn(ana, **{"starts": "08:00", "ends": "17:00", **wrong})


def test_people_change_their_own_turns_and_the_primary_contact_everybodys(
    acme, ana, ben, cole, maya
):
    ivo = cast.contact(acme, "Ivo", "ivo@acme.example")
    entry = turn(ana, "08:00", "17:00")
    for stranger in (ivo, ben, cole):
        with pytest.raises(Refused):
            turn(ana, "08:00", "17:00", by=stranger)
        with pytest.raises(Refused):
            actions.remove_from_roster(entry, by=stranger)
    actions.make_primary(ivo.designation, by=maya)
    actions.remove_from_roster(entry, by=ivo)
    assert roster.entries_of(acme) == []
