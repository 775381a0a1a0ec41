"""Forms about an organisation's people: the application form, invitations, roster shifts."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from caretrack.web.shared.address_fields import AddressFormField
from caretrack.web.shared.field_choices import LANGUAGES, zones
from caretrack.web.shared.people_fields import PersonField
from contacts.models import ContactState, Organisation, Role, Site, User
from contacts.models.roster import wall_time

CONTROL = {"class": "form-control"}
SELECT = {"class": "form-select"}
UNTIL = _("An end before the start is on the next day; 24:00 is midnight.")
WEEKDAYS = [
    (0, _("Mon")),
    (1, _("Tue")),
    (2, _("Wed")),
    (3, _("Thu")),
    (4, _("Fri")),
    (5, _("Sat")),
    (6, _("Sun")),
]


def line(label: Any, help_text: Any = "", required: bool = True, **attrs: str) -> forms.CharField:
    widget = forms.TextInput(attrs={**CONTROL, **attrs})
    return forms.CharField(
        label=label, max_length=200, help_text=help_text, required=required, widget=widget
    )


def reason(label: Any, help_text: Any = "") -> forms.CharField:
    widget = forms.Textarea(attrs={**CONTROL, "rows": 2})
    return forms.CharField(label=label, max_length=300, help_text=help_text, widget=widget)


class ContactForm(forms.Form):
    """The form at the end of the training (§1)."""

    work_phone = line(
        _("Your work phone"),
        _("With the country code. We call it for Critical cases."),
        type="tel",
        autocomplete="tel",
    )
    languages = line(_("Languages you work in"), _("Such as English, Japanese."), required=False)
    statement = forms.CharField(
        label=_("What do you do in your organisation?"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={**CONTROL, "rows": 3}),
        help_text=_("Which systems and sites you know. It helps Care to decide."),
    )
    responsibilities = forms.BooleanField(
        label=_(
            "I accept the responsibilities of a Designated Contact: I prepare cases, reply when "
            "Care is waiting for us, and we can be reached at any hour while a case is Critical."
        ),
        error_messages={
            "required": _(
                "Please accept the responsibilities: without them nobody can be a contact."
            )
        },
    )

    def clean_work_phone(self) -> str:
        phone: str = self.cleaned_data["work_phone"]
        if sum(character.isdigit() for character in phone) < 5 or len(phone) > 40:
            raise forms.ValidationError(_("Please enter a phone number that we can call."))
        return phone


class AnswerBackForm(ContactForm):
    """The same with the answer to Care's question, which comes first."""

    answer = forms.CharField(
        label=_("Your answer to Care's question"),
        max_length=2000,
        widget=forms.Textarea(attrs={**CONTROL, "rows": 4}),
    )
    field_order = ("answer",)


class InvitationForm(forms.Form):
    """The person to invite."""

    name = line(_("Name"), autocomplete="off")
    email = AddressFormField(
        label=_("Work email"), widget=forms.EmailInput(attrs={**CONTROL, "autocomplete": "off"})
    )
    role = forms.ChoiceField(
        label=_("Role"),
        widget=forms.RadioSelect,
        initial=Role.CONTACT,
        choices=[
            (Role.CONTACT, _("A Designated Contact, after the training")),
            (Role.COLLEAGUE, _("A colleague with read-only access")),
        ],
    )
    site = forms.ModelChoiceField(
        Site.objects.none(),
        label=_("Site"),
        required=False,
        widget=forms.Select(attrs=SELECT),
        empty_label=_("The main site"),
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=LANGUAGES, widget=forms.Select(attrs=SELECT)
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = organisation.sites.all()  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    reason = reason(_("Reason"), _("The person reads it."))


class RevocationForm(ReasonForm):
    """A reason, and who becomes the contact of the person's open cases."""

    successor = PersonField(
        User.objects.none(),
        label=_("New contact of their open cases"),
        required=False,
        widget=forms.Select(attrs=SELECT),
        empty_label=_("The primary contact"),
    )

    def __init__(self, *args: Any, person: User, open_cases: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = User.objects.filter(
            organisation=person.organisation,
            is_active=True,
            designation__state=ContactState.ACTIVE,
        ).exclude(pk=person.pk)
        field: Any = self.fields["successor"]
        field.queryset = others.order_by("name", "pk")
        field.help_text = ngettext(
            "{name} is the contact of {count} open case.",
            "{name} is the contact of {count} open cases.",
            open_cases,
        ).format(name=person.name, count=open_cases)
        if not open_cases:
            del self.fields["successor"]


class TurnForm(forms.Form):
    """A shift on the roster (§6)."""

    user = PersonField(
        User.objects.none(), label=_("Who"), widget=forms.Select(attrs=SELECT), empty_label=None
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On"),
        choices=WEEKDAYS,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one weekday.")},
    )
    starts = forms.CharField(
        label=_("From"),
        initial="08:00",
        validators=[wall_time],
        widget=forms.TextInput(attrs={**CONTROL, "inputmode": "numeric"}),
    )
    ends = forms.CharField(
        label=_("To"),
        initial="17:00",
        validators=[wall_time],
        widget=forms.TextInput(attrs={**CONTROL, "inputmode": "numeric"}),
        help_text=UNTIL,
    )
    zone = forms.ChoiceField(label=_("Time zone"), widget=forms.Select(attrs=SELECT))
    phone = line(_("Phone number"), type="tel")
    until_on = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={**CONTROL, "type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = people  # type: ignore[attr-defined]
        self.fields["zone"].choices = zones()  # type: ignore[attr-defined]
