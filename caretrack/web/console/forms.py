"""Forms of Care's actions, one small form each.

A form requires its fields; the actions decide the rest.
"""

from typing import Any

from django import forms
from django.conf import settings

from caretrack.web.shared.file_fields import files_field
from caretrack.web.shared.people_fields import PersonField
from caretrack.web.shared.text_fields import LineFormField, LongTextField
from cases.actions.closing import BY_CARE
from cases.case_details import CASE_DETAILS, DETAIL_NAMES
from cases.choices import ClosingReason, Facing, Priority, SettledBy, Severity
from cases.known_areas import area_choices
from contacts.models import ContactState, Organisation, Team, User


def words(
    label: str,
    *,
    rows: int = 4,
    help_text: str = "",
    required: bool = True,
    has_toolbar: bool = False,
    **limits: int,
) -> LongTextField:
    """A field for Markdown text; a long one has the toolbar over it."""
    widget = forms.Textarea(attrs={"rows": rows, "class": "form-control"})
    field = LongTextField(
        label=label, widget=widget, help_text=help_text, required=required, **limits
    )
    field.has_toolbar = has_toolbar
    return field


def select() -> forms.Select:
    return forms.Select(attrs={"class": "form-select"})


def entry(**attrs: Any) -> forms.TextInput:
    return forms.TextInput(attrs={"class": "form-control", **attrs})


def tick() -> forms.CheckboxInput:
    return forms.CheckboxInput(attrs={"class": "form-check-input"})


class TextForm(forms.Form):
    """A text and its files: staged before, or sent with the form where no script runs."""

    text = words("Your text", rows=6)
    files = files_field("say")  # type: ignore[assignment]


class ContactFacingReasonForm(forms.Form):
    text = words("Reason", rows=3, help_text="The contact reads it.")


class SettlementForm(forms.Form):
    how = forms.ChoiceField(
        label="How was it settled?",
        choices=[(value, str(label).capitalize()) for value, label in SettledBy.choices],
        widget=forms.RadioSelect,
    )
    text = words(
        "What they answered, or why it is no longer needed",
        rows=3,
        help_text="The contact reads it.",
    )


class EscalationForm(forms.Form):
    team = forms.ModelChoiceField(
        Team.objects.none(),
        label="Investigation team",
        required=False,
        widget=select(),
        empty_label="Choose the team that looks into it",
    )
    text = words("Steps that reproduce the error")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.filter(investigates=True)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]
        self.fields["team"].required = teams.exists()  # one of several queues is chosen (§10)


class FindingsForm(forms.Form):
    text = words("Findings", help_text="The contact reads them.")


class EscalationAnswerForm(forms.Form):
    granted = forms.TypedChoiceField(
        label="Outcome",
        choices=[("yes", "Granted"), ("no", "Not granted")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    text = words("Your answer", rows=3, help_text="The contact reads it.")


class RestorationForm(forms.Form):
    text = words(
        "How service was restored",
        rows=3,
        help_text="The contact reads it. The restoration clock stops.",
    )


class ResolutionForm(forms.Form):
    text = words(
        "What was done", help_text="The contact reads it and has three business days to object."
    )


class CriticalResolutionForm(ResolutionForm):
    initial_rca = words(
        "Initial root cause analysis",
        help_text=(
            "§12: a brief explanation and the cause as far as it is known, sent right "
            "after the proposal."
        ),
    )


class ClosingForm(forms.Form):
    reason = forms.ChoiceField(
        choices=[(value, label) for value, label in ClosingReason.choices if value in BY_CARE],
        widget=select(),
        help_text=(
            "A duplicate of an open case is merged into it instead, so that no target is lost."
        ),
    )
    text = words("Why", rows=3, help_text="The contact reads it.")


class ReopeningForm(forms.Form):
    text = words("What is still wrong", rows=3)


class FileForm(forms.Form):
    file = forms.FileField(widget=forms.ClearableFileInput(attrs={"class": "form-control"}))
    facing = forms.ChoiceField(
        label="Visible to",
        choices=[(Facing.CONTACT, "The contact and Care"), (Facing.INTERNAL, "Care only")],
        widget=select(),
    )


class InitialRcaForm(forms.Form):
    text = words(
        "Initial root cause analysis",
        help_text="A brief explanation and the cause as far as it is known. The contact reads it.",
        has_toolbar=True,
    )


class ReturnForm(forms.Form):
    reason = words("What should change", rows=3)


# A text box that suggests organisations while one types; its page has the list `organisations`.
TYPED_ORGANISATION = {
    "autocomplete": "off",
    "list": "organisations",
    "hx-get": "/console/organisations/choices/",
    "hx-trigger": "focus once, input changed delay:200ms",
    "hx-target": "#organisations",
    "hx-swap": "innerHTML",
}


class CallerOrganisationForm(forms.Form):
    """The first step of opening a case for a caller: who calls, typed."""

    organisation = forms.CharField(
        max_length=200,
        label="Customer or caller",
        help_text="Part of the name, the short name or id, or a person's name, email or phone.",
        widget=entry(autofocus="autofocus", **TYPED_ORGANISATION),
    )

    def clean_organisation(self) -> str:
        return str(self.cleaned_data["organisation"]).replace("\0", "").strip()


class Callers(PersonField):
    def label_from_instance(self, obj: User) -> str:
        return f"{obj.name}, {obj.work_phone}" if obj.work_phone else obj.name


class CallerCaseForm(forms.Form):
    """A case for a caller."""

    contact = Callers(User.objects.none(), label="Who calls", widget=select(), empty_label=None)
    title = LineFormField(label="What is wrong, in one line", max_length=200, widget=entry())
    description = words("What happened", help_text="Markdown. The contact reads it.")
    severity = forms.TypedChoiceField(choices=Severity.choices, coerce=int, widget=select())
    priority = forms.TypedChoiceField(
        label="Their priority",
        choices=Priority.choices,
        coerce=int,
        initial=Priority.NORMAL,
        widget=select(),
    )
    area = forms.ChoiceField(required=False, widget=select())
    call_back_number = forms.CharField(max_length=40, required=False, widget=entry(inputmode="tel"))
    on_the_line = forms.BooleanField(
        label="They are on the line now: record the call as our first response",
        required=False,
        initial=True,
        widget=tick(),
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for detail in CASE_DETAILS:
            self.fields[detail.name] = words(
                detail.care_question,
                rows=2,
                required=False,
                max_length=settings.REASON_MAX_CHARACTERS,
            )
        self.order_fields(["contact", "title", "description", *DETAIL_NAMES])
        self.fields["area"].choices = area_choices()  # type: ignore[attr-defined]
        self.fields["contact"].queryset = (  # type: ignore[attr-defined]
            organisation.people.filter(is_active=True, designation__state=ContactState.ACTIVE)
            .select_related("site")
            .order_by("name")
        )
