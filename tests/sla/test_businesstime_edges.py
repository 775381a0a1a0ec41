"""Edges of the calendar, one sentence each.

Berlin works Monday to Friday 08:00-17:00 unless stated otherwise.
"""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from sla.businesstime import (
    ALWAYS,
    BadAmount,
    BadHoliday,
    BadInterval,
    BadPause,
    BusinessDays,
    BusinessHours,
    Calendar,
    NaiveInstant,
    NegativeAmount,
    NoOpenTime,
    OutOfRange,
    Pause,
    UnknownZone,
    every_day,
    weekdays,
)
from tests.sla.vectors.reading import BERLIN, at

FRIDAY_1659 = at("2025-06-06 14:59")
MONDAY_0800 = at("2025-06-09 06:00")


def test_a_deadline_exactly_at_close_of_business_is_at_closing_and_not_at_the_next_opening():
    assert BERLIN.after(FRIDAY_1659, 60) == at("2025-06-06 15:00")


def test_one_second_more_than_the_week_has_left_falls_on_monday():
    assert BERLIN.after(FRIDAY_1659, 61) == MONDAY_0800 + timedelta(seconds=1)


def test_no_time_at_all_is_due_at_once_even_on_a_saturday():
    assert BERLIN.after(at("2025-06-07 12:00"), 0) == at("2025-06-07 12:00")


def test_opening_is_open_and_closing_is_closed():
    assert BERLIN.is_open(MONDAY_0800)
    assert not BERLIN.is_open(MONDAY_0800 - timedelta(seconds=1))
    assert not BERLIN.is_open(at("2025-06-06 15:00"))
    assert BERLIN.is_open(at("2025-06-06 14:59:59"))


def test_a_hold_over_a_night_costs_only_business_time():
    hold = Pause(at("2025-06-02 14:00"), at("2025-06-03 07:00"))
    assert BERLIN.after(at("2025-06-02 13:00"), BusinessHours(2), [hold]) == at("2025-06-03 08:00")


def test_a_hold_over_a_weekend_is_not_credited_with_the_weekend():
    hold = Pause(at("2025-06-06 14:00"), at("2025-06-09 07:00"))
    assert BERLIN.after(at("2025-06-06 13:00"), BusinessHours(3), [hold]) == at("2025-06-09 09:00")


def test_a_hold_over_a_holiday_is_not_credited_with_the_holiday():
    calendar = Calendar(
        "Europe/Berlin", weekdays("08:00", "17:00"), {date(2025, 6, 9): "Whit Monday"}
    )
    hold = Pause(at("2025-06-06 14:00"), at("2025-06-10 07:00"))
    assert calendar.after(at("2025-06-06 13:00"), BusinessHours(3), [hold]) == at(
        "2025-06-10 09:00"
    )


def test_a_target_used_up_in_the_second_the_pause_begins_is_due_in_that_second():
    lasting = [Pause(at("2025-06-02 09:00"))]
    assert BERLIN.after(at("2025-06-02 08:00"), 3600, lasting) == at("2025-06-02 09:00")
    assert BERLIN.after(at("2025-06-02 08:00"), 3601, lasting) is None


def test_a_lasting_pause_begun_at_night_hides_a_deadline_of_the_next_morning():
    assert BERLIN.after(at("2025-06-02 14:30"), 3600, [Pause(at("2025-06-02 20:00"))]) is None


def test_a_lasting_pause_begun_at_night_leaves_a_deadline_at_closing_alone():
    assert BERLIN.after(at("2025-06-02 14:30"), 1800, [Pause(at("2025-06-02 20:00"))]) == at(
        "2025-06-02 15:00"
    )


def test_a_zero_amount_is_due_at_once_even_while_paused():
    assert BERLIN.after(at("2025-06-02 08:00"), 0, [Pause(at("2025-06-02 07:00"))]) == at(
        "2025-06-02 08:00"
    )


def test_a_pause_of_no_length_changes_nothing():
    moment = Pause(at("2025-06-02 09:00"), at("2025-06-02 09:00"))
    assert BERLIN.after(at("2025-06-02 08:00"), 7200, [moment]) == at("2025-06-02 10:00")
    assert BERLIN.between(at("2025-06-02 08:00"), at("2025-06-02 10:00"), [moment]) == timedelta(
        hours=2
    )


def test_pauses_may_come_in_any_order_and_lie_within_each_other():
    pauses = [
        Pause(at("2025-06-02 10:00"), at("2025-06-02 10:30")),
        Pause(at("2025-06-02 09:00"), at("2025-06-02 11:00")),
    ]
    assert BERLIN.after(at("2025-06-02 08:00"), 7200, pauses) == at("2025-06-02 12:00")


def test_a_shutdown_of_thirty_days_is_crossed():
    shutdown = [date(2025, 7, 1) + timedelta(days=days) for days in range(30)]
    calendar = Calendar("Europe/Berlin", weekdays("08:00", "17:00"), shutdown)
    assert calendar.after(at("2025-06-30 14:30"), BusinessHours(1)) == at("2025-07-31 06:30")
    assert calendar.end_of_nth_day(at("2025-06-30 09:00"), 1) == at("2025-07-31 15:00")


def test_a_shutdown_of_three_years_is_crossed():
    shutdown = [date(2025, 1, 1) + timedelta(days=days) for days in range(3 * 365)]
    calendar = Calendar("Europe/Berlin", weekdays("08:00", "17:00"), shutdown)
    assert calendar.after(at("2025-06-30 14:30"), 1) == at("2028-01-03 07:00:01")
    assert calendar.between(at("2025-02-01 00:00"), at("2027-02-01 00:00")) == timedelta(0)


@pytest.mark.parametrize(
    ("zone", "opens", "closes"),
    [
        ("Africa/Cairo", "2024-04-26 05:00", "2024-04-26 14:00"),
        ("Africa/Cairo", "2024-10-31 05:00", "2024-10-31 14:00"),
        ("Asia/Amman", "2022-02-25 05:00", "2022-02-25 14:00"),
        ("Asia/Amman", "2021-10-29 06:00", "2021-10-29 15:00"),
    ],
)
def test_a_day_of_eight_to_five_keeps_its_nine_hours_when_the_clocks_change_at_night(
    zone, opens, closes
):
    day = at(opens) - timedelta(hours=7), at(closes) + timedelta(hours=5)
    stretches = Calendar(zone, weekdays("08:00", "17:00")).stretches(*day)
    assert [(stretch.start, stretch.end) for stretch in stretches if stretch.counted] == [
        (at(opens), at(closes))
    ]


def test_a_working_day_on_which_the_clocks_jump_within_hours_is_an_hour_shorter():
    sundays = Calendar("America/New_York", {6: [("01:00", "17:00")]})
    assert sundays.between(at("2025-03-09 05:00"), at("2025-03-10 04:00")) == timedelta(hours=15)


def test_a_working_day_on_which_an_hour_repeats_within_hours_is_an_hour_longer():
    sundays = Calendar("America/New_York", {6: [("00:30", "17:00")]})
    assert sundays.between(at("2025-11-02 04:00"), at("2025-11-03 05:00")) == timedelta(
        hours=17, minutes=30
    )


def test_a_date_the_zone_skipped_owns_no_night_either():
    nights = Calendar("Pacific/Apia", weekdays("22:00", "06:00"))
    assert nights.between(at("2011-12-30 10:00"), at("2012-01-02 00:00")) == timedelta(0)
    assert nights.end_of_nth_day(at("2011-12-29 12:00"), 1) == at("2012-01-02 16:00")


def test_a_date_that_the_clocks_left_before_its_midnight_is_no_skipped_date():
    sundays = Calendar("America/Toronto", {6: [("08:00", "17:00")]})
    assert sundays.between(at("1919-03-30 05:00"), at("1919-03-31 05:00")) == timedelta(hours=9)


def test_the_last_business_day_of_the_year_ends_in_the_next_year_of_utc():
    los_angeles = Calendar("America/Los_Angeles", weekdays("08:00", "17:00"), [date(2029, 7, 4)])
    assert los_angeles.end_of_nth_day(at("2029-12-28 20:00"), 1) == at("2030-01-01 01:00")


def test_an_amount_of_business_days_is_so_many_times_nine_hours():
    assert BusinessDays(2).seconds == BusinessHours(18).seconds == 64_800
    assert BusinessDays(1, hours_per_day=13).seconds == 46_800


def test_amounts_may_be_written_in_four_ways():
    due = at("2025-06-02 09:30")
    start = at("2025-06-02 08:00")
    assert BERLIN.after(start, 5400) == due
    assert BERLIN.after(start, timedelta(minutes=90)) == due
    assert BERLIN.after(start, BusinessHours(1.5)) == due
    assert BERLIN.after(start, BusinessDays(1, hours_per_day=1.5)) == due


def test_an_amount_with_decimals_is_taken_to_the_second():
    assert BusinessHours(1.1).seconds == 3960


def test_critical_runs_on_a_calendar_that_never_closes():
    assert ALWAYS.after(at("2025-06-07 23:55"), timedelta(minutes=10)) == at("2025-06-08 00:05")
    assert ALWAYS.between(at("2024-12-31 23:00"), at("2025-01-01 01:00")) == timedelta(hours=2)
    assert ALWAYS.is_open(at("2025-12-25 00:00"))
    assert ALWAYS.end_of_nth_day(at("2025-06-02 13:00"), 1) == at("2025-06-04 00:00")


def test_a_calendar_open_all_week_but_for_a_holiday_is_closed_on_it():
    calendar = Calendar("Europe/Berlin", every_day("00:00", "24:00"), [date(2025, 12, 25)])
    assert calendar.after(at("2025-12-24 22:00"), 7200) == at("2025-12-26 00:00")


def test_instants_of_any_zone_go_in_and_utc_comes_out():
    tokyo = timezone(timedelta(hours=9))
    due = BERLIN.after(datetime(2025, 6, 2, 17, 0, tzinfo=tokyo), 3600)
    assert due == at("2025-06-02 09:00")
    assert due.tzinfo is UTC


def test_a_fraction_of_a_second_is_dropped():
    assert BERLIN.after(at("2025-06-02 08:00:00.999999"), 60) == at("2025-06-02 08:01")


def test_equal_calendars_are_one_value():
    twin = Calendar("Europe/Berlin", {day: [["08:00", "17:00"]] for day in range(5)}, ())
    assert twin == BERLIN
    assert hash(twin) == hash(BERLIN)
    assert twin.engine is BERLIN.engine
    assert pickle.loads(pickle.dumps(BERLIN)) == copy.deepcopy(BERLIN) == BERLIN


def test_a_calendar_cannot_be_changed():
    with pytest.raises(AttributeError):
        BERLIN.zone = "Asia/Tokyo"


def test_the_names_of_holidays_are_part_of_the_value_and_not_of_the_arithmetic():
    named = Calendar("Europe/Berlin", weekdays("08:00", "17:00"), {date(2025, 5, 1): "Labour Day"})
    bare = Calendar("Europe/Berlin", weekdays("08:00", "17:00"), [date(2025, 5, 1)])
    assert named != bare
    assert named.engine is bare.engine


def test_many_threads_asking_for_many_years_at_once_get_the_answers_of_one():
    years = [*range(1960, 2080)] * 3
    fresh = Calendar("America/Halifax", weekdays("08:00", "17:00"))
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda year: fresh.after(datetime(year, 12, 31, 12, tzinfo=UTC), 90_000), years
            )
        )
    again = Calendar("America/Halifax", weekdays("08:00", "17:00"), [date(1950, 1, 1)])
    assert answers == [
        again.after(datetime(year, 12, 31, 12, tzinfo=UTC), 90_000) for year in years
    ]


def test_a_calendar_without_hours_fails_loudly():
    with pytest.raises(NoOpenTime, match="never open"):
        Calendar("Europe/Berlin", {0: [], 1: []})


def test_a_calendar_in_an_unknown_zone_is_refused_and_not_taken_for_utc():
    for zone in ("Mars/Olympus", "", "../etc/passwd", "Europe", None):
        with pytest.raises(UnknownZone):
            Calendar(zone, weekdays("08:00", "17:00"))


@pytest.mark.parametrize(
    "interval",
    [
        ("09:00", "09:00"),
        ("24:00", "06:00"),
        ("8:00", "17:00"),
        ("08:00", "25:00"),
        ("08:00", "24:01"),
        ("08:00", "17:60"),
        ("08:00",),
        "0800-1700",
        ("", ""),
    ],
)
def test_an_interval_that_is_none_is_refused(interval):
    with pytest.raises(BadInterval):
        Calendar("Europe/Berlin", {0: [interval]})


def test_an_eighth_weekday_is_refused():
    with pytest.raises(BadInterval, match="weekday"):
        Calendar("Europe/Berlin", {7: [("08:00", "17:00")]})


def test_a_holiday_must_be_a_date_and_have_one_name():
    for holidays in (
        [at("2025-06-09")],
        ["2025-06-09"],
        [(date(2025, 6, 9), "a"), (date(2025, 6, 9), "b")],
    ):
        with pytest.raises(BadHoliday):
            Calendar("Europe/Berlin", weekdays("08:00", "17:00"), holidays)


def test_a_negative_amount_is_refused():
    for amount in (-1, timedelta(seconds=-1)):
        with pytest.raises(NegativeAmount):
            BERLIN.after(MONDAY_0800, amount)
    with pytest.raises(NegativeAmount):
        BusinessHours(-1)
    with pytest.raises(NegativeAmount):
        BERLIN.end_of_nth_day(MONDAY_0800, 0)


def test_an_amount_that_is_no_whole_second_is_refused():
    with pytest.raises(BadAmount):
        BERLIN.after(MONDAY_0800, timedelta(milliseconds=1500))


def test_something_that_is_no_amount_is_refused():
    for amount in (1.5, "3600", True, None):
        with pytest.raises(TypeError, match="no amount"):
            BERLIN.after(MONDAY_0800, amount)


def test_an_amount_of_centuries_fails_clearly_and_at_once():
    for amount in (10**12, timedelta(days=200_000)):
        with pytest.raises(BadAmount, match="400 years"):
            BERLIN.after(MONDAY_0800, amount)
    with pytest.raises(BadAmount, match="400 years"):
        BERLIN.end_of_nth_day(MONDAY_0800, 10**9)


def test_a_deadline_beyond_the_known_years_fails_clearly():
    half_an_hour_a_week = Calendar("Europe/Berlin", {2: [("10:00", "10:30")]})
    with pytest.raises(OutOfRange, match="2499"):
        half_an_hour_a_week.after(MONDAY_0800, BusinessHours(20_000))
    with pytest.raises(OutOfRange):
        ALWAYS.after(at("2400-01-01"), BusinessDays(365 * 150, hours_per_day=24))


def test_an_instant_outside_the_known_years_is_refused():
    for year in (1, 1899, 2500, 9999):
        with pytest.raises(OutOfRange):
            BERLIN.between(MONDAY_0800, datetime(year, 6, 1, tzinfo=UTC))


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(NaiveInstant):
        BERLIN.after(datetime(2025, 6, 2, 8, 0), 60)


def test_a_pause_that_ends_before_it_begins_is_refused():
    with pytest.raises(BadPause):
        BERLIN.after(MONDAY_0800, 60, [Pause(at("2025-06-10"), at("2025-06-09"))])


def test_stretches_are_told_forward_only():
    with pytest.raises(BadPause):
        BERLIN.stretches(MONDAY_0800, FRIDAY_1659)
