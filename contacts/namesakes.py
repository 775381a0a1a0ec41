"""Telling two people of one name apart, wherever one of several people is chosen or mentioned."""

from collections import defaultdict
from collections.abc import Iterable

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import Lower

from contacts.models import User


def labels(people: Iterable[User]) -> dict[int, str]:
    """The name of each person; those who share theirs have their address's first part beside it.

    Where that is the same as well, the whole address stands there: no two labels are equal.
    """
    return labels_of((person.pk, person.name, person.email) for person in people)


def labels_of(people: Iterable[tuple[int, str, str]]) -> dict[int, str]:
    """The same for rows of key, name and address."""
    rows = list(people)
    by_name: dict[str, list[str]] = defaultdict(list)
    for _key, name, email in rows:
        by_name[_as_read(name)].append(email)
    return {key: _label(name, email, by_name[_as_read(name)]) for key, name, email in rows}


def labels_of_shown(people: Iterable[User]) -> dict[int, str]:
    """The same where a page shows some of an organisation's people: each is distinguished from
    all of its people, not only from those on the page. One statement.
    """
    shown = {person.pk: person for person in people}
    if not shown:
        return {}
    names = {person.name.lower() for person in shown.values()}
    organisations = {
        person.organisation_id for person in shown.values() if person.organisation_id is not None
    }
    rows = User.objects.annotate(lower_name=Lower("name")).filter(
        organisation_id__in=organisations, lower_name__in=names
    )
    every = labels_of(rows.values_list("pk", "name", "email"))
    return {key: every.get(key, person.name) for key, person in shown.items()}


def addresses_of_namesakes(person: str) -> ArraySubquery:
    """The addresses of the others of a contact's organisation who have their name, for a query in
    which `person` leads to the contact.
    """
    others = User.objects.annotate(lower_name=Lower("name")).filter(
        organisation_id=OuterRef(f"{person}__organisation_id"),
        lower_name=Lower(OuterRef(f"{person}__name")),
    )
    return ArraySubquery(others.exclude(pk=OuterRef(f"{person}_id")).values("email"))


def label_among(name: str, email: str, others: Iterable[str]) -> str:
    """The name of a person among the addresses of their namesakes."""
    return _label(name, email, [email, *others])


def _as_read(name: str) -> str:
    """A name without what no reader sees: case, and more than one blank."""
    return " ".join(name.split()).casefold()


def _label(name: str, email: str, addresses: list[str]) -> str:
    if len(addresses) == 1:
        return name
    first = [address.partition("@")[0] for address in addresses]
    own = email.partition("@")[0]
    return f"{name} ({own if first.count(own) == 1 else email})"
