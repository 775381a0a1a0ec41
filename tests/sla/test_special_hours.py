"""§9: hours of a single date instead of its weekday's: half days, working Saturdays, also in the
nights in which the clocks change.
"""

import pickle
from datetime import date, timedelta

import pytest

from contacts.models import CalendarVersion
from routing import on_call
from sla import calendar_preview, calendars
from sla.businesstime import BadHoliday, BadInterval, Calendar, every_day, weekdays
from tests import cast
from tests.cast import utc
from tests.sla.test_businesstime_explaining import explained
from tests.sla.vectors.reading import at

HALF_DAY = (date(2026, 12, 24), "Christmas Eve", [("08:00", "12:00")])
SATURDAY = (date(2027, 1, 9), "Stock taking", [("09:00", "13:00")])
OFFICE = weekdays("08:00", "17:00")
BERLIN = Calendar("Europe/Berlin", OFFICE, {date(2026, 12, 25): "Christmas"}, [HALF_DAY, SATURDAY])
HOUR = timedelta(hours=1)


def test_a_half_day_counts_its_hours_only():
    assert BERLIN.between(at("2026-12-24 00:00"), at("2026-12-25 00:00")) == 4 * HOUR
    # 10:00 in Berlin, two hours on Christmas Eve, the rest on the Monday after Christmas.
    assert BERLIN.after(at("2026-12-24 09:00"), 3 * 3600) == at("2026-12-28 08:00")


def test_a_working_saturday_is_a_business_day():
    assert BERLIN.is_open(at("2027-01-09 08:00"))
    assert not BERLIN.is_open(at("2027-01-09 12:00"))
    assert BERLIN.end_of_nth_day(at("2027-01-08 12:00"), 1) == at("2027-01-09 12:00")
    assert BERLIN.after(at("2027-01-08 15:59:59"), 3601) == at("2027-01-09 09:00")


@pytest.mark.parametrize(
    ("day", "hours", "open_hours"),
    [
        (date(2026, 10, 25), [("01:00", "05:00")], 5),  # the hour from 02:00 comes twice
        (date(2027, 3, 28), [("01:00", "05:00")], 3),  # 02:00 to 03:00 does not exist
        (date(2027, 3, 28), [("02:00", "03:00")], 0),
        (date(2026, 10, 24), [("22:00", "06:00")], 9),  # a night over the change
        (date(2026, 10, 25), [("00:00", "24:00")], 25),
    ],
)
def test_special_hours_count_real_time_when_the_clocks_change(day, hours, open_hours):
    calendar = Calendar("Europe/Berlin", OFFICE, (), [(day, "Move", hours)])
    usual = Calendar("Europe/Berlin", OFFICE)
    week = at(f"{day} 00:00") - timedelta(days=2), at(f"{day} 00:00") + timedelta(days=2)
    assert calendar.between(*week) - usual.between(*week) == open_hours * HOUR


def test_the_explanation_names_special_hours():
    assert explained(BERLIN, "2026-12-24 06:00", "2026-12-25 12:00") == [
        ("12-24 07:00", "night", ""),
        ("12-24 11:00", "+open", "Christmas Eve"),
        ("12-24 16:00", "special", "Christmas Eve"),
        ("12-24 23:00", "night", ""),
        ("12-25 12:00", "holiday", "Christmas"),
    ]
    assert explained(BERLIN, "2027-01-09 06:00", "2027-01-09 18:00") == [
        ("01-09 08:00", "weekend", ""),
        ("01-09 12:00", "+open", "Stock taking"),
        ("01-09 18:00", "weekend", ""),
    ]


def test_a_night_that_special_hours_shorten_is_explained_into_the_next_day():
    nights = Calendar(
        "UTC",
        every_day("22:00", "06:00"),
        (),
        [(date(2026, 12, 24), "Christmas Eve", [("20:00", "22:00")])],
    )
    assert explained(nights, "2026-12-24 05:00", "2026-12-25 23:00") == [
        ("12-24 06:00", "+open", ""),
        ("12-24 20:00", "night", ""),
        ("12-24 22:00", "+open", "Christmas Eve"),
        ("12-25 06:00", "special", "Christmas Eve"),
        ("12-25 22:00", "night", ""),
        ("12-25 23:00", "+open", ""),
    ]


def test_the_counted_stretches_add_up():
    a, b = at("2026-12-20 00:00"), at("2027-01-15 00:00")
    counted = sum((s.end - s.start for s in BERLIN.stretches(a, b) if s.counted), timedelta(0))
    assert counted == BERLIN.between(a, b)


def test_a_calendar_with_special_hours_is_a_value():
    same = Calendar(
        "Europe/Berlin", OFFICE, {date(2026, 12, 25): "Christmas"}, [SATURDAY, HALF_DAY]
    )
    assert same == BERLIN == pickle.loads(pickle.dumps(BERLIN))
    assert Calendar("Europe/Berlin", OFFICE, {date(2026, 12, 25): "Christmas"}) != BERLIN


def test_an_around_the_clock_week_with_special_hours_is_closed_for_the_rest_of_the_date():
    always = Calendar("UTC", every_day("00:00", "24:00"), (), [HALF_DAY])
    assert always.between(at("2026-12-24 00:00"), at("2026-12-25 00:00")) == 4 * HOUR


@pytest.mark.parametrize(
    ("special", "error"),
    [
        ([HALF_DAY, HALF_DAY], BadHoliday),
        ([(date(2026, 12, 25), "Christmas", [("08:00", "12:00")])], BadHoliday),
        ([("2026-12-24", "Christmas Eve", [("08:00", "12:00")])], BadHoliday),
        ([(date(2026, 12, 24), "Christmas Eve", [])], BadInterval),
        ([(date(2026, 12, 24), "Christmas Eve", [("12:00", "12:00")])], BadInterval),
    ],
)
def test_special_hours_that_say_nothing_are_refused(special, error):
    with pytest.raises(error):
        Calendar("UTC", OFFICE, {date(2026, 12, 25): "Christmas"}, special)


STORED = {
    "2026-12-24": {"name": "Christmas Eve", "hours": [["08:00", "12:00"]]},
    "2027-01-09": {"name": "Stock taking", "hours": [["09:00", "13:00"]]},
    "2026-10-24": {"name": "Move", "hours": [["22:00", "06:00"]]},
}


@pytest.fixture
def version() -> CalendarVersion:
    return CalendarVersion(
        zone="Europe/Berlin",
        week=cast.OFFICE,
        holidays={"2026-12-25": "Christmas"},
        special_hours=STORED,
    )


def test_the_version_and_the_engine_agree_about_every_half_hour(version):
    engine = calendars.compiled(version)
    for start in ("2026-10-23 00:15", "2026-12-23 00:15", "2027-01-08 00:15"):
        for step in range(2 * 24 * 4):
            instant = utc(start) + step * HOUR / 2
            assert version.is_open(instant) is engine.is_open(instant), instant


def test_the_year_draws_special_hours(version):
    year = calendar_preview.preview_year(version, 2026)
    days = {str(day.on): day for day in year.special_days}
    assert [(day.hours, day.special, day.kind) for day in days.values()] == [
        ("22:00–06:00", "Move", "special"),
        ("08:00–12:00", "Christmas Eve", "special"),
    ]
    assert days["2026-12-24"].seconds == 4 * 3600
    assert year.open_days == 261  # 261 weekdays, less Christmas, with Saturday 24 October


def test_a_team_works_its_special_hours_and_needs_nobody_on_call_in_them(version):
    hours = on_call.office_hours(version)
    shifts = on_call.roster.turns(hours, utc("2026-12-24 00:00"), utc("2026-12-26 00:00"))
    assert [(shift.start, shift.end) for shift in shifts] == [
        (utc("2026-12-24 07:00"), utc("2026-12-24 11:00"))
    ]
    shifts = on_call.roster.turns(hours, utc("2027-01-09 00:00"), utc("2027-01-10 00:00"))
    assert [(shift.start, shift.end) for shift in shifts] == [
        (utc("2027-01-09 08:00"), utc("2027-01-09 12:00"))
    ]
