"""Forms that every audience uses."""

from django import forms


class EmptyForm(forms.Form):
    """A form without fields: pressing its button is the whole input."""
