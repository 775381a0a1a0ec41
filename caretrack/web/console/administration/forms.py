"""Forms about customers, offerings and Care's people.

A form checks its shape; the actions decide the rest.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from caretrack.web.console.team_forms import OneOf
from caretrack.web.console.translation_fields import TranslationFields
from caretrack.web.shared.address_fields import AddressFormField
from caretrack.web.shared.field_choices import LANGUAGES, zones
from caretrack.web.shared.people_forms import CONTROL, SELECT
from cases.choices import Severity
from contacts import public_holidays
from contacts.models import Channel, Role, User, WorkCalendar
from contacts.models.people import CARE_ROLES
from core.errors import Refused

ROLES = [(str(role), str(Role(role).label)) for role in CARE_ROLES]


def line(
    label: str, help_text: str = "", *, required: bool = True, most: int = 200, **attrs: str
) -> forms.CharField:
    widget = forms.TextInput(attrs={**CONTROL, **attrs})
    return forms.CharField(
        label=label, max_length=most, help_text=help_text, required=required, widget=widget
    )


def day(label: str, help_text: str = "", *, required: bool = True) -> forms.DateField:
    widget = forms.DateInput(attrs={**CONTROL, "type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, help_text=help_text, required=required, widget=widget)


def tick(label: str, help_text: str = "") -> forms.BooleanField:
    widget = forms.CheckboxInput(attrs={"class": "form-check-input"})
    return forms.BooleanField(label=label, required=False, help_text=help_text, widget=widget)


def choice(
    label: str, choices: Iterable[tuple[str, str]], help_text: str = "", **more: Any
) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=list(choices),
        help_text=help_text,
        widget=forms.Select(attrs=SELECT),
        **more,
    )


def take(form: forms.Form, error: Refused | ValidationError) -> None:
    """Add the errors of an action to the form: to their fields, or above all fields."""
    if isinstance(error, Refused):
        form.add_error(None, error.reason)
        return
    errors = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    for field, words in errors.items():
        form.add_error(field if field in form.fields else None, " ".join(words))


class OrganisationForm(forms.Form):
    """The names of a customer."""

    name = line("Name")
    short_name = line(
        "Short name",
        "2 to 40 small letters, digits and hyphens. It is used in addresses and applications.",
        most=40,
        autocapitalize="none",
        spellcheck="false",
    )


class NewOrganisationForm(OrganisationForm):
    """A customer with its first site."""

    site = line("First site")
    calendar = OneOf(
        label="Its calendar", help_text="The time zone, hours and days off for its SLA."
    )

    def __init__(self, *args: Any, calendars: Iterable[WorkCalendar], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].initial = "Main office"
        self.fields["calendar"].offer(calendars)  # type: ignore[attr-defined]


class SiteForm(forms.Form):
    """A site of a customer."""

    name = line("Name")
    calendar = OneOf(label="Calendar", help_text="The time zone, hours and days off for its SLA.")
    is_main = tick("The main site")
    sure = tick("Yes, change the calendar")

    def __init__(self, *args: Any, calendars: Iterable[WorkCalendar], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["calendar"].offer(calendars)  # type: ignore[attr-defined]


class LicenceForm(forms.Form):
    """A licence of a customer, with its first and last day."""

    product = choice("Licence", ())
    starts_on = day("First day")
    ends_on = day("Last day", "Empty: no end date. The last day is included.", required=False)
    sure = tick("Yes, end it then")

    def __init__(self, *args: Any, products: Iterable[str], is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].choices = [(product, product) for product in products]  # type: ignore[attr-defined]
        if not is_new:
            del self.fields["product"]

    def clean_starts_on(self) -> date:
        return _sensible(self.cleaned_data["starts_on"])

    def clean_ends_on(self) -> date | None:
        ends_on: date | None = self.cleaned_data["ends_on"]
        return _sensible(ends_on) if ends_on else None


def _sensible(day: date) -> date:
    if not 1990 <= day.year <= 2200:
        raise forms.ValidationError("Preview again.")
    return day


class OfferingForm(TranslationFields, forms.Form):
    """An offering."""

    TRANSLATED = ("name",)

    key = line("Key", "Small letters, digits and hyphens. It cannot be changed.", most=60)
    name = line("Name", most=120)
    channel = choice("Channel", [(value, str(label)) for value, label in Channel.choices])
    region = choice("Edition for", (), "Sites in this country are led to it first.", required=False)
    calendar = OneOf(label="Hours", required=False, empty="24×7")
    severities = forms.TypedMultipleChoiceField(
        label="Severities",
        required=False,
        coerce=int,
        choices=Severity.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: all of them.",
    )
    products = line(
        "Licences that open it",
        "With commas between them; one is enough. Empty: nobody needs one.",
        required=False,
        most=600,
    )
    phone_number = line("Phone number", required=False, most=40, type="tel")
    position = forms.IntegerField(
        label="Position",
        min_value=0,
        max_value=32000,
        initial=0,
        widget=forms.NumberInput(attrs=CONTROL),
        help_text="Lower ones are shown first.",
    )
    sure = tick("Yes, remove the licence")

    def __init__(
        self, *args: Any, calendars: Iterable[WorkCalendar], is_new: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["calendar"].offer(calendars)  # type: ignore[attr-defined]
        self.fields["region"].choices = [("", "Everywhere"), *public_holidays.countries()]  # type: ignore[attr-defined]
        if not is_new:
            del self.fields["key"]

    def clean_products(self) -> list[str]:
        products = [one.strip() for one in self.cleaned_data["products"].split(",") if one.strip()]
        if any(len(product) > 60 for product in products):
            raise forms.ValidationError(
                "A licence's name has at most 60 characters; put commas between them."
            )
        return products


class CareInvitationForm(forms.Form):
    """An invitation to work for Care."""

    name = line("Name", most=150)
    email = AddressFormField(label="Work email", widget=forms.EmailInput(attrs=CONTROL))
    role = choice("Role", ROLES)
    zone = choice("Time zone", (), "They choose it themselves at the first sign-in.")
    language = choice("Language of the email", LANGUAGES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"].choices = zones()  # type: ignore[attr-defined]


class RoleForm(forms.Form):
    """The role of a person."""

    role = choice("Role", ROLES)


class LeavingForm(forms.Form):
    """The new assignee of the open cases, and the reason for leaving."""

    to = OneOf(label="Their open cases go to", required=False, empty="Choose…")
    unassigned = tick("Nobody: they stay unassigned")
    reason = line("Why", "Only Care reads it.", most=300)

    def __init__(self, *args: Any, people: Iterable[User], has_cases: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].offer(people)  # type: ignore[attr-defined]
        self.fields["to"].hides_optional = True  # type: ignore[attr-defined]
        if not has_cases:
            del self.fields["to"], self.fields["unassigned"]
