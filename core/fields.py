"""Model fields for what people write in one line. Migrations see Django's own fields."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db import models
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext_lazy as _

from core.plain_text import is_visible, one_line


class LineField(models.CharField):
    """One line with something to see in it. Line breaks become spaces and invisible characters go,
    in forms, API, actions and commands alike.
    """

    def deconstruct(self) -> Any:
        name, _path, args, options = super().deconstruct()
        return name, "django.db.models.CharField", args, options

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return one_line(text) if isinstance(text, str) else text

    def validate(self, value: Any, model_instance: Any) -> None:
        super().validate(value, model_instance)
        if value and not is_visible(value):
            raise ValidationError(_("Please write something that can be seen."))

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return one_line(text) if isinstance(text, str) else text

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        text = super().pre_save(model_instance, add)
        if isinstance(text, str) and not text.isprintable():
            text = one_line(text)
            setattr(model_instance, self.attname, text)
        return text


@deconstructible
class AddressValidator(EmailValidator):
    """Django's check, with a reason for letters that our mail cannot be addressed with."""

    def __call__(self, value: str | None) -> None:
        local, at, _domain = (value or "").rpartition("@")
        if at and not local.isascii():
            raise ValidationError(
                _(
                    "Before the @ there are letters such as ë, and mail to such an address would "
                    "not arrive. Please give an address with plain letters before the @."
                )
            )
        super().__call__(value)


validate_address = AddressValidator()


class AddressField(models.EmailField):
    """An email address that our mail reaches."""

    default_validators = [validate_address]

    def deconstruct(self) -> Any:
        name, _path, args, options = super().deconstruct()
        return name, "django.db.models.EmailField", args, options
