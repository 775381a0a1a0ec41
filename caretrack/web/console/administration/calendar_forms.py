"""The editor of a calendar: a line for each weekday and each holiday, and public holidays to
import.
"""

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from caretrack.web.console.administration.forms import choice, line
from caretrack.web.console.team_forms import WeekForm, written
from caretrack.web.shared.field_choices import zones
from caretrack.web.shared.people_forms import CONTROL, SELECT
from contacts import public_holidays, weeks
from contacts.models import CalendarVersion
from contacts.models.calendars import WEEKDAYS

LINE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[\s,;:]+(.*))?")
LOADED = re.compile(r"([A-Z]{2}):([^:]{0,40}):(\d{4}):(\d{4})")
YEARS = 4  # this year and the next three


class CalendarForm(WeekForm):
    """The content of a calendar.

    `loaded` remembers the last import of holidays, so that another one can replace it.
    """

    name = line("Name", most=100, placeholder="Berlin office")
    zone = forms.ChoiceField(label="By the clock of", widget=forms.Select(attrs=SELECT))
    holidays = forms.CharField(
        label="Days off",
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
            "holidays": lines(version.holidays),
            **written(version.week),
        }

    def clean_holidays(self) -> dict[str, str]:
        return days_of(self.cleaned_data["holidays"])

    def clean(self) -> dict[str, Any]:
        cleaned_data = super().clean()
        if not any(day in self.errors for day in WEEKDAYS):
            try:
                cleaned_data["week"] = weeks.checked(cleaned_data["week"])
            except ValidationError as error:
                for day, words in error.message_dict.items():
                    self.add_error(day, " ".join(words))
        return cleaned_data

    def unsaved(self) -> CalendarVersion:
        """The content as an unsaved version, for the preview of a year."""
        cleaned_data = self.cleaned_data
        return CalendarVersion(
            zone=cleaned_data["zone"], week=cleaned_data["week"], holidays=cleaned_data["holidays"]
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
        days = _without_the_last_load(cleaned_data["holidays"], str(data.get("loaded", "")))
        data["holidays"] = lines({**holidays, **days})
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


def days_of(text: str) -> dict[str, str]:
    """Parse “2026-12-25 Christmas Day”, one day a line.

    Raises ValidationError with the number of the wrong line.
    """
    days: dict[str, str] = {}
    for number, written_line in enumerate(text.splitlines(), start=1):
        line = written_line.strip()
        if not line:
            continue
        match = LINE.fullmatch(line)
        if match is None or not _is_date(match[1]):
            raise forms.ValidationError(
                f"Line {number}, «{line[:40]}», does not begin with a date such as 2026-12-25."
            )
        if not (match[2] or "").strip():
            raise forms.ValidationError(
                f"Line {number}: write a name after {match[1]}; customers read it as the reason."
            )
        if match[1] in days:
            raise forms.ValidationError(f"{match[1]} is there twice: keep one of its names.")
        days[match[1]] = match[2].strip()[:100]
    return days


def _is_date(text: str) -> bool:
    try:
        return 1990 <= date.fromisoformat(text).year <= 2200
    except ValueError:
        return False


def lines(days: dict[str, str]) -> str:
    return "\n".join(f"{day} {days[day]}" for day in sorted(days))
