"""The form of a follow-up reminder: a preset time, or one that is typed."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from caretrack.web.console.case_forms import CaseForm
from caretrack.web.console.forms import entry
from caretrack.web.shared.text_fields import LineFormField
from cases.actions.reminding import LONGEST_NOTE, MOST_OPEN
from contacts.models import User

IN_AN_HOUR, TOMORROW, MONDAY, TYPED = "hour", "tomorrow", "monday", "typed"
MORNING = time(9)
SATURDAY, MONDAYS = 5, 0
DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def presets(user: User, now: datetime) -> dict[str, datetime]:
    """The times that one choice sets, in the time zone of the user.

    Tomorrow is the next day on which they work: by their own week if they have one, otherwise not
    on a weekend.
    """
    today = now.astimezone(user.tzinfo).date()
    pattern = getattr(user, "work_pattern", None)
    week = pattern.week if pattern is not None else {}
    days = [today + timedelta(days=offset) for offset in range(1, 8)]
    works = [day for day in days if _works(day, week)]
    monday = next(day for day in days if day.weekday() == MONDAYS)
    return {
        IN_AN_HOUR: (now + timedelta(hours=1)).replace(second=0, microsecond=0),
        TOMORROW: datetime.combine((works or days)[0], MORNING, tzinfo=user.tzinfo),
        MONDAY: datetime.combine(monday, MORNING, tzinfo=user.tzinfo),
    }


def _works(day: date, week: Mapping[str, Any]) -> bool:
    if week:
        return bool(week.get(DAY_NAMES[day.weekday()]))
    return day.weekday() < SATURDAY


def _label(name: str, at: datetime, user: User) -> str:
    local = at.astimezone(user.tzinfo)
    beginning = {IN_AN_HOUR: "In one hour", TOMORROW: "Next working day", MONDAY: "Monday"}[name]
    return f"{beginning}: {local:%a %-d %b %H:%M}"


class ReminderTimeField(forms.DateTimeField):
    """A day and time in the user's own zone."""

    def __init__(self) -> None:
        super().__init__(
            label="Day and time, in your time zone",
            required=False,
            widget=forms.DateTimeInput(
                attrs={"type": "datetime-local", "class": "form-control"}, format="%Y-%m-%dT%H:%M"
            ),
        )
        self.hides_optional = True


def note_field() -> LineFormField:
    return LineFormField(
        label="Note",
        max_length=LONGEST_NOTE,
        required=False,
        widget=entry(),
        help_text=(
            f"Only you see it. You can have {MOST_OPEN} open reminders, up to a year ahead."
        ),
    )


class ReminderForm(CaseForm):
    """A reminder on a case."""

    preset = forms.ChoiceField(label="When", widget=forms.RadioSelect)
    due_at = ReminderTimeField()
    note = note_field()

    def __init__(self, *args: Any, situation: Any, **kwargs: Any) -> None:
        super().__init__(*args, situation=situation, **kwargs)
        self.user = situation.context.by
        self.times = presets(self.user, timezone.now())
        self.fields["preset"].choices = [  # type: ignore[attr-defined]
            *((name, _label(name, at, self.user)) for name, at in self.times.items()),
            (TYPED, "At the time below"),
        ]
        self.fields["preset"].initial = TOMORROW

    def clean(self) -> dict[str, Any]:
        cleaned_data = super().clean()
        preset, typed = cleaned_data.get("preset"), cleaned_data.get("due_at")
        if preset in self.times:
            cleaned_data["due_at"] = self.times[preset]
        elif preset == TYPED and typed is None and "due_at" not in self.errors:
            self.add_error("due_at", "Write a day and a time.")
        return cleaned_data


class ReminderChangeForm(forms.Form):
    """A reminder that is set already."""

    due_at = ReminderTimeField()
    note = note_field()

    def clean_due_at(self) -> datetime:
        typed: datetime | None = self.cleaned_data["due_at"]
        if typed is None:
            raise forms.ValidationError("Write a day and a time.")
        return typed
