"""Forms with more than a text: severity, merge, split, links, calls."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.urls import reverse_lazy
from django.utils import timezone

from caretrack.web.console.actions import CaseSituation
from caretrack.web.console.forms import entry, select, tick, words
from caretrack.web.shared.text_fields import LineFormField
from cases.actions import tagging
from cases.actions.watching import possible_followers
from cases.choices import CaseState, Severity
from cases.known_areas import area_choices
from cases.mentions import assignees
from cases.models import LinkKind
from contacts.models import ContactState, Site, Team, User
from sla import holding


class CaseForm(forms.Form):
    """A form that knows its case."""

    knows_case = True

    def __init__(self, *args: Any, situation: CaseSituation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.situation = situation

    def clean(self) -> dict[str, Any]:
        return {**(super().clean() or {}), "situation": self.situation}


class SeverityForm(CaseForm):
    severity = forms.TypedChoiceField(choices=Severity.choices, coerce=int, widget=select())
    text = words(
        "Reason",
        rows=3,
        help_text="The contact reads it. All SLA targets are computed again from their start.",
    )

    def __init__(self, *args: Any, situation: CaseSituation, **kwargs: Any) -> None:
        super().__init__(*args, situation=situation, **kwargs)
        case = situation.case
        field = self.fields["severity"]
        field.initial = case.severity
        field.help_text = (
            f"It is {case.get_severity_display()}; proposed was "
            f"{Severity(case.proposed_severity).label}, and their "
            f"priority is {case.get_priority_display()}."
        )
        if situation.is_contested:
            field.choices = [  # type: ignore[attr-defined]
                (value, f"{label}: uphold it" if value == case.severity else label)
                for value, label in Severity.choices
            ]
            field.help_text += (
                " The contact contests it: the same severity upholds it, another one accepts the "
                "objection."
            )
        if situation.severity_wanted is not None:
            field.initial = situation.severity_wanted
            wanted = Severity(situation.severity_wanted).label
            field.help_text += f" They ask for {wanted}, which is chosen here."
        field.widget.attrs |= {
            "autofocus": True,
            "hx-get": f"/console/cases/{case.code}/severity/preview/",
            "hx-target": "#severity-preview",
            "hx-include": "closest form",
            "hx-params": "severity",
        }
        if situation.severity_wanted is not None:  # what is chosen is shown at once
            field.widget.attrs["hx-trigger"] = "load, change"


def case_number(label: str, *, required: bool = True, **attrs: Any) -> forms.RegexField:
    """Parse a case code as people write it."""
    return forms.RegexField(
        r"^\s*(?:[Cc][Tt]-)?0*(\d{1,15})\s*$",
        label=label,
        required=required,
        widget=entry(placeholder="CT-0000012", **attrs),
        error_messages={"invalid": "Write a case number such as CT-0000012."},
    )


class HoldForm(CaseForm):
    """§13: until which day the contact's time is paused, and why."""

    day = forms.DateField(
        label="Until",
        widget=forms.DateInput(
            attrs={"type": "date", "class": "form-control", "autofocus": True}, format="%Y-%m-%d"
        ),
    )
    after = case_number("Or until this case is resolved, if that is earlier", required=False)
    text = words(
        "Why",
        rows=3,
        max_length=settings.REASON_MAX_CHARACTERS,
        help_text="Both sides read it: the contact is on leave, a maintenance window comes first.",
    )

    def __init__(self, *args: Any, situation: CaseSituation, **kwargs: Any) -> None:
        super().__init__(*args, situation=situation, **kwargs)
        case, facts = situation.case, situation.context.facts
        zone = ZoneInfo(case.site.hours.zone)
        today = timezone.now().astimezone(zone).date()
        day = self.fields["day"]
        day.help_text = "It ends as the customer's business begins on that day."
        latest = holding.latest_end(case, facts)
        if latest is not None:
            last = latest.astimezone(zone).date()
            day.widget.attrs |= {"min": today.isoformat(), "max": last.isoformat()}
            day.help_text += f" At the latest on {last:%a %-d %b %Y}, by the policy of this case."
        if facts.hold is not None:
            day.initial = facts.hold.until.astimezone(zone).date()
            self.fields["after"].initial = facts.hold.after

    def clean_after(self) -> int | None:
        return number_in_code(self.cleaned_data["after"])


def number_in_code(code: str) -> int | None:
    """The number of a case code as people write it; None for an empty one."""
    return int(code.strip().upper().removeprefix("CT-")) if code else None


class CaseNumberForm(forms.Form):
    def clean_other(self) -> int:
        return number_in_code(self.cleaned_data["other"]) or 0


class LinkForm(CaseNumberForm):
    kind = forms.ChoiceField(
        label="This case",
        choices=[
            (value, label) for value, label in LinkKind.choices if value != LinkKind.SPLIT_FROM
        ],
        initial=LinkKind.RELATES_TO,
        widget=select(),
    )
    other = case_number("Other case")


class UnlinkForm(CaseNumberForm):
    kind = forms.ChoiceField(choices=LinkKind.choices)
    other = case_number("Other case")
    side = forms.ChoiceField(choices=[("here", "from here"), ("there", "from there")])


class MergeForm(CaseNumberForm):
    other = case_number("The case that continues", list="merge-candidates", autocomplete="off")
    text = words(
        "Why it is the same issue", rows=3, help_text="The contacts of both cases read it."
    )


class SplitForm(CaseForm):
    seq = forms.IntegerField(min_value=1, widget=forms.HiddenInput())
    title = LineFormField(
        label="What the new case is about, in one line", max_length=200, widget=entry()
    )
    text = words("The text about it", rows=6, help_text="They become the new case's description.")
    severity = forms.TypedChoiceField(choices=Severity.choices, coerce=int, widget=select())


class CallForm(CaseForm):
    """§6: who was called, where and when. Only a call that reached them counts (§9)."""

    reached = forms.TypedChoiceField(
        label="Did you reach them?",
        choices=[
            ("yes", "Reached: it counts as an answer"),
            ("no", "Not reached: recorded as evidence"),
        ],
        coerce=lambda value: value in ("yes", "true"),
        widget=forms.RadioSelect,
    )
    whom = forms.CharField(label="Whom", max_length=150, required=False, widget=entry())
    number = forms.CharField(
        label="Number", max_length=40, required=False, widget=entry(inputmode="tel")
    )
    called_at = forms.DateTimeField(
        label="When, in your time zone",
        required=False,
        help_text="Empty: now. A target is met when the call is logged.",
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local", "class": "form-control"}, format="%Y-%m-%dT%H:%M"
        ),
    )
    answers_question = forms.BooleanField(
        label="This answers our question: it is our turn again", required=False, widget=tick()
    )
    text = words("What was said, or how the attempt ended", rows=4)

    def __init__(self, *args: Any, situation: CaseSituation, **kwargs: Any) -> None:
        super().__init__(*args, situation=situation, **kwargs)
        case = situation.case
        if case.state != CaseState.WAITING_ON_CONTACT:
            del self.fields["answers_question"]
        self.fields["whom"].initial = case.on_duty_name or case.contact.name
        self.fields["number"].initial = case.call_back_number or case.contact.work_phone

    def clean_called_at(self) -> str | None:
        at = self.cleaned_data["called_at"]
        if at is None:
            return None
        now = timezone.now()
        if at > now + timedelta(minutes=1) or at < self.situation.case.opened_at - timedelta(
            minutes=1
        ):
            raise forms.ValidationError("A call lies between the opening of the case and now.")
        return str(at.isoformat())


class CorrectionForm(CaseForm):
    """Title, area and site of a case, as they should be."""

    title = forms.CharField(label="Title", max_length=200, widget=entry())
    area = forms.ChoiceField(label="Area", required=False, widget=select())
    site = forms.ModelChoiceField(
        Site.objects.none(),
        label="Site",
        empty_label=None,
        widget=select(),
        help_text="Time goes on counting in the business hours in which the case was opened.",
    )
    text = words("Reason", rows=2, required=False, help_text="The contact reads it.")

    def __init__(self, *args: Any, situation: CaseSituation, **kwargs: Any) -> None:
        super().__init__(*args, situation=situation, **kwargs)
        case = situation.case
        self.fields["title"].initial = case.title
        self.fields["area"].initial = case.area
        self.fields["area"].choices = area_choices(case.area)  # type: ignore[attr-defined]
        self.fields["site"].initial = case.site_id
        self.fields["site"].queryset = Site.objects.filter(  # type: ignore[attr-defined]
            organisation_id=case.organisation_id
        ).order_by("-is_main", "name")


class People(forms.ModelChoiceField):
    def label_from_instance(self, obj: User) -> str:
        return f"{obj.name}, {obj.email}"


class ChangeContactForm(CaseForm):
    """Another contact of the case."""

    contact = People(
        User.objects.none(),
        label="Contact",
        widget=select(),
        empty_label="Choose the new contact",
        help_text="They get the emails of the case from now on; the former contact follows it.",
    )
    text = words("Reason", rows=2, required=False, help_text="The contacts read it.")

    def __init__(self, *args: Any, situation: CaseSituation, **kwargs: Any) -> None:
        super().__init__(*args, situation=situation, **kwargs)
        case = situation.case
        self.fields["contact"].queryset = (  # type: ignore[attr-defined]
            case.organisation.people.filter(is_active=True, designation__state=ContactState.ACTIVE)
            .exclude(pk=case.contact_id)
            .order_by("name", "pk")
        )


class AssignToForm(CaseForm):
    """To whom a case goes, by the beginning of a name."""

    to = forms.CharField(
        label="Colleague or team",
        max_length=150,
        widget=entry(
            list="assignees",
            autocomplete="off",
            autofocus=True,
            placeholder="The beginning of a name is enough; me",
        ),
    )
    reason = LineFormField(
        label="Reason",
        max_length=200,
        required=False,
        widget=entry(),
        help_text="Only Care reads it.",
    )

    def clean_to(self) -> User | Team:
        typed = self.cleaned_data["to"].strip()
        if typed.casefold() == "me":
            return self.situation.context.by
        matches = assignees(typed)
        if not matches:
            raise forms.ValidationError(f"Nobody of Care and no team is called “{typed}”.")
        if len(matches) > 1:
            names = ", ".join(str(match) for match in matches[:5])
            raise forms.ValidationError(f"“{typed}” may be {names}: please write more of the name.")
        return matches[0]


class FollowerForm(CaseForm):
    """Somebody else who follows the case."""

    person = People(
        User.objects.none(),
        label="Follower",
        widget=select(),
        empty_label="Choose a colleague, or one of the customer's people",
        help_text="They are notified that you added them, and can stop following.",
    )

    def __init__(self, *args: Any, situation: CaseSituation, **kwargs: Any) -> None:
        super().__init__(*args, situation=situation, **kwargs)
        context = situation.context
        self.fields["person"].queryset = (  # type: ignore[attr-defined]
            possible_followers(context.case, context.by).select_related("organisation")
        )


class FollowerRemovalForm(CaseForm):
    """A follower who is to follow the case no longer."""

    person = forms.ModelChoiceField(User.objects.none(), widget=forms.HiddenInput())

    def __init__(self, *args: Any, situation: CaseSituation, **kwargs: Any) -> None:
        super().__init__(*args, situation=situation, **kwargs)
        watchers = User.objects.filter(watches__case=situation.case)
        self.fields["person"].queryset = watchers  # type: ignore[attr-defined]


class TagForm(forms.Form):
    """Care's tags of cases, separated by commas."""

    add = forms.CharField(
        label="Add tags", required=False, max_length=400, widget=entry(placeholder="carrier, osaka")
    )
    remove = forms.CharField(label="Take tags off", required=False, max_length=400, widget=entry())

    def clean(self) -> dict[str, Any]:
        cleaned_data = super().clean() or {}
        if not cleaned_data.get("add", "").strip() and not cleaned_data.get("remove", "").strip():
            raise forms.ValidationError("Write at least one tag to add or to take off.")
        return cleaned_data


class PresentTagsField(forms.MultipleChoiceField):
    """Tags of the case to take off. One that is off already does no harm."""

    def to_python(self, value: Any) -> list[str]:
        return [tag for tag in super().to_python(value) if tag]

    def valid_value(self, value: Any) -> bool:
        return True


class CaseTagForm(CaseForm):
    """The tags of one case: tick those to take off, type those to add."""

    remove = PresentTagsField(
        label="Take tags off", required=False, widget=forms.CheckboxSelectMultiple
    )
    add = forms.CharField(
        label="Add tags",
        required=False,
        max_length=400,
        help_text=f"With commas between them. At most {tagging.MOST} tags on a case.",
        widget=entry(
            list="known-tags",
            autocomplete="off",
            **{
                "hx-get": reverse_lazy("console:tag_choices"),
                "hx-trigger": "focus once, input changed delay:200ms",
                "hx-target": "#known-tags",
                "hx-swap": "innerHTML",
                "hx-params": "add",
            },
        ),
    )

    def __init__(self, *args: Any, situation: CaseSituation, **kwargs: Any) -> None:
        super().__init__(*args, situation=situation, **kwargs)
        tags = sorted(situation.case.tags)
        self.fields["remove"].choices = [(tag, tag) for tag in tags]  # type: ignore[attr-defined]
        if not tags:
            self.fields["remove"].widget = forms.MultipleHiddenInput()

    def clean(self) -> dict[str, Any]:
        cleaned_data = super().clean()
        if not cleaned_data.get("add", "").strip() and not cleaned_data.get("remove"):
            raise forms.ValidationError("Type a tag to add, or tick one to take off.")
        return cleaned_data
