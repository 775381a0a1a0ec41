"""A comment on a draft."""

from django import forms

from caretrack.web.console.forms import select, words
from rca.models.drafts import COMMENTED


class CommentForm(forms.Form):
    """A comment of somebody at Care on one part."""

    part = forms.ChoiceField(label="About", choices=COMMENTED, required=False, widget=select())
    text = words("Your comment", rows=3, help_text="Only Care sees it.")
