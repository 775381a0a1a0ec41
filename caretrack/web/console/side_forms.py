"""The forms of side conversations."""

import re
from typing import Any

from django import forms
from django.template.defaultfilters import filesizeformat

from caretrack.web.console.case_forms import CaseForm
from caretrack.web.console.forms import entry, words
from caretrack.web.shared.text_fields import LineFormField
from cases.actions.side_conversations import (
    LONGEST_SUBJECT,
    MOST_BYTES,
    MOST_RECIPIENTS,
    files_to_send,
)
from cases.models import Case, SideConversation

SEPARATORS = re.compile(r"[\s,;]+")
TEXT_HELP = "Markdown. Only these recipients and Care read it. Nothing of the case is quoted."


class AddressesField(forms.CharField):
    """A few email addresses, separated by commas or spaces."""

    def __init__(self) -> None:
        super().__init__(
            label="To",
            max_length=1500,
            widget=entry(autocomplete="off", inputmode="email", placeholder="noc@carrier.example"),
            help_text=(
                f"At most {MOST_RECIPIENTS} addresses of third parties, with commas between them; "
                "none of the customer's people."
            ),
        )

    def clean(self, value: Any) -> list[str]:
        return [part for part in SEPARATORS.split(super().clean(value)) if part]


class CaseFilesField(forms.TypedMultipleChoiceField):
    """Files of the case that go along; none is chosen at first."""

    def __init__(self) -> None:
        super().__init__(
            label="Files of the case",
            coerce=int,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text=f"Only those that you choose go along, {MOST_BYTES // 2**20} MB together.",
        )

    def offer(self, case: Case) -> bool:
        """Offer the files of a case. False where it has none."""
        self.choices = [
            (file.pk, f"{file.name} ({filesizeformat(file.size)})") for file in files_to_send(case)
        ]
        return bool(self.choices)


class SideConversationForm(CaseForm):
    """A new side conversation with its first message."""

    recipients = AddressesField()
    subject = LineFormField(
        label="Subject",
        max_length=LONGEST_SUBJECT,
        widget=entry(),
        help_text="The recipients read it.",
    )
    text = words("Message", rows=6, help_text=TEXT_HELP, has_toolbar=True)
    files = CaseFilesField()  # type: ignore[assignment]

    def __init__(self, *args: Any, situation: Any, **kwargs: Any) -> None:
        super().__init__(*args, situation=situation, **kwargs)
        if not self.fields["files"].offer(situation.case):  # type: ignore[attr-defined]
            del self.fields["files"]


class SideMessageForm(forms.Form):
    """A further message."""

    text = words("Message", rows=6, help_text=TEXT_HELP, has_toolbar=True)
    recipients = AddressesField()
    files = CaseFilesField()  # type: ignore[assignment]

    def __init__(self, data: Any = None, *, conversation: SideConversation) -> None:
        initial = {"recipients": ", ".join(conversation.recipients)}
        super().__init__(data, initial=initial, auto_id="message_%s")
        if not self.fields["files"].offer(conversation.case):  # type: ignore[attr-defined]
            del self.fields["files"]


class SideReplyForm(forms.Form):
    """What a third party answered."""

    sender = forms.CharField(
        label="From",
        max_length=254,
        widget=entry(autocomplete="off", inputmode="email", list="side-addresses"),
    )
    text = words("What they wrote", rows=6, help_text="Paste their answer. Only Care reads it.")

    def __init__(self, data: Any = None, *, conversation: SideConversation) -> None:
        first, *others = conversation.recipients
        initial = {} if others else {"sender": first}
        super().__init__(data, initial=initial, auto_id="reply_%s")
