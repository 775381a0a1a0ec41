"""§9: calendars that managers edit: checked, versioned, with public holidays, previewed before
anybody counts by them.
"""

import pytest

from contacts import actions
from contacts.models import AdminEvent, WorkCalendar
from tests import cast


def text_of(answer) -> str:
    return " ".join(answer.content.decode().split())


def last_change() -> tuple[str, str, dict, dict]:
    event = AdminEvent.objects.order_by("-pk")[0]
    return event.verb, event.kind, event.before, event.after


WEEK = {"mon": "08:00-12:00, 13:00-17:00", "tue": "22:00–06:00"}
CALENDAR = {
    "name": "Berlin office",
    "zone": "Europe/Berlin",
    **WEEK,
    "holidays": "2026-12-24 Christmas Eve",
}


def test_a_calendar_is_written_and_said_anew_as_a_version(as_maya):
    answer = as_maya.post("/console/calendars/new/", {**CALENDAR, "keep": "yes"})
    calendar = WorkCalendar.objects.get(name="Berlin office")
    assert answer["Location"] == f"/console/calendars/{calendar.pk}/"
    assert calendar.current.week == {
        "mon": [["08:00", "12:00"], ["13:00", "17:00"]],
        "tue": [["22:00", "06:00"]],
    }
    address = f"/console/calendars/{calendar.pk}/edit/"
    assert 'value="08:00–12:00, 13:00–17:00"' in text_of(as_maya.get(address))
    as_maya.post(
        address,
        {**CALENDAR, "seen": "1", "holidays": "2026-12-24 Holy Night\n2026-12-25 Christmas"},
    )
    assert calendar.versions.count() == 2
    assert last_change()[2:] == (
        {"version": 1, "holidays": {"2026-12-24": "Christmas Eve"}},
        {"version": 2, "holidays": {"2026-12-24": "Holy Night", "2026-12-25": "Christmas"}},
    )
    page = text_of(as_maya.get(f"/console/calendars/{calendar.pk}/versions/2/"))
    assert "<del>Christmas Eve</del> <ins>Holy Night</ins>" in page
    as_maya.post(
        address,
        {
            **CALENDAR,
            "name": "Berlin",
            "seen": "2",
            "holidays": "2026-12-24 Holy Night\n2026-12-25 Christmas",
        },
    )
    assert (calendar.versions.count(), WorkCalendar.objects.get(pk=calendar.pk).name) == (
        2,
        "Berlin",
    )


def test_cases_keep_the_version_they_were_filed_under(as_maya, acme, ana):
    calendar = acme.sites.get().calendar
    before = cast.file(ana)
    form_data = {**CALENDAR, "name": calendar.name, "seen": "1", "zone": "Asia/Tokyo"}
    assert as_maya.post(f"/console/calendars/{calendar.pk}/edit/", form_data).status_code == 302
    assert [case.terms.calendar_version.number for case in (before, cast.file(ana))] == [1, 2]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"mon": "08:00-12:00, 11:00-17:00"}, "08:00–12:00 and 11:00–17:00 overlap"),
        ({"mon": "08:00-23:59"}, "gap of a minute before midnight: write 24:00"),
        (
            {"mon": "22:00-06:00", "tue": "05:00-12:00"},
            "The night of Monday until 06:00 runs into 05:00",
        ),
        (
            {"sun": "20:00-09:00", "mon": "08:00-12:00"},
            "The night of Sunday until 09:00 runs into 08:00",
        ),
        ({"mon": "25:00-26:00"}, "Write a time such as 08:00"),
        ({"mon": "8 to 5"}, "Write hours such as"),
        ({"mon": "", "tue": ""}, "without any open time"),
        ({"zone": "Mars/Olympus"}, "Select a valid choice"),
        ({"holidays": "Christmas"}, "Line 1, «Christmas», does not begin with a date"),
        ({"holidays": "2026-02-30 x"}, "does not begin with a date"),
        ({"holidays": "\n2026-12-25"}, "Line 2: write a name after 2026-12-25"),
        ({"holidays": "2026-12-25 x\n2026-12-25 y"}, "2026-12-25 is there twice"),
        ({"name": ""}, "This field is required"),
    ],
)
def test_a_calendar_that_cannot_be_comes_back_with_what_was_written(wrong, why, as_maya):
    answer = as_maya.post("/console/calendars/new/", {**CALENDAR, **wrong})
    assert answer.status_code == 422
    assert why in text_of(answer)
    assert "Your text is safe" in text_of(answer)
    assert not WorkCalendar.objects.filter(name="Berlin office").exists()


def test_of_two_who_write_the_same_calendar_the_second_looks_first(as_maya, maya):
    calendar = cast.calendar("Berlin", "Europe/Berlin")
    actions.save_calendar(
        calendar, by=maya, name="Berlin", zone="UTC", week=cast.OFFICE, holidays={}, seen=1
    )
    answer = as_maya.post(f"/console/calendars/{calendar.pk}/edit/", {**CALENDAR, "seen": "1"})
    assert answer.status_code == 422
    assert "Version 2 was written meanwhile" in text_of(answer)
    assert "2026-12-24 Christmas Eve" in text_of(answer)


LOAD = {"country": "DE", "first_year": "2026", "last_year": "2027", "load": "yes"}


def test_public_holidays_are_loaded_as_dates_with_names_beside_ones_own(as_maya):
    answer = as_maya.post("/console/calendars/new/", {**CALENDAR, **LOAD, "mon": "nonsense"})
    text = answer.context["form"]["holidays"].value()
    assert "2026-10-03 German Unity Day" in text
    assert "2026-12-24 Christmas Eve" in text
    assert "2026-03-08" not in text
    assert 'value="BE"' in text_of(answer)
    loaded = answer.context["form"]["loaded"].value()
    form_data = {**CALENDAR, **LOAD, "region": "BE", "loaded": loaded, "holidays": text}
    text = as_maya.post("/console/calendars/new/", form_data).context["form"]["holidays"].value()
    assert "2026-03-08 International Women's Day" in text or "2026-03-08 Women's Day" in text
    form_data = {
        **form_data,
        "country": "JP",
        "region": "BE",
        "loaded": "DE:BE:2026:2027",
        "holidays": text,
    }
    text = as_maya.post("/console/calendars/new/", form_data).context["form"]["holidays"].value()
    assert "Unity" not in text
    assert "2026-11-03 Culture Day" in text
    assert "2026-12-24 Christmas Eve" in text
    assert not WorkCalendar.objects.filter(name="Berlin office").exists()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"country": ""}, "Choose a country first"),
        ({"country": "XX"}, "Select a valid choice"),
        ({"last_year": "2025"}, "the first one first"),
        ({"last_year": "2080"}, "at most 12 years"),
        ({"first_year": ""}, "from which year"),
        ({"holidays": "nonsense"}, "does not begin with a date"),
    ],
)
def test_what_cannot_be_loaded_says_why(wrong, why, as_maya):
    answer = as_maya.post("/console/calendars/new/", {**CALENDAR, **LOAD, **wrong})
    assert answer.status_code == 422
    assert why in text_of(answer)


def test_a_year_is_looked_at_before_and_after(as_maya):
    calendar = cast.calendar("Berlin", "Europe/Berlin", holidays={"2026-12-24": "Christmas Eve"})
    form_data = {**CALENDAR, "mon": "08:00-17:00", "tue": "", "preview": "yes", "year": "2026"}
    answer = as_maya.post(f"/console/calendars/{calendar.pk}/edit/", form_data)
    assert answer.status_code == 200
    assert (answer.context["year"].seconds, answer.context["before"].seconds) == (
        52 * 9 * 3600,
        260 * 9 * 3600,
    )
    assert calendar.versions.count() == 1
    page = text_of(as_maya.get(f"/console/calendars/{calendar.pk}/?year=2026"))
    assert 'Sun 29 Mar <span class="muted">forward by 60 min' in page
    assert 'Thu 24 Dec <span class="muted">Christmas Eve' in page
    assert as_maya.get(f"/console/calendars/{calendar.pk}/?year=99999").status_code == 200
    assert as_maya.get(f"/console/calendars/{calendar.pk}/?year=0000").status_code == 200
