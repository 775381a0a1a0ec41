"""Forms of policies: the draft, the filters of a preview, and the choice of a policy."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError

from caretrack.web.console.administration.forms import choice, line, tick
from caretrack.web.console.forms import TYPED_ORGANISATION
from caretrack.web.console.team_forms import OneOf
from caretrack.web.shared.people_forms import CONTROL, SELECT
from cases.choices import Severity
from contacts.models import Organisation
from sla import policy_content
from sla.models import Policy, PolicyVersion
from sla.models.policy import TargetKind, Unit
from sla.policy_content import BREACH, PolicyContent
from sla.policy_diff import NUMBERS, RECIPIENT_LABELS

STEPS = policy_content.MOST_WARNINGS
SEVERITIES = [(str(value), str(label)) for value, label in Severity.choices]
FROM = "In your time zone. Empty: from now on."


def _number(label: str, least: int, most: int, *, required: bool = True) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={**CONTROL, "inputmode": "numeric"})
    return forms.IntegerField(
        label=label, min_value=least, max_value=most, required=required, widget=widget
    )


def words(label: str, help_text: str, most: int = 500) -> forms.CharField:
    widget = forms.Textarea(attrs={**CONTROL, "rows": 3})
    return forms.CharField(label=label, help_text=help_text, max_length=most, widget=widget)


def instant(label: str, help_text: str = FROM) -> forms.DateTimeField:
    widget = forms.DateTimeInput(
        attrs={**CONTROL, "type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
    )
    formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
    return forms.DateTimeField(
        label=label,
        required=False,
        help_text=help_text,
        widget=widget,
        input_formats=formats,
        validators=[_is_near],
    )


def _is_near(at: datetime) -> None:
    if not 1970 <= at.year <= 2999:
        raise forms.ValidationError("Choose a year between 1970 and 2999.")


def in_zone(at: datetime | None, zone: str) -> datetime | None:
    """A local time in the person's own zone, as an instant."""
    return at.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) if at else None


class PolicyForm(forms.Form):
    """A new policy."""

    name = line("Name", most=120)
    key = line(
        "Key",
        "Small letters, digits and hyphens. Commands use it, and it cannot be changed.",
        most=50,
        autocapitalize="none",
        spellcheck="false",
    )
    like = OneOf(label="Start from this version")

    def __init__(self, *args: Any, versions: Iterable[PolicyVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["like"].offer(versions)  # type: ignore[attr-defined]


class DraftForm(forms.Form):
    """Every number of a policy.

    The content is validated as a whole, and each error is shown at its field.
    """

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reminder_days = line(
        "Reminders after, in business days", "Such as 1, 2. Empty: none.", required=False, most=60
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, _part, about, one in NUMBERS:
            least, most = policy_content.NUMBERS[name]
            self.fields[name] = _number(f"{about}, in {one}s", least, most)
        units = [
            ("", "no target"),
            *((str(unit), str(Unit(unit).label)) for unit in Unit.values),
        ]
        for promise in TargetKind:
            for severity in Severity:
                name, label = f"{promise}_{severity.value}", f"{promise.label}, {severity.label}"
                amount = _number(f"{label}: how much", 1, 100_000, required=False)
                unit = forms.ChoiceField(
                    label=f"{label}: how it counts",
                    choices=units,
                    required=False,
                    widget=forms.Select(attrs=SELECT),
                )
                self.fields[f"{name}_amount"], self.fields[f"{name}_unit"] = amount, unit
        recipients = [(key, text[:1].upper() + text[1:]) for key, text in RECIPIENT_LABELS.items()]
        for step in (*range(1, STEPS + 1), BREACH):
            if step != BREACH:
                self.fields[f"share_{step}"] = _number(
                    f"Warning {step}: at how much of the time, in %", 1, 99, required=False
                )
            self.fields[f"told_{step}"] = forms.MultipleChoiceField(
                label="Who is alerted about a missed target"
                if step == BREACH
                else f"Warning {step}: recipients",
                choices=recipients,
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )

    @staticmethod
    def initial_of(written: PolicyContent, seen: int) -> dict[str, Any]:
        """The initial data of the form."""
        initial: dict[str, Any] = {name: getattr(written, name) for name in policy_content.NUMBERS}
        initial |= {"seen": seen, "reminder_days": ", ".join(map(str, written.reminder_days))}
        for (promise, severity), (amount, unit) in written.targets.items():
            initial |= {f"{promise}_{severity}_amount": amount, f"{promise}_{severity}_unit": unit}
        for step, share in enumerate(written.warning_percentages[:STEPS], start=1):
            initial |= {
                f"share_{step}": share,
                f"told_{step}": written.ladder.get(str(share), ["assignee"]),
            }
        initial[f"told_{BREACH}"] = written.ladder.get(BREACH, ["assignee"])
        return initial

    def clean_reminder_days(self) -> list[int]:
        text = self.cleaned_data["reminder_days"].strip()
        if text and not re.fullmatch(r"\d{1,3}(\s*,\s*\d{1,3})*", text, re.ASCII):
            raise forms.ValidationError("Write days with commas between them, such as 1, 2.")
        return [int(day) for day in text.split(",")] if text else []

    def clean(self) -> dict[str, Any]:
        cleaned_data = super().clean() or {}
        for name in (name for name in self.fields if name.endswith("_unit")):
            amount = name.replace("_unit", "_amount")
            if (
                cleaned_data.get(name)
                and amount not in self.errors
                and not cleaned_data.get(amount)
            ):
                self.add_error(amount, "Enter an amount, or choose “no target”.")
        if not self.errors:
            cleaned_data["edition"] = self._written(cleaned_data)
            try:
                policy_content.check(cleaned_data["edition"])
            except ValidationError as error:
                for key, texts in error.message_dict.items():
                    self.add_error(self._field(key), " ".join(texts))
        return cleaned_data

    def _written(self, cleaned_data: dict[str, Any]) -> PolicyContent:
        targets = {
            (str(promise), severity.value): (
                amount,
                cleaned_data[f"{promise}_{severity.value}_unit"],
            )
            for promise in TargetKind
            for severity in Severity
            if (amount := cleaned_data.get(f"{promise}_{severity.value}_amount"))
        }
        steps = {
            cleaned_data[f"share_{step}"]: cleaned_data[f"told_{step}"]
            for step in range(1, STEPS + 1)
            if cleaned_data[f"share_{step}"]
        }
        ladder = {
            str(share): recipients for share, recipients in sorted(steps.items()) if recipients
        }
        if cleaned_data[f"told_{BREACH}"]:
            ladder[BREACH] = cleaned_data[f"told_{BREACH}"]
        return PolicyContent(
            **{name: cleaned_data[name] for name in policy_content.NUMBERS},
            reminder_days=cleaned_data["reminder_days"],
            warning_percentages=sorted(steps),
            targets=targets,
            ladder=ladder,
        )

    def _field(self, key: str) -> str | None:
        """The field that shows an error of the content."""
        if ":" in key:
            return f"{key.replace(':', '_')}_amount"
        return {"warning_percentages": "share_1", "ladder": f"told_{BREACH}"}.get(
            key, key if key in self.fields else None
        )

    def targets(self) -> Iterator[tuple[str, list[tuple[str, forms.BoundField, forms.BoundField]]]]:
        """Service targets, each with a line for every severity."""
        for promise in TargetKind:
            yield (
                str(promise.label),
                [
                    (
                        str(one.label),
                        self[f"{promise}_{one.value}_amount"],
                        self[f"{promise}_{one.value}_unit"],
                    )
                    for one in Severity
                ],
            )

    def numbers(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        for part in dict.fromkeys(part for _, part, _, _ in NUMBERS):
            fields = [self[name] for name, field_part, _, _ in NUMBERS if field_part == part]
            yield part, [*fields, self["reminder_days"]] if part != NUMBERS[0][1] else fields

    def steps(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"share_{step}"], self[f"told_{step}"]) for step in range(1, STEPS + 1)]

    def breach(self) -> forms.BoundField:
        return self[f"told_{BREACH}"]


class PublicationForm(forms.Form):
    """When a version takes effect, and what is new in it."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    effective_at = instant(
        "Takes effect", "In your time zone, not in the past. Empty: immediately."
    )
    why = words(
        "What is new in it, and why", "Care reads it beside the version. It cannot be changed."
    )


class PreviewFilterForm(forms.Form):
    """The open cases of a preview."""

    customer = line(
        "Organisation",
        "Short name. Empty: every organisation concerned.",
        required=False,
        most=40,
        autocapitalize="none",
        spellcheck="false",
        **TYPED_ORGANISATION,
    )
    from_version = OneOf(label="Under", required=False, empty="Any version")
    severity = choice("Severity", [("", "All"), *SEVERITIES], required=False)

    def __init__(self, *args: Any, versions: Iterable[PolicyVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from_version"].offer(versions)  # type: ignore[attr-defined]

    def clean_customer(self) -> Organisation | None:
        short_name = self.cleaned_data["customer"].strip()
        organisation = (
            Organisation.objects.filter(short_name=short_name, is_historical=False).first()
            if short_name
            else None
        )
        if short_name and organisation is None:
            raise forms.ValidationError(f"There is no organisation “{short_name[:40]}”.")
        return organisation

    def clean_severity(self) -> int | None:
        return int(self.cleaned_data["severity"]) if self.cleaned_data["severity"] else None


class PolicyMigrationForm(forms.Form):
    """The reason for moving the cases, and a confirmation."""

    reason = words(
        "Why they are moved", "Their customers read it, with the due times before and after."
    )
    sure = tick("Yes, move them")

    def clean_sure(self) -> bool:
        if not self.cleaned_data["sure"]:
            raise forms.ValidationError("Tick the box to confirm.")
        return True


class ChoiceForm(forms.Form):
    """Which policy, from when."""

    policy = OneOf(label="Policy", required=False)
    effective_at = instant("From")

    def __init__(self, *args: Any, policies: Iterable[Policy], empty: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["policy"]
        field.empty, field.hides_optional = empty, True
        field.offer(policies)
