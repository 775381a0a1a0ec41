"""The editor of a calendar: a line for each weekday, for each holiday and for the special hours of
a date, and public holidays to import.
"""

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from caretrack.web.console.administration.calendar_days import (
    CalendarDays,
    hours_text,
    lines_of,
    parse,
)
from caretrack.web.console.administration.forms import choice, line
from caretrack.web.console.team_forms import WeekForm, written
from caretrack.web.shared.field_choices import zones
from caretrack.web.shared.people_forms import CONTROL, SELECT
from contacts import public_holidays, weeks
from contacts.models import CalendarVersion
from contacts.models.calendars import WEEKDAYS

LOADED = re.compile(r"([A-Z]{2}):([^:]{0,40}):(\d{4}):(\d{4})")
YEARS = 4  # this year and the next three


class CalendarForm(WeekForm):
    """The content of a calendar.

    `loaded` remembers the last import of holidays, so that another one can replace it.
    """

    name = line("Name", most=100, placeholder="Berlin office")
    zone = forms.ChoiceField(label="Time zone", widget=forms.Select(attrs=SELECT))
    holidays = forms.CharField(
        label="Days off and special hours",
        required=False,
        max_length=120_000,
        strip=False,
        widget=forms.Textarea(
            attrs={**CONTROL, "rows": 12, "spellcheck": "false", "aria-describedby": "days-off-how"}
        ),
    )
    country = choice("Country", (), required=False)
    region = choice("Region", (), required=False)
    first_year = forms.IntegerField(label="From", required=False, min_value=1990, max_value=2199)
    last_year = forms.IntegerField(
        label="To the end of", required=False, min_value=1990, max_value=2199
    )
    loaded = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    WIDE = ("name", "zone")
    LOADING = ("country", "region", "first_year", "last_year")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"].choices = zones()  # type: ignore[attr-defined]
        self.fields["country"].choices = [("", "Choose…"), *public_holidays.countries()]  # type: ignore[attr-defined]
        self.fields["holidays"].hides_optional = True  # type: ignore[attr-defined]
        country = str(self["country"].value() or "")
        known = (
            public_holidays.regions(country) if country in dict(public_holidays.countries()) else []
        )
        whole = "The whole country" if known or not country else "No regions differ"
        self.fields["region"].choices = [("", whole), *known]  # type: ignore[attr-defined]
        if self.is_bound and str(self["region"].value() or "") not in dict(known):
            self.data = {
                **dict(self.data.items()),
                "region": "",
            }  # it belonged to the previous country
        for name in self.LOADING:
            self.fields[name].hides_optional = True  # type: ignore[attr-defined]
            self.fields[name].widget.attrs.update(
                CONTROL if "year" in name else {"class": "form-select ellipsis"}
            )

    @property
    def wide(self) -> list[forms.BoundField]:
        return [self[name] for name in self.WIDE]

    @property
    def loading(self) -> list[forms.BoundField]:
        return [self[name] for name in self.LOADING]

    @staticmethod
    def initial_of(version: CalendarVersion | None, today: date, zone: str) -> dict[str, Any]:
        """The initial content: the current hours, or Care's defaults (§9)."""
        first = {"first_year": today.year, "last_year": today.year + YEARS - 1}
        if version is None:
            office = {day: [["08:00", "17:00"]] for day in WEEKDAYS[:5]}
            return {**first, "zone": zone, **written(office)}
        return {
            **first,
            "name": version.calendar.name,
            "zone": version.zone,
            "seen": version.number,
            "holidays": lines_of(CalendarDays(version.holidays, version.special_hours)),
            **written(version.week),
        }

    def clean_holidays(self) -> CalendarDays:
        return parse(self.cleaned_data["holidays"])

    def clean(self) -> dict[str, Any]:
        cleaned_data = super().clean()
        if not any(day in self.errors for day in WEEKDAYS):
            try:
                cleaned_data["week"] = weeks.checked(cleaned_data["week"])
            except ValidationError as error:
                for day, words in error.message_dict.items():
                    self.add_error(day, " ".join(words))
        return cleaned_data

    def content(self) -> dict[str, Any]:
        """The cleaned content, as `save_calendar` takes it."""
        days: CalendarDays = self.cleaned_data["holidays"]
        return {
            **{name: self.cleaned_data[name] for name in ("name", "zone", "week", "seen")},
            "holidays": days.holidays,
            "special_hours": days.special_hours,
        }

    def unsaved(self) -> CalendarVersion:
        """The content as an unsaved version, for the preview of a year."""
        content = self.content()
        return CalendarVersion(
            **{name: content[name] for name in ("zone", "week", "holidays", "special_hours")}
        )

    def load(self) -> "CalendarForm":
        """The form with the chosen public holidays among its days off.

        Unchanged holidays of the last import are replaced; manual entries stay. Adds an error if
        nothing can be imported, or a day off cannot be parsed.
        """
        self.full_clean()
        cleaned_data, data = self.cleaned_data, dict(self.data.items())
        wrong = [name for name in (*self.LOADING, "holidays") if name in self.errors]
        errors = {name: self.errors[name] for name in wrong}
        self.errors.clear()
        self.errors.update(errors)
        if wrong:
            return self
        first, last = cleaned_data.get("first_year"), cleaned_data.get("last_year")
        try:
            if not cleaned_data.get("country"):
                raise ValueError("Choose a country first.")
            if first is None or last is None:
                raise ValueError("Say from which year to which.")
            holidays = public_holidays.between(
                cleaned_data["country"], cleaned_data.get("region") or "", first, last
            )
        except ValueError as error:
            self.add_error("country", str(error))
            return self
        written_days: CalendarDays = cleaned_data["holidays"]
        days = _without_the_last_load(written_days.holidays, str(data.get("loaded", "")))
        special_hours = written_days.special_hours
        added = {day: name for day, name in holidays.items() if day not in special_hours}
        data["holidays"] = lines_of(CalendarDays({**added, **days}, special_hours))
        data["loaded"] = (
            f"{cleaned_data['country']}:{cleaned_data.get('region') or ''}:{first}:{last}"
        )
        return CalendarForm(initial=data)  # other errors are shown when the calendar is saved


def _without_the_last_load(days: dict[str, str], loaded: str) -> dict[str, str]:
    match = LOADED.fullmatch(loaded)
    if match is None:
        return days
    try:
        last = public_holidays.between(match[1], match[2], int(match[3]), int(match[4]))
    except ValueError:
        return days
    return {day: name for day, name in days.items() if last.get(day) != name}


def labels(days: dict[str, Any]) -> dict[str, str]:
    """What one side of a difference says of each date: a day off, or special hours."""
    special = {
        day: f"{hours_text(one['hours'])} {one['name']}"
        for day, one in days.get("special_hours", {}).items()
    }
    return {**days.get("holidays", {}), **special}
