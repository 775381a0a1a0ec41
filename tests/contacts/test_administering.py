"""§1, §3, §9, §14: what managers record about customers and calendars, and administrators of Care;
with before and after.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction

from contacts import actions, eligibility, public_holidays, weeks
from contacts.models import AdminEvent, Licence, Organisation, Role, User, WorkCalendar
from core.errors import Refused
from core.tenancy import care_scope
from sla import calendar_preview, calendars
from tests import cast
from tests.cast import utc


def test_only_managers_and_administrators_keep_what_is_administered(acme, ana, kim, maya):
    calendar = acme.sites.get().calendar
    for by in (ana, kim):
        with pytest.raises(Refused):
            actions.make_organisation(by=by, name="X", short_name="xx", calendar=calendar)
        with pytest.raises(Refused):
            actions.change_organisation(acme, by=by, name="X", short_name="xx")
        with pytest.raises(Refused):
            actions.save_site(None, organisation=acme, by=by, name="X", calendar=calendar)
        with pytest.raises(Refused):
            actions.save_calendar(
                calendar, by=by, name="X", zone="UTC", week=cast.OFFICE, holidays={}
            )
        with pytest.raises(Refused):
            actions.save_licence(
                None, organisation=acme, by=by, product="Collaborate", starts_on=date(2026, 1, 1)
            )
        with pytest.raises(Refused):
            actions.save_offering(None, by=by, key="x", name="X", channel="voice")
    assert not AdminEvent.objects.exists()
    actions.make_organisation(by=maya, name="X", short_name="xx", calendar=calendar)


def test_only_administrators_say_who_works_for_care(kim, maya, ada):
    for by in (kim, maya):
        with pytest.raises(Refused, match="administrators"):
            actions.invite_to_care(
                by=by, email="x@care.example", name="X", role="analyst", zone="UTC"
            )
        with pytest.raises(Refused, match="administrators"):
            actions.change_role(kim, by=by, role="manager")
        with pytest.raises(Refused, match="administrators"):
            actions.deactivate(kim, by=by, reason="x")
        with pytest.raises(Refused, match="administrators"):
            actions.reactivate(kim, by=by)
    assert actions.change_role(kim, by=ada, role="administrator").role == Role.ADMINISTRATOR


def test_customers_people_are_not_made_cares(ana, ada):
    with pytest.raises(Refused, match="nobody of Care"):
        actions.change_role(ana, by=ada, role="analyst")
    with pytest.raises(Refused, match="nobody of Care"):
        actions.deactivate(ana, by=ada, reason="x")
    with pytest.raises(Refused, match="somebody's already"):
        actions.invite_to_care(
            by=ada, email="ANA@acme.example", name="Ana", role="analyst", zone="UTC"
        )


def test_a_calendar_never_moves_what_it_said(acme, maya):
    calendar = acme.sites.get().calendar
    first = calendar.current
    actions.save_calendar(
        calendar, by=maya, name=calendar.name, zone="Asia/Tokyo", week=cast.OFFICE, holidays={}
    )
    assert (calendar.current.number, calendar.current.zone) == (2, "Asia/Tokyo")
    with pytest.raises(DatabaseError), transaction.atomic():
        first.zone = "UTC"
        first.save()
    event = AdminEvent.objects.get(kind="calendar")
    assert event.differences == [("version", 1, 2), ("zone", "Europe/Berlin", "Asia/Tokyo")]


def test_what_is_said_again_makes_no_version_and_no_entry(acme, maya):
    calendar = acme.sites.get().calendar
    actions.save_calendar(
        calendar,
        by=maya,
        name=calendar.name,
        zone="Europe/Berlin",
        week={**cast.OFFICE, "sat": []},
        holidays={},
    )
    assert calendar.versions.count() == 1
    assert not AdminEvent.objects.exists()


def test_a_calendar_without_open_time_or_with_a_day_off_without_a_name_is_refused(maya):
    with pytest.raises(Refused, match="without any open time"):
        actions.save_calendar(None, by=maya, name="X", zone="UTC", week={}, holidays={})
    with pytest.raises(ValidationError, match="Write a name"):
        actions.save_calendar(
            None, by=maya, name="X", zone="UTC", week=cast.OFFICE, holidays={"2026-01-01": " "}
        )
    with pytest.raises(ValidationError, match="no date"):
        actions.save_calendar(
            None, by=maya, name="X", zone="UTC", week=cast.OFFICE, holidays={"1 Jan": "x"}
        )
    assert not WorkCalendar.objects.filter(name="X").exists()


@pytest.mark.parametrize(
    ("week", "checked"),
    [
        (
            {"mon": [["13:00", "17:00"], ["08:00", "12:00"]], "tue": []},
            {"mon": [["08:00", "12:00"], ["13:00", "17:00"]]},
        ),
        ({"mon": [["00:00", "24:00"]]}, {"mon": [["00:00", "24:00"]]}),
        ({"mon": [["18:00", "00:00"]]}, {"mon": [["18:00", "24:00"]]}),
        (
            {"mon": [["22:00", "06:00"]], "tue": [["06:00", "10:00"]]},
            {"mon": [["22:00", "06:00"]], "tue": [["06:00", "10:00"]]},
        ),
        (
            {"mon": [["08:00", "12:00"], ["12:00", "17:00"]]},
            {"mon": [["08:00", "12:00"], ["12:00", "17:00"]]},
        ),
    ],
)
def test_hours_that_can_be_are_kept_in_order(week, checked):
    assert weeks.checked(week) == checked


def test_the_hours_of_a_month_are_what_the_engine_counts(maya):
    calendar = actions.save_calendar(
        None,
        by=maya,
        name="Berlin",
        zone="Europe/Berlin",
        holidays={"2026-03-30": "A day off"},
        week={"sat": [["22:00", "06:00"]], "mon": [["08:00", "17:00"]]},
    )
    year = calendar_preview.preview_year(calendar.current, 2026)
    march = year.months[2]
    berlin = calendars.compiled(calendar.current)
    counted = berlin.between(utc("2026-02-28 23:00"), utc("2026-03-31 22:00")).total_seconds()
    # Four Mondays, the fifth is off; the night of 28 February after midnight, three whole nights,
    # and one of 7 hours.
    assert march.seconds == counted == (4 * 9 + 6 + 3 * 8 + 7) * 3600
    by_day = {day.on.day: day for day in march.days}
    assert (by_day[29].shift, by_day[29].kind, by_day[29].seconds) == (60, "closed", 5 * 3600)
    assert (by_day[28].kind, by_day[30].kind, by_day[30].holiday) == (
        "open",
        "holiday",
        "A day off",
    )
    assert [(day.on, day.shift) for day in year.changes_of_the_clocks] == [
        (date(2026, 3, 29), 60),
        (date(2026, 10, 25), -60),
    ]


def test_a_date_that_was_left_out_has_no_time(maya):
    calendar = actions.save_calendar(
        None,
        by=maya,
        name="Apia",
        zone="Pacific/Apia",
        holidays={},
        week={day: [["00:00", "24:00"]] for day in ("thu", "fri", "sat")},
    )
    december = calendar_preview.preview_year(calendar.current, 2011).months[11]
    assert [day.seconds // 3600 for day in december.days[28:31]] == [24, 0, 24]


def test_holidays_of_a_region_are_more_than_the_countrys():
    country, region = (public_holidays.between("DE", region, 2026, 2026) for region in ("", "BY"))
    assert set(country) < set(region)
    assert region["2026-01-06"] == "Epiphany"
    assert dict(public_holidays.regions("DE"))["BY"] == "Bayern"


def test_the_first_day_without_a_licence_is_known_ahead(acme):
    def held(*spans):
        return [Licence(organisation=acme, product=p, starts_on=a, ends_on=b) for p, a, b in spans]

    today = date(2026, 3, 2)
    ends = ("PureCloud 2", date(2020, 1, 1), date(2026, 3, 31))
    assert eligibility.uncovered_from(held(ends), today) == date(2026, 4, 1)
    assert (
        eligibility.uncovered_from(held(ends, ("Collaborate", date(2026, 4, 1), None)), today)
        is None
    )
    follows = ("Collaborate", date(2026, 4, 2), date(2026, 5, 1))
    assert eligibility.uncovered_from(held(ends, follows), today) == date(2026, 4, 1)
    assert (
        eligibility.uncovered_from(held(("Nothing opens by it", date(2020, 1, 1), None)), today)
        == today
    )


@pytest.mark.parametrize(
    "short_name", ["Initech", "a", "in itech", "new", "choices", "ini/tech", ""]
)
def test_a_short_name_can_stand_in_an_address(short_name, acme, maya):
    calendar = acme.sites.get().calendar
    with pytest.raises(ValidationError):
        actions.make_organisation(by=maya, name="Initech", short_name=short_name, calendar=calendar)
    assert Organisation.objects.count() == 1


def test_of_two_administrators_who_remove_each_other_one_stays(transactional_db):
    with care_scope():
        first = cast.care("Ada", "ada@care.example", Role.ADMINISTRATOR)
        second = cast.care("Abe", "abe@care.example", Role.ADMINISTRATOR)

    def demote(by, person):
        try:
            with care_scope():
                actions.change_role(person, by=by, role="analyst")
        except Refused as refused:
            return refused.reason
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(demote, [first, second], [second, first]))
    assert sorted(bool(reason) for reason in outcomes) == [False, True]
    with care_scope():
        assert User.objects.filter(role=Role.ADMINISTRATOR).count() == 1
