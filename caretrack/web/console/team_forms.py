"""Forms about Care's teams, hours and rotas.

A form checks its shape; the actions decide the rest.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from caretrack.web.shared.field_choices import zones
from caretrack.web.shared.people_forms import CONTROL, SELECT, WEEKDAYS
from contacts import namesakes
from contacts.models import Assignment, Role, Team, User, WorkCalendar
from contacts.models.calendars import WEEKDAYS as DAYS
from contacts.models.roster import wall_time
from routing.models import OnCallRota

PLACES = 8
WALL = r"(\d{1,2})(:\d{2})?"
INTERVAL = re.compile(rf"\s*{WALL}\s*(-|–|to)\s*{WALL}\s*")
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
Choices = list[tuple[str, str]]


def _line(label: str, help_text: str = "", required: bool = True, **attrs: str) -> forms.CharField:
    widget = forms.TextInput(attrs={**CONTROL, **attrs})
    return forms.CharField(
        label=label, max_length=100, help_text=help_text, required=required, widget=widget
    )


def _wall(label: str, initial: str, help_text: str = "") -> forms.CharField:
    widget = forms.TextInput(attrs={**CONTROL, "inputmode": "numeric"})
    return forms.CharField(
        label=label, initial=initial, validators=[wall_time], widget=widget, help_text=help_text
    )


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={**CONTROL, "type": "date"}, format="%Y-%m-%d")
    )


def _tick(label: str, *, initial: bool = False) -> forms.BooleanField:
    widget = forms.CheckboxInput(attrs={"class": "form-check-input"})
    return forms.BooleanField(label=label, required=False, initial=initial, widget=widget)


def people_choices(people: Iterable[User]) -> Choices:
    return [(str(key), label) for key, label in namesakes.labels(people).items()]


class OneOf(forms.ChoiceField):
    """One of the rows that the page has loaded. No choice is None."""

    def __init__(self, rows: Iterable[Any] = (), *, empty: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Select(attrs=SELECT))
        super().__init__(**kwargs)
        self.empty = empty
        self.offer(rows)

    def offer(self, rows: Iterable[Any]) -> None:
        self.rows = {str(row.pk): row for row in rows}
        first = [("", self.empty)] if self.empty else []
        people = [row for row in self.rows.values() if isinstance(row, User)]
        labels = namesakes.labels(people)
        self.choices = first + [
            (key, labels.get(row.pk, str(row)) if isinstance(row, User) else str(row))
            for key, row in self.rows.items()
        ]

    def clean(self, value: Any) -> Any:
        return self.rows.get(super().clean(value))


class TeamForm(forms.Form):
    """A team: its areas, its members, and the assignment of its cases."""

    name = _line("Name")
    assignment = forms.ChoiceField(
        label="Assignment of new cases",
        choices=Assignment.choices,
        widget=forms.RadioSelect,
        initial=Assignment.OFF,
    )
    calendar = OneOf(
        label="Its working hours",
        required=False,
        empty="None: whenever someone is at work",
        help_text="Outside these hours a Critical case alerts the person on call. Calendars of "
        "customers’ sites are not offered: write one for the team in Administration.",
    )
    areas = forms.MultipleChoiceField(
        label="Areas whose cases come here", required=False, widget=forms.CheckboxSelectMultiple
    )
    is_intake = _tick("Intake: cases in areas without a team")
    investigates = _tick("Investigates what was escalated")
    members = forms.MultipleChoiceField(
        label="People", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self,
        *args: Any,
        people: Sequence[User],
        areas: Choices,
        calendars: Iterable[WorkCalendar],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in people}
        self.fields["members"].choices = people_choices(people)  # type: ignore[attr-defined]
        self.fields["areas"].choices = areas  # type: ignore[attr-defined]
        self.fields["calendar"].offer(calendars)  # type: ignore[attr-defined]

    def clean_members(self) -> list[User]:
        return [self.people[key] for key in self.cleaned_data["members"]]


class WeekForm(forms.Form):
    """A week, one line for each day, such as “08:00–12:00, 13:00–17:00”."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day, name in zip(DAYS, NAMES, strict=True):
            self.fields[day] = forms.CharField(
                label=name, required=False, max_length=100, widget=forms.TextInput(attrs=CONTROL)
            )
            self.fields[day].hides_optional = True  # type: ignore[attr-defined]

    @property
    def days(self) -> list[forms.BoundField]:
        return [self[day] for day in DAYS]

    @property
    def others(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name not in DAYS]

    def clean(self) -> dict[str, Any]:
        cleaned_data = super().clean() or {}
        week: dict[str, Any] = {}
        for day in DAYS:
            try:
                week[day] = intervals(cleaned_data.get(day) or "")
            except forms.ValidationError as error:
                self.add_error(day, error)
        return {**cleaned_data, "week": week}


class TeamHoursForm(WeekForm):
    """The working hours of a team, in one zone."""

    zone = forms.ChoiceField(label="Time zone", widget=forms.Select(attrs=SELECT))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"].choices = zones()  # type: ignore[attr-defined]


class WorkForm(WeekForm):
    """The working hours of a person, and until when they are away."""

    away_until = forms.DateTimeField(
        label="Away until",
        required=False,
        help_text=(
            "In their time zone. Empty: not away. People who are away get no cases and no alerts."
        ),
        widget=forms.DateTimeInput(
            attrs={**CONTROL, "type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
        ),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )
    skills = forms.MultipleChoiceField(
        label="Areas they can work",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: every area.",
    )

    def __init__(
        self, *args: Any, areas: Choices, with_skills: bool, zone: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(zone)
        self.fields["skills"].choices = areas  # type: ignore[attr-defined]
        if not with_skills:
            del self.fields["skills"]

    def clean_away_until(self) -> datetime | None:
        """The local time is in the person's own zone, also when somebody else writes it."""
        at: datetime | None = self.cleaned_data["away_until"]
        return at.replace(tzinfo=self.zone).astimezone(UTC) if at else None


def intervals(text: str) -> list[list[str]]:
    """“08:00–12:00, 13:00–17:00” as pairs, with a dash of any kind.

    Raises ValidationError for anything else.
    """
    pairs = []
    for part in filter(str.strip, text.split(",")):
        pair = _pair(part)
        if pair is None:
            raise forms.ValidationError(
                "Write hours such as 08:00–17:00, or 08:00–12:00, 13:00–17:00."
            )
        for wall in pair:
            wall_time(wall)
        pairs.append(pair)
    return pairs


def _pair(part: str) -> list[str] | None:
    match = INTERVAL.fullmatch(part)
    if match is None:
        return None
    opens, closes = (
        f"{int(hour):02d}{minutes or ':00'}"
        for hour, minutes in ((match[1], match[2]), (match[4], match[5]))
    )
    # 8-12 means 08:00-12:00. 8-5 does not: it would be a night shift that nobody means.
    is_short = not (match[2] and match[5])
    if is_short and (match[3] == "to" or opens >= closes):
        return None
    return [opens, closes]


def written(week: dict[str, Any]) -> dict[str, str]:
    """A week as the form's lines."""
    return {
        day: ", ".join(f"{opens}–{closes}" for opens, closes in spans)
        for day, spans in week.items()
    }


class RotaForm(forms.Form):
    """A rota: its teams, its people in order, and the time to acknowledge."""

    name = _line("Name")
    team = OneOf(label="Serves", required=False, empty="All teams that have no rota of their own")
    zone = forms.ChoiceField(label="Time zone", widget=forms.Select(attrs=SELECT))
    begins_on = _day("The first person's week begins on")
    hands_over = _wall("Handed over at", "09:00")
    minutes = forms.IntegerField(
        label="Minutes to acknowledge before the next person is alerted",
        min_value=1,
        max_value=240,
        initial=5,
        widget=forms.NumberInput(attrs=CONTROL),
    )
    manager = OneOf(label="Alerted last", required=False, empty="The first manager")
    webhook = forms.CharField(
        label="Webhook",
        required=False,
        max_length=500,
        widget=forms.URLInput(attrs=CONTROL),
        help_text=("A public https address. It is called with each alert, and signed."),
    )
    is_active = _tick("In use", initial=True)
    swaps_need_manager = _tick("A manager confirms the swaps that people arrange themselves")

    def __init__(
        self, *args: Any, people: Sequence[User], teams: Iterable[Team], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"].choices = zones()  # type: ignore[attr-defined]
        self.fields["team"].offer(teams)  # type: ignore[attr-defined]
        managers = [
            person for person in people if person.role in (Role.MANAGER, Role.ADMINISTRATOR)
        ]
        self.fields["manager"].offer(managers)  # type: ignore[attr-defined]
        for place in range(1, PLACES + 1):
            self.fields[f"place_{place}"] = OneOf(
                people, label=f"{place}. in the order", required=place == 1, empty="Nobody"
            )

    @property
    def places(self) -> list[forms.BoundField]:
        return [self[f"place_{place}"] for place in range(1, PLACES + 1)]

    @property
    def settings(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if not field.name.startswith("place_")]

    def rota_fields(self) -> dict[str, Any]:
        """The input of the action: the places as a list."""
        places = [self.cleaned_data.get(f"place_{place}") for place in range(1, PLACES + 1)]
        rest = {
            name: value
            for name, value in self.cleaned_data.items()
            if not name.startswith("place_")
        }
        return {**rest, "people": [person for person in places if person is not None]}

    @staticmethod
    def initial_of(rota: OnCallRota, people: Iterable[int]) -> dict[str, Any]:
        places = {f"place_{place}": key for place, key in enumerate(people, start=1)}
        return {
            "name": rota.name,
            "team": rota.team_id,
            "zone": rota.zone,
            "begins_on": rota.begins_on,
            "hands_over": rota.hands_over,
            "minutes": rota.minutes,
            "manager": rota.manager_id,
            "webhook": rota.webhook,
            "swaps_need_manager": rota.swaps_need_manager,
            "is_active": rota.is_active,
            **places,
        }


class ShiftForm(forms.Form):
    """Hours that a rota covers."""

    weekdays = forms.TypedMultipleChoiceField(
        label="On",
        choices=WEEKDAYS,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one weekday."},
    )
    starts = _wall("From", "17:00")
    ends = _wall(
        "To", "08:00", "An end before the start is next morning; a whole day is 00:00 to 24:00."
    )
    person = OneOf(label="Who", required=False, empty="As scheduled")

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].offer(people)  # type: ignore[attr-defined]


class SwapForm(forms.Form):
    """Somebody else for some days, or for one night, in the rota's zone."""

    person = OneOf(label="Who is on call")
    first_day = _day("From")
    starts = _wall("From, time of day", "00:00", "00:00 is the beginning of the day.")
    last_day = _day("To")
    ends = _wall("To, time of day", "24:00", "24:00 is the end of the day.")
    reason = _line("Why", required=False)

    def __init__(self, *args: Any, people: Sequence[User], zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = ZoneInfo(zone)
        self.fields["person"].offer(people)  # type: ignore[attr-defined]

    def swap_fields(self) -> dict[str, Any]:
        """The days and times as instants."""
        data = self.cleaned_data
        return {
            "person": data["person"],
            "reason": data["reason"],
            "starts_at": self._instant(data["first_day"], data["starts"]),
            "ends_at": self._instant(data["last_day"], data["ends"]),
        }

    def _instant(self, day: date, wall: str) -> datetime:
        """A time of a day in the rota's zone; 24:00 is the midnight after it."""
        hours, minutes = (int(part) for part in wall.split(":"))
        local = datetime.combine(day + timedelta(days=hours // 24), time(hours % 24, minutes))
        return local.replace(tzinfo=self.zone).astimezone(UTC)


class AssignForm(forms.Form):
    """The new assignee of a case."""

    to = OneOf(label="Colleague", required=False, empty="Nobody: it stays in the team's queue")
    team = OneOf(label="Team", required=False, empty="As it is")
    reason = _line("Why", "Only Care reads it.", required=False)

    def __init__(
        self, *args: Any, people: Sequence[User], teams: Iterable[Team], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].offer(people)  # type: ignore[attr-defined]
        self.fields["team"].offer(teams)  # type: ignore[attr-defined]
