"""Forms for people who are not signed in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from caretrack.web.shared.address_fields import AddressFormField
from caretrack.web.shared.field_choices import LANGUAGES, zones

CONTROL = {"class": "form-control"}


class ApplicationForm(forms.Form):
    """An application to become a Designated Contact."""

    short_name = forms.CharField(
        label=_("Your organisation's short name"),
        max_length=40,
        widget=forms.TextInput(attrs=CONTROL),
        help_text=_("Your colleagues find it on their organisation's page."),
    )
    name = forms.CharField(
        label=_("Your name"),
        max_length=150,
        widget=forms.TextInput(attrs={**CONTROL, "autocomplete": "name"}),
    )
    email = AddressFormField(
        label=_("Your work email"),
        widget=forms.EmailInput(attrs={**CONTROL, "autocomplete": "email"}),
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=LANGUAGES, widget=forms.Select(attrs={"class": "form-select"})
    )


class AcceptanceForm(forms.Form):
    """Accepting an invitation: name, password, time zone."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=150,
        widget=forms.TextInput(attrs={**CONTROL, "autocomplete": "name"}),
    )
    zone = forms.ChoiceField(
        label=_("Your time zone"),
        widget=forms.Select(attrs={"class": "form-select", "data-zone": "browser"}),
        help_text=_("All times are shown in your time zone."),
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=LANGUAGES, widget=forms.Select(attrs={"class": "form-select"})
    )
    password = forms.CharField(
        label=_("Choose a password"),
        strip=False,
        widget=forms.PasswordInput(attrs={**CONTROL, "autocomplete": "new-password"}),
        help_text=_("At least 10 characters. Avoid common passwords; a phrase works well."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound:  # what was chosen stays
            del self.fields["zone"].widget.attrs["data-zone"]
        self.fields["zone"].choices = zones()  # type: ignore[attr-defined]


class CertificateNumberForm(forms.Form):
    """The number of a certificate."""

    number = forms.CharField(
        label=_("Number of the certificate"),
        max_length=30,
        widget=forms.TextInput(attrs={"class": "form-control code"}),
        help_text=_("It looks like RR-7F3K-92QD-X4MB."),
    )
