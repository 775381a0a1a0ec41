"""Form fields for people, which tell two of one name apart."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext as _

from contacts import namesakes


class _Labelled(ModelChoiceIterator):
    def __iter__(self) -> Iterator[Any]:
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        people = list(self.queryset)
        labels = namesakes.labels(people)
        for person in people:
            value, label = self.choice(person)
            alone = label == str(person)
            yield (value, labels[person.pk] if alone else label)


class PersonField(forms.ModelChoiceField):
    """One person."""

    iterator = _Labelled


class TypedPersonField(PersonField):
    """One person, chosen or typed: a name or an address, or the beginning of one that nobody else
    has.
    """

    def to_python(self, value: Any) -> Any:
        typed = str(value or "").strip().casefold()
        if not typed:
            return None
        people = list(self.queryset or ())
        labels = namesakes.labels(people)
        names = {
            person: [text.casefold() for text in (labels[person.pk], person.name, person.email)]
            for person in people
        }
        exact = [one for one in people if typed == str(one.pk) or typed in names[one]]
        begun = [one for one in people if any(name.startswith(typed) for name in names[one])]
        meant = exact or begun
        if len(meant) == 1:
            return meant[0]
        wrong = _("Several people match “{name}”. Please choose one of the list.")
        if not meant:
            wrong = _("Nobody who can be chosen is called “{name}”.")
        raise ValidationError(wrong.format(name=str(value)[:60]))


class PeopleField(forms.ModelMultipleChoiceField):
    """Several people."""

    iterator = _Labelled
