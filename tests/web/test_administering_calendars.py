"""§9: calendars that managers edit: checked, versioned, with public holidays, previewed before
anybody counts by them.
"""

import pytest

from caretrack.web.console.administration import calendar_days
from contacts import actions, calendar_reviews, emails
from contacts.models import AdminEvent, QueuedEmail, Role, User, WorkCalendar
from core import current_time
from sla import explain
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
        ({"holidays": "Christmas"}, "Line 1: “Christmas” does not begin with a date"),
        ({"holidays": "2026-02-30 x"}, "does not begin with a date"),
        ({"holidays": "\n2026-12-25"}, "Line 2: write a name after 2026-12-25"),
        ({"holidays": "2026-12-25 x\n2026-12-25 y"}, "Line 2: 2026-12-25 is there twice: line 1"),
        ({"mon": "8-12, 11-15"}, "08:00–12:00 and 11:00–15:00 overlap"),
        ({"mon": "8-5"}, "Write hours such as"),
        ({"holidays": "2026-12-24 08:00-12:00"}, "Line 1: write a name after the hours"),
        ({"holidays": "2026-12-24 8-12, 11-15 x"}, "Line 1: 08:00–12:00 and 11:00–15:00 overlap"),
        ({"holidays": "2026-12-24 12:00-12:00 x"}, "Line 1: 12:00–12:00 encloses no time"),
        ({"holidays": "2026-12-24 25:00-26:00 x"}, "Line 1: Write a time such as 08:00"),
        ({"holidays": "2026-12-24 12:00 Christmas Eve"}, "Line 1: write special hours as"),
        ({"holidays": "2026-12-24 from 12.00 on"}, "Line 1: write special hours as"),
        *(
            ({"holidays": f"2026-12-24 {name}"}, "Line 1: write special hours as")
            for name in (
                "until 1 pm",
                "(12:00-17:00) Christmas Eve",
                "Christmas Eve, open 8-12",
                "Christmas Eve (from 12.00)",
                "ab 12 Uhr",
                "half day",
                "1200-1700 Christmas Eve",
                "午後",
            )
        ),
        ({"holidays": "2027-01-01..2026-12-24 x"}, "Line 1: 2026-12-24 is before 2027-01-01"),
        ({"holidays": "2026-12-24..2026-12-32 x"}, "Line 1: 2026-12-32 is no date"),
        ({"holidays": "2026-12-24..2028-12-24 x"}, "Line 1: a range has at most 400 days"),
        ({"holidays": "2026-12-24..2026-12-26"}, "Line 1: write a name after 2026-12-26"),
        ({"holidays": "2026-12-24..2026-12-26 8-12 x"}, "Line 1: special hours are for one date"),
        (
            {"holidays": "2026-12-24..2026-12-26 x\n\n2026-12-25 8-12 y"},
            "Line 3: 2026-12-25 is there twice: line 1",
        ),
        ({"name": ""}, "This field is required"),
    ],
)
def test_a_calendar_that_cannot_be_comes_back_with_what_was_written(wrong, why, as_maya):
    answer = as_maya.post("/console/calendars/new/", {**CALENDAR, **wrong})
    assert answer.status_code == 422
    assert why in text_of(answer)
    assert "Your text is still here" in text_of(answer)
    assert not WorkCalendar.objects.filter(name="Berlin office").exists()


def test_every_wrong_line_of_the_days_off_is_named(as_maya):
    text = "2026-13-01 x\n2026-12-25 Christmas\n2026-12-26\n2026-12-24 8-12, 11-15 y"
    answer = as_maya.post("/console/calendars/new/", {**CALENDAR, "holidays": text})
    errors = answer.context["form"].errors["holidays"]
    assert [error.partition(":")[0] for error in errors] == ["Line 1", "Line 3", "Line 4"]


def test_special_hours_and_ranges_are_written_read_and_written_back(as_maya):
    text = (
        "2026-12-24 08:00-12:00, 13:00-14:00 Christmas Eve\n"
        "2026-12-25..2026-12-31 Company holidays\n"
        "2027-01-01 New Year\n"
        "2027-01-09 09:00-13:00 Stock taking"
    )
    typed = text.replace("08:00-12:00, 13:00-14:00", "8–12, 13-14:00").replace("..", " to ")
    as_maya.post("/console/calendars/new/", {**CALENDAR, "holidays": typed, "keep": "yes"})
    calendar = WorkCalendar.objects.get(name="Berlin office")
    assert calendar.current.special_hours == {
        "2026-12-24": {
            "name": "Christmas Eve",
            "hours": [["08:00", "12:00"], ["13:00", "14:00"]],
        },
        "2027-01-09": {"name": "Stock taking", "hours": [["09:00", "13:00"]]},
    }
    assert len(calendar.current.holidays) == 8
    address = f"/console/calendars/{calendar.pk}/edit/"
    assert as_maya.get(address).context["form"]["holidays"].value() == text
    year = text_of(as_maya.get(f"/console/calendars/{calendar.pk}/?year=2026"))
    assert "Special hours in 2026" in year
    assert "08:00–12:00, 13:00–14:00" in year
    changed = {**CALENDAR, "seen": "1", "holidays": text.replace("09:00-13:00", "09:00-14:00")}
    as_maya.post(address, changed)
    assert last_change()[2:] == (
        {
            "version": 1,
            "special_hours": {
                "2027-01-09": {"name": "Stock taking", "hours": [["09:00", "13:00"]]}
            },
        },
        {
            "version": 2,
            "special_hours": {
                "2027-01-09": {"name": "Stock taking", "hours": [["09:00", "14:00"]]}
            },
        },
    )
    page = text_of(as_maya.get(f"/console/calendars/{calendar.pk}/versions/2/"))
    assert "<del>09:00-13:00 Stock taking</del> <ins>09:00-14:00 Stock taking</ins>" in page


def test_loaded_holidays_leave_special_hours_as_they_are(as_maya):
    form_data = {**CALENDAR, **LOAD, "holidays": "2026-12-25 8-12 We work on Christmas"}
    answer = as_maya.post("/console/calendars/new/", form_data)
    text = answer.context["form"]["holidays"].value()
    assert "2026-12-25 08:00-12:00 We work on Christmas" in text
    assert text.count("2026-12-25") == 1


def test_a_half_day_moves_what_is_due_and_the_case_says_why(as_maya, acme, ana):
    calendar = acme.sites.get().calendar
    form_data = {
        **CALENDAR,
        "name": calendar.name,
        "zone": "UTC",
        "mon": "08:00-17:00",
        "tue": "08:00-17:00",
        "seen": "1",
        "holidays": "2026-03-02 08:00-10:00 Inventory",
    }
    as_maya.post(f"/console/calendars/{calendar.pk}/edit/", form_data)
    with current_time.backdated(
        cast.utc("2026-03-02 09:30"), by=User.objects.get(role=Role.SYSTEM)
    ):
        case = cast.file(ana, severity=2)
    clock = case.clocks.get(kind="response")
    assert clock.due_at == cast.utc("2026-03-03 08:30")
    explanation = explain.explain(clock, clock.due_at)
    assert [explanation.reason(stretch) for stretch in explanation.stretches] == [
        "counted, special hours: Inventory",
        "closed by special hours: Inventory",
        "outside business hours",
        "counted",
    ]


def test_managers_hear_once_before_the_holidays_of_a_used_calendar_run_out(
    acme, maya, kim, as_maya, as_kim, time_machine
):
    calendar = acme.sites.get().calendar
    holidays = {"2026-12-25": "Christmas"}
    calendar.revise(zone="UTC", week=cast.OFFICE, holidays=holidays)
    unused = cast.calendar("Unused", holidays=holidays)
    queued = QueuedEmail.objects.filter(key__startswith="holidays_end")
    pages = ("/console/administration/", f"/console/calendars/{calendar.pk}/")
    time_machine.move_to("2026-11-01T12:00:00Z")
    calendar_reviews.warn()
    assert not queued.exists()
    assert not any("has no days off after" in text_of(as_maya.get(page)) for page in pages)
    time_machine.move_to("2026-11-02T12:00:00Z")
    for _ in range(2):
        calendar_reviews.warn()
    managers = {person.email for person in emails.managers()}
    assert maya.email in managers
    assert sorted(queued.values_list("address", flat=True)) == sorted(managers)
    assert {email.recipient.role for email in queued} <= {Role.MANAGER, Role.ADMINISTRATOR}
    for page in pages:
        assert "has no days off after 2026. Add those of 2027" in text_of(as_maya.get(page)), page
    assert unused.name not in text_of(as_maya.get(pages[0]))
    calendar.revise(zone="UTC", week=cast.OFFICE, holidays={**holidays, "2027-12-25": "Christmas"})
    assert not any("has no days off after" in text_of(as_maya.get(page)) for page in pages)


def test_a_calendar_without_holidays_is_not_warned_about(acme, as_maya):
    assert "has no days off after" not in text_of(as_maya.get("/console/administration/"))


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


def test_a_name_with_a_date_is_no_time_and_wide_digits_are_digits():
    days = calendar_days.parse(
        "2025-01-03 Day off (substituted from 12/29/2024)\n"
        "2026-01-02 Neujahr (verlegt vom 1.1.2026)\n"
        "２０２６－１２－２４ １２：００-１７：００ Christmas Eve"
    )
    assert list(days.holidays) == ["2025-01-03", "2026-01-02"]
    assert days.special_hours["2026-12-24"]["hours"] == [["12:00", "17:00"]]
