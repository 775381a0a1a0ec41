"""Form fields for people, which tell two of one name apart."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.models import ModelChoiceIterator

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


class PeopleField(forms.ModelMultipleChoiceField):
    """Several people."""

    iterator = _Labelled
