"""Find the customer who calls: by name, short name or id of the organisation, or by a person of it.

There are thousands of customers, so they are typed and never listed as a whole.
"""

import uuid
from dataclasses import dataclass, field

from django.db.models import Q

from contacts.models import Organisation, User

MOST = 20


@dataclass
class Caller:
    """An organisation that the text may mean, and its people whom the text names."""

    organisation: Organisation
    people: list[User] = field(default_factory=list)

    @property
    def label(self) -> str:
        names = ", ".join(person.name for person in self.people[:3])
        return f"{self.organisation.name} ({names})" if names else self.organisation.name


def exact(text: str) -> Organisation | None:
    """The organisation with this short name, id or full name, if there is exactly one."""
    customers = Organisation.objects.filter(is_historical=False)
    found_by_key = customers.filter(short_name=text).first()
    if found_by_key is not None:
        return found_by_key
    if key := _uuid(text):
        return customers.filter(public_id=key).first()
    named = list(customers.filter(Q(name__iexact=text) | Q(short_name__iexact=text))[:2])
    return named[0] if len(named) == 1 else None


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def callers(text: str, most: int = MOST) -> list[Caller]:
    """The organisations that a text may mean, by name. Two statements."""
    customers = Organisation.objects.filter(is_historical=False)
    by_name = customers.filter(Q(name__icontains=text) | Q(short_name__icontains=text))
    matches = {
        organisation.pk: Caller(organisation) for organisation in by_name.order_by("name")[:most]
    }
    if text:
        people = User.objects.filter(
            Q(name__icontains=text) | Q(email__icontains=text) | Q(work_phone__icontains=text),
            organisation__is_historical=False,
            is_active=True,
        )
        for person in people.select_related("organisation").order_by("name", "pk")[:most]:
            assert person.organisation is not None
            caller = matches.setdefault(person.organisation.pk, Caller(person.organisation))
            caller.people.append(person)
    return sorted(matches.values(), key=lambda caller: caller.organisation.name)[:most]
