"""A form field for an email address, with the same check as the models."""

from django import forms

from core.fields import validate_address


class AddressFormField(forms.EmailField):
    """An email address that our mail reaches."""

    default_validators = [validate_address]
