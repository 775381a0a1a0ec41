"""Offerings of Care and licences of customers: saved by Care's managers, recorded with before and
after (§3).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from contacts.actions.base import require_text
from contacts.admin_log import record_change
from contacts.models import Licence, Offering, Organisation, WorkCalendar
from contacts.models.people import User
from contacts.permissions import require_manager
from core.errors import Refused
from core.translations import without_empty

KIND, LICENCE = "offering", "licence"


@transaction.atomic
def save_offering(
    offering: Offering | None,
    *,
    by: User,
    name: str,
    channel: str,
    key: str = "",
    region: str = "",
    calendar: WorkCalendar | None = None,
    severities: Sequence[int] = (),
    products: Sequence[str] = (),
    phone_number: str = "",
    position: int = 0,
    translations: Mapping[str, Mapping[str, Any]] | None = None,
) -> Offering:
    """Create an offering or change its channel, hours, region, severities and required licences
    (§3).

    Every channel applies it from now on. No severities, or all four, mean all. No products mean
    that no licence is required. Raises ValidationError for a key that is taken.
    """
    require_manager(by)
    held = (
        Offering.objects.select_for_update(no_key=True).get(pk=offering.pk)
        if offering is not None
        else Offering()
    )
    before = _snapshot(held) if offering is not None else None
    if offering is None:
        held.key = key.strip()
    if calendar is not None and not calendar.versions.exists():
        raise Refused(f"The calendar “{calendar.name}” says no hours yet: write them first.")
    if unknown := set(severities) - {1, 2, 3, 4}:
        raise Refused(f"There is no severity {min(unknown)}: they go from 1 to 4.")
    held.name, held.channel, held.region = (
        require_text(name, "the offering's name", 120),
        channel,
        region,
    )
    held.calendar, held.phone_number, held.position = calendar, phone_number.strip(), position
    held.severities = [] if set(severities) == {1, 2, 3, 4} else sorted(set(severities))
    held.translations = without_empty(translations or {})
    held.products = list(dict.fromkeys(filter(None, (product.strip() for product in products))))
    held.full_clean()
    held.save()
    record_change(
        by=by, kind=KIND, key=held.pk, name=held.name, before=before, after=_snapshot(held)
    )
    return held


def _snapshot(offering: Offering) -> dict[str, Any]:
    return {
        "key": offering.key,
        "name": offering.name,
        "channel": str(offering.channel),
        "region": offering.region,
        "hours": offering.calendar.name if offering.calendar else "",
        "severities": list(offering.severities),
        "licences": list(offering.products),
        "phone_number": offering.phone_number,
        "position": offering.position,
        "translations": offering.translations,
    }


def products() -> list[str]:
    """Every licence that an offering requires, by name."""
    return sorted(
        {
            product
            for named in Offering.objects.values_list("products", flat=True)
            for product in named
        }
    )


@transaction.atomic
def save_licence(
    licence: Licence | None,
    *,
    organisation: Organisation,
    by: User,
    product: str = "",
    starts_on: date,
    ends_on: date | None = None,
) -> Licence:
    """Add a licence to a customer, or change its first and last day, both included (§3).

    Designations do not change here. They lapse and return with the next review of
    `contacts.eligibility`, within the hour. Refused for a product that no offering requires, and
    where the same product already runs in that period.
    """
    require_manager(by)
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    held = (
        Licence.objects.select_for_update().get(pk=licence.pk)
        if licence
        else Licence(organisation=organisation)
    )
    if held.organisation_id != organisation.pk:
        raise Refused("This licence is another organisation's.")
    before = _licence_snapshot(held) if licence is not None else None
    if licence is None:
        if product not in products():
            raise Refused(f"No offering asks for “{product}”: it would open nothing.")
        held.product = product
    if ends_on is not None and ends_on < starts_on:
        raise Refused(
            "A licence ends on the day it starts at the earliest: both days are included."
        )
    _require_alone(held, starts_on, ends_on)
    held.starts_on, held.ends_on = starts_on, ends_on
    held.full_clean()
    held.save()
    name = f"{held.product} of {organisation.short_name}"
    record_change(
        by=by, kind=LICENCE, key=held.pk, name=name, before=before, after=_licence_snapshot(held)
    )
    return held


def _require_alone(licence: Licence, starts_on: date, ends_on: date | None) -> None:
    same = Licence.objects.filter(
        organisation=licence.organisation_id, product=licence.product
    ).exclude(pk=licence.pk)
    same = same.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on))
    if ends_on is not None:
        same = same.filter(starts_on__lte=ends_on)
    if (other := same.first()) is not None:
        until = f"until {other.ends_on}" if other.ends_on else "without an end"
        raise Refused(
            f"{licence.product} runs from {other.starts_on} {until} already: change "
            "that one, or begin later."
        )


def _licence_snapshot(licence: Licence) -> dict[str, Any]:
    return {
        "organisation": licence.organisation.short_name,
        "product": licence.product,
        "starts_on": licence.starts_on,
        "ends_on": licence.ends_on,
    }
