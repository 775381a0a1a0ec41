"""Forms of contacts. A form checks its shape; the actions decide what is allowed."""

import re
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from caretrack.web.shared.file_fields import files_field
from caretrack.web.shared.people_fields import TypedPersonField
from caretrack.web.shared.text_fields import LineFormField, LongTextField
from cases.actions.rating import LONGEST
from cases.actions.watching import possible_followers
from cases.case_details import CASE_DETAILS, DETAIL_NAMES, DetailField
from cases.choices import Priority, Severity
from cases.models import Area, Case
from cases.models.case import CODE
from cases.severity import CONTRADICTION, DEFINITIONS, Impact, contradicts, propose
from contacts.models import Site, User
from core.translations import localized


class FilingForm(forms.Form):
    """Everything Care asks first (§4), in three parts."""

    title = LineFormField(
        label=_("In one line, what is wrong?"),
        max_length=200,
        error_messages={"required": _("Please say in one line what is wrong.")},
        help_text=_(
            "One issue per case. Two issues in one case share its severity and deadlines, so open "
            "a second case for the second issue."
        ),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "hx-get": reverse_lazy("portal:suggestions"),
                "hx-target": "#suggestions",
                "hx-trigger": "input changed delay:400ms",
                "hx-include": "#draft-state",
            }
        ),
    )
    description = LongTextField(
        label=_("What happens, and since when?"),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=format_lazy(
            _(
                "What you did, what you expected, what you saw. Markdown works. Up to {limit} "
                "characters; attach longer logs as files."
            ),
            limit=settings.MESSAGE_MAX_CHARACTERS,
        ),
        error_messages={"required": _("Please say what happens, and since when.")},
    )
    site = forms.ChoiceField(
        label=_("Which site?"),
        help_text=_("Service targets count in its business hours."),
        error_messages={"required": _("Choose the site.")},
    )

    function_down = forms.TypedChoiceField(
        label=_("Is a business-critical function down?"),
        widget=forms.RadioSelect,
        choices=[("no", _("No")), ("yes", _("Yes"))],
        coerce=lambda value: value == "yes",
        error_messages={"required": _("Please say whether a business-critical function is down.")},
    )
    workaround = forms.TypedChoiceField(
        label=_("Is there a workaround?"),
        widget=forms.RadioSelect,
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda value: value == "yes",
        error_messages={"required": _("Please say whether there is a workaround.")},
    )
    degraded = forms.ChoiceField(
        label=_("How much is your work affected?"),
        widget=forms.RadioSelect,
        choices=[
            (Impact.HARDLY, _("Hardly, or I only have a question")),
            (Impact.PARTLY, _("Partly: something is hard to use")),
            (Impact.SEVERELY, _("Severely")),
        ],
        error_messages={"required": _("Please say how much your work is affected.")},
    )
    priority = forms.TypedChoiceField(
        label=_("Priority for you"),
        choices=Priority.choices,
        coerce=int,
        initial=Priority.NORMAL,
        error_messages={"required": _("Choose your priority.")},
        help_text=_(
            "How important this is to you compared with your other cases. We take it into account "
            "when we set the severity."
        ),
    )
    on_duty_name = forms.CharField(label=_("Contact on duty"), max_length=150, required=False)
    call_back_number = forms.CharField(
        label=_("Call-back number"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )

    area = forms.ChoiceField(
        label=_("Area"),
        error_messages={"required": _("Choose the area. It decides who looks at the case.")},
        widget=forms.Select(
            attrs={
                "hx-get": reverse_lazy("portal:area"),
                "hx-target": "#area-info",
                "hx-trigger": "change",
            }
        ),
    )
    conversation_ids = forms.CharField(
        label=_("Conversation ids"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "class": "code", "spellcheck": "false"}),
        help_text=format_lazy(
            _("One per line, at most {count}, such as 3f2504e0-4f89-41d3-9a0c-0305e82c3301."),
            count=settings.CONVERSATION_IDS_MAX,
        ),
    )
    files = files_field("filing")  # type: ignore[assignment]
    like = forms.RegexField(CODE, max_length=30, required=False, widget=forms.HiddenInput())
    relate = forms.BooleanField(
        required=False, widget=forms.CheckboxInput(attrs={"class": "form-check-input"})
    )

    ISSUE_FIELDS = ("title", "description", "site")
    SEVERITY_FIELDS = ("function_down", "workaround", "degraded", "priority")
    CRITICAL = ("on_duty_name", "call_back_number")
    HELPS = (*DETAIL_NAMES, "conversation_ids")
    SIMILAR = ("like", "relate")  # the case that this one is like, and whether to link them
    DRAFT_FIELDS = (*ISSUE_FIELDS, *SEVERITY_FIELDS, *CRITICAL, "area", *HELPS, *SIMILAR)

    def __init__(self, *args: Any, sites: list[Site], areas: list[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sites, self.areas = (
            {str(site.pk): site for site in sites},
            {area.name: area for area in areas},
        )
        self.fields |= {detail.name: _detail_field(detail) for detail in CASE_DETAILS}
        self.fields["site"].choices = [(key, site.name) for key, site in self.sites.items()]  # type: ignore[attr-defined]
        areas_offered = [
            ("", _("Choose an area")),
            *((name, localized(area, "name")) for name, area in self.areas.items()),
        ]
        self.fields["area"].choices = areas_offered  # type: ignore[attr-defined]
        label = gettext("Link it to {code} as a related case")
        self.fields["relate"].label = label.format(code=self["like"].value() or "")
        for name in self.CRITICAL:
            self.fields[name].hides_optional = True  # type: ignore[attr-defined]  # shown only if needed
        if len(sites) == 1:
            self.fields["site"].widget = forms.HiddenInput()
            self.fields["site"].initial = sites[0].pk
        if not areas:
            self.fields["area"].required = False
            self.fields["area"].widget = forms.HiddenInput()

    def part(self, names: tuple[str, ...]) -> list[forms.BoundField]:
        return [self[name] for name in names if not self[name].is_hidden]

    @property
    def issue_fields(self) -> list[forms.BoundField]:
        return self.part(self.ISSUE_FIELDS)

    @property
    def how_bad(self) -> list[forms.BoundField]:
        return self.part(self.SEVERITY_FIELDS)

    @property
    def helps(self) -> list[forms.BoundField]:
        return self.part(self.HELPS)

    @property
    def chosen_area(self) -> Area | None:
        """The chosen area, which the page explains."""
        return self.areas.get(str(self["area"].value() or ""))

    def clean_site(self) -> Site:
        """The site itself."""
        return self.sites[self.cleaned_data["site"]]

    def clean_conversation_ids(self) -> list[UUID]:
        ids = []
        for word in re.split(r"[\s,;]+", self.cleaned_data["conversation_ids"].strip()):
            try:
                ids += [UUID(word)] if word else []
            except ValueError:
                wrong = gettext(
                    "“{word}” is not a conversation ID. An ID has 32 characters: digits and the "
                    "letters a to f."
                )
                raise ValidationError(wrong.format(word=word[:60])) from None
        if len(ids) > settings.CONVERSATION_IDS_MAX:
            many = gettext(
                "A case may name {count} conversations, and this one names {length}. "
                "Please attach the rest as a file."
            )
            raise ValidationError(many.format(count=settings.CONVERSATION_IDS_MAX, length=len(ids)))
        return ids

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if contradicts(
            function_down=cleaned.get("function_down"),
            workaround=cleaned.get("workaround"),
            degraded=cleaned.get("degraded"),
        ):
            self.add_error("degraded", CONTRADICTION)
        if proposed(cleaned) == Severity.CRITICAL:
            wanted = {
                "on_duty_name": _(
                    "This is a Critical case: please say who can be reached until service is "
                    "restored."
                ),
                "call_back_number": _(
                    "This is a Critical case: please leave a number at which we reach you now."
                ),
            }
            for name, words in wanted.items():
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, words)
        return cleaned


def _detail_field(detail: DetailField) -> LongTextField:
    return LongTextField(
        label=detail.question,
        max_length=settings.REASON_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": detail.rows}),
        required=False,
        help_text=detail.help_text,
    )


def proposed(answers: dict[str, Any]) -> Severity | None:
    """The severity that the answers and the priority lead to. None while one is missing (§7)."""
    if any(
        answers.get(name) in (None, "")
        for name in ("function_down", "workaround", "degraded", "priority")
    ):
        return None
    return propose(
        **{name: answers[name] for name in ("function_down", "workaround", "degraded", "priority")}
    )


class ReplyTextForm(forms.Form):
    """A text, and files where the action accepts them."""

    text = LongTextField(
        label=_("Your reply"),
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=format_lazy(
            _("Markdown works. Up to {limit} characters; attach longer logs as files."),
            limit=settings.MESSAGE_MAX_CHARACTERS,
        ),
        error_messages={"required": _("Please write something first.")},
    )


class ContestForm(ReplyTextForm):
    """The severity that it should be, with its definition, and the reason."""

    knows_case = True

    severity = forms.TypedChoiceField(
        label=_("Which severity should it be?"),
        widget=forms.RadioSelect,
        coerce=int,
        error_messages={"required": _("Please choose the severity that it should be.")},
    )
    field_order = ("severity", "text")

    def __init__(self, *args: Any, case: Case, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["severity"].choices = [  # type: ignore[attr-defined]
            (severity.value, colon(severity.label, DEFINITIONS[severity]))
            for severity in Severity
            if severity != case.severity
        ]
        label = _("It is {severity} now: {definition}")
        self.fields["severity"].help_text = format_lazy(
            label,
            severity=Severity(case.severity).label,
            definition=DEFINITIONS[Severity(case.severity)],
        )


def colon(name: Any, text: Any) -> Any:
    """A name and what it means."""
    return format_lazy(_("{name}: {text}"), name=name, text=text)


class TextAndFilesForm(ReplyTextForm):
    """A text that is needed, with files that show it."""

    files = files_field("answer")  # type: ignore[assignment]


class AnswerForm(ReplyTextForm):
    """A reply: text, files, or both."""

    files = files_field("answer")  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].required = False
        self.has_staged = False
        self.fields["text"].hides_optional = True  # type: ignore[attr-defined]  # not "optional": text, files, or both

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        has_files = cleaned.get("files") or self.has_staged
        if not self.errors and not cleaned.get("text", "").strip() and not has_files:
            self.add_error("text", _("Please write an answer, or choose a file."))
        return cleaned


class ColleagueForm(forms.Form):
    """A colleague who is to follow the case."""

    knows_case = True
    MOST_IN_A_LIST = 15  # more colleagues are typed, not scrolled

    person = TypedPersonField(
        User.objects.none(),
        label=_("Add a colleague"),
        empty_label=_("Choose a colleague"),
        help_text=_("They are notified that you added them, and can stop following."),
        error_messages={"required": _("Please choose a colleague.")},
    )

    def __init__(self, *args: Any, case: Case, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = possible_followers(case, by)  # type: ignore[attr-defined]

    def offer(self, people: list[tuple[int, str]]) -> None:
        """Show these people, whom the page has read already, by key and label."""
        field = self.fields["person"]
        self.typed_people = people if len(people) > self.MOST_IN_A_LIST else []
        if self.typed_people:
            attrs = {"list": "colleagues", "autocomplete": "off", "maxlength": 254}
            field.widget = forms.TextInput(attrs=attrs)
            field.help_text = _(
                "Type the beginning of a name or an email address. They are notified that you "
                "added them, and can stop following."
            )
        else:
            field.choices = [("", field.empty_label), *people]  # type: ignore[attr-defined]


class RatingForm(forms.Form):
    """How well the case was handled: five choices without a default, and an optional comment."""

    score = forms.TypedChoiceField(
        label=_("How well did we handle this case?"),
        widget=forms.RadioSelect,
        coerce=int,
        choices=[(1, _("1 (badly)")), (2, "2"), (3, "3"), (4, "4"), (5, _("5 (very well)"))],
        error_messages={"required": _("Please choose a number from 1 (badly) to 5 (very well).")},
    )
    comment = forms.CharField(
        label=_("Is there anything you want to add?"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": LONGEST}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["score"].is_scale = True  # type: ignore[attr-defined]  # in one row if there is room

    def clean_comment(self) -> str:
        """The comment with line ends as a browser counts them, so both limits are the same."""
        return str(self.cleaned_data["comment"]).replace("\r\n", "\n")
