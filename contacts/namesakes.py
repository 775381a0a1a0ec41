"""Telling two people of one name apart, wherever one of several people is chosen or mentioned."""

from collections import defaultdict
from collections.abc import Iterable

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
        by_name[name.casefold()].append(email)
    return {key: _label(name, email, by_name[name.casefold()]) for key, name, email in rows}


def _label(name: str, email: str, addresses: list[str]) -> str:
    if len(addresses) == 1:
        return name
    first = [address.partition("@")[0] for address in addresses]
    own = email.partition("@")[0]
    return f"{name} ({own if first.count(own) == 1 else email})"
