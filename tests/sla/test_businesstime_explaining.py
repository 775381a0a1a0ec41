"""Why this time? The counted and the skipped stretches, each with its reason."""

from datetime import date, timedelta

from sla.businesstime import ALWAYS, Calendar, Pause, Reason, every_day, weekdays
from tests.sla.vectors.reading import BERLIN, at


def explained(calendar, a, b, pauses=()):
    """Each stretch as its end, its reason and its label; a + marks counted time."""
    return [
        (f"{stretch.end:%m-%d %H:%M}", "+" * stretch.counted + stretch.reason, stretch.label)
        for stretch in calendar.stretches(at(a), at(b), pauses)
    ]


def test_from_friday_to_monday_there_is_a_night_a_weekend_and_another_night():
    assert explained(BERLIN, "2025-06-06 14:00", "2025-06-09 07:00") == [
        ("06-06 15:00", "+open", ""),
        ("06-06 22:00", "night", ""),
        ("06-08 22:00", "weekend", ""),
        ("06-09 06:00", "night", ""),
        ("06-09 07:00", "+open", ""),
    ]


def test_a_holiday_is_called_by_its_name():
    calendar = Calendar(
        "Europe/Berlin", weekdays("08:00", "17:00"), {date(2025, 6, 9): "Whit Monday"}
    )
    assert explained(calendar, "2025-06-08 10:00", "2025-06-10 06:30") == [
        ("06-08 22:00", "weekend", ""),
        ("06-09 22:00", "holiday", "Whit Monday"),
        ("06-10 06:00", "night", ""),
        ("06-10 06:30", "+open", ""),
    ]


def test_two_holidays_in_a_row_are_told_apart():
    days = {date(2025, 12, 25): "Christmas Day", date(2025, 12, 26): "Boxing Day"}
    calendar = Calendar("Europe/London", weekdays("08:00", "17:00"), days)
    assert explained(calendar, "2025-12-25 12:00", "2025-12-26 12:00") == [
        ("12-26 00:00", "holiday", "Christmas Day"),
        ("12-26 12:00", "holiday", "Boxing Day"),
    ]


def test_a_holiday_on_a_saturday_is_still_a_weekend():
    calendar = Calendar("Europe/Berlin", weekdays("08:00", "17:00"), {date(2025, 6, 7): "Fair"})
    assert explained(calendar, "2025-06-07 08:00", "2025-06-07 10:00") == [
        ("06-07 10:00", "weekend", "")
    ]


def test_a_pause_is_one_stretch_with_its_reason_whatever_nights_lie_in_it():
    pause = Pause(at("2025-06-02 10:00"), at("2025-06-04 09:00"), reason="waiting for you")
    assert explained(BERLIN, "2025-06-02 08:00", "2025-06-04 10:00", [pause]) == [
        ("06-02 10:00", "+open", ""),
        ("06-04 09:00", "pause", "waiting for you"),
        ("06-04 10:00", "+open", ""),
    ]


def test_a_lasting_pause_reaches_to_the_end_of_the_question():
    pause = Pause(at("2025-06-02 10:00"), reason="waiting for you")
    assert explained(BERLIN, "2025-06-02 09:00", "2025-06-03 10:00", [pause]) == [
        ("06-02 10:00", "+open", ""),
        ("06-03 10:00", "pause", "waiting for you"),
    ]


def test_where_pauses_overlap_the_earlier_one_gives_the_reason():
    pauses = [
        Pause(at("2025-06-02 10:00"), at("2025-06-02 12:00"), "second"),
        Pause(at("2025-06-02 09:00"), at("2025-06-02 11:00"), "first"),
    ]
    assert explained(BERLIN, "2025-06-02 09:00", "2025-06-02 12:30", pauses) == [
        ("06-02 11:00", "pause", "first"),
        ("06-02 12:00", "pause", "second"),
        ("06-02 12:30", "+open", ""),
    ]


def test_a_night_removed_by_a_holiday_bears_its_name_beyond_midnight():
    nights = Calendar("Etc/UTC", weekdays("22:00", "06:00"), {date(2025, 6, 4): "Founders' Day"})
    assert explained(nights, "2025-06-04 05:00", "2025-06-05 23:00") == [
        ("06-04 06:00", "+open", ""),
        ("06-05 06:00", "holiday", "Founders' Day"),
        ("06-05 22:00", "night", ""),
        ("06-05 23:00", "+open", ""),
    ]


def test_lunch_is_outside_hours():
    calendar = Calendar("Etc/UTC", {0: [("08:00", "12:00"), ("13:00", "17:00")]})
    assert explained(calendar, "2025-06-02 11:00", "2025-06-02 14:00") == [
        ("06-02 12:00", "+open", ""),
        ("06-02 13:00", "night", ""),
        ("06-02 14:00", "+open", ""),
    ]


def test_around_the_clock_everything_counts_over_the_turn_of_the_year():
    assert explained(ALWAYS, "2024-12-30", "2026-01-02") == [("01-02 00:00", "+open", "")]


def test_open_all_day_is_one_stretch_over_midnight_and_over_the_turn_of_the_year():
    calendar = Calendar(
        "Europe/Berlin", every_day("00:00", "24:00"), {date(2025, 5, 1): "Labour Day"}
    )
    assert explained(calendar, "2024-12-20", "2025-01-20") == [("01-20 00:00", "+open", "")]


def test_the_hour_that_clocks_skip_needs_no_stretch():
    stretches = Calendar("America/New_York", {6: [("00:00", "24:00")]}).stretches(
        at("2025-03-09 05:00"), at("2025-03-10 04:00")
    )
    assert [(stretch.reason, stretch.end - stretch.start) for stretch in stretches] == [
        (Reason.OPEN, timedelta(hours=23))
    ]


def test_no_time_has_no_stretches():
    assert BERLIN.stretches(at("2025-06-02"), at("2025-06-02")) == []
