"""Create the organisations, contacts, analysts and teams of a log. Existing ones stay."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from contacts.models import (
    ContactState,
    DesignatedContact,
    Licence,
    Organisation,
    Role,
    Site,
    Team,
    User,
    WorkCalendar,
)
from integrations.replay.mapping import Mapping
from integrations.replay.parse import History

DESK = "Service desk"  # acts if the log names nobody


@dataclass(frozen=True)
class ImportedPeople:
    """The people of a log by their names."""

    sites: dict[str, int]
    contacts: dict[tuple[str, str], int]
    analysts: dict[str, int]
    teams: dict[str, int]


def slug(text: str) -> str:
    """A name as a part of a short name or an address. A digest makes names differ where capitals or
    other characters are lost.
    """
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    if len(plain) <= 24 and re.fullmatch(r"[a-z0-9]+( [a-z0-9]+)*", text):
        return plain
    return f"{plain[:15]}-{sha256(text.encode()).hexdigest()[:8]}".strip("-")


def make(histories: Iterable[History], mapping: Mapping) -> ImportedPeople:
    """Create everyone who is missing. Needs Care's scope and one transaction."""
    histories = list(histories)
    sites = _organisations({history.organisation for history in histories}, mapping)
    contacts = _contacts(
        {(history.contact, history.organisation) for history in histories}, sites, mapping
    )
    names = {
        entry.analyst for history in histories for entry in history.entries if entry.analyst
    } | {DESK}
    analysts = _analysts(names, mapping)
    teams = {
        name: _team(name, mapping).pk
        for name in sorted(
            {entry.team for history in histories for entry in history.entries if entry.team}
        )
    }
    return ImportedPeople(
        {name: site.pk for name, site in sites.items()}, contacts, analysts, teams
    )


def _team(name: str, mapping: Mapping) -> Team:
    name = name[:100]
    same = {"name": name} if mapping.has_exact_names else {"name__iexact": name}
    return Team.objects.filter(**same).first() or Team.objects.create(name=name)


def _organisations(names: set[str], mapping: Mapping) -> dict[str, Site]:
    calendar, _ = WorkCalendar.objects.get_or_create(name=f"{mapping.name}, {mapping.zone.key}")
    if not calendar.versions.exists():
        calendar.revise(zone=mapping.zone.key, week=mapping.week, holidays={})
    sites = {}
    for name in sorted(names):
        organisation, is_new = Organisation.objects.get_or_create(
            short_name=f"{mapping.key[:15]}-{slug(mapping.identity(name))}",
            defaults={"name": name[:200], "is_historical": True},
        )
        if is_new:
            Licence.objects.create(
                organisation=organisation, product="Replayed", starts_on=date(2000, 1, 1)
            )
        sites[name], _ = Site.objects.get_or_create(
            organisation=organisation,
            is_main=True,
            defaults={"name": name[:200], "calendar": calendar},
        )
    return sites


def _contacts(
    pairs: set[tuple[str, str]], sites: dict[str, Site], mapping: Mapping
) -> dict[tuple[str, str], int]:
    addresses = {
        (contact, organisation): (
            f"{slug(mapping.identity(contact))}.{slug(mapping.identity(organisation))}"
            f"@{mapping.key}.invalid"
        )
        for contact, organisation in sorted(pairs)
    }
    known = dict(User.objects.filter(email__in=addresses.values()).values_list("email", "pk"))
    new = [
        User(
            email=address,
            name=contact[:150],
            role=Role.CONTACT,
            organisation_id=sites[organisation].organisation_id,
            site=sites[organisation],
            zone=mapping.zone.key,
        )
        for (contact, organisation), address in addresses.items()
        if address not in known
    ]
    for user in User.objects.bulk_create(new, batch_size=1000):
        known[user.email] = user.pk
    DesignatedContact.objects.bulk_create(
        [
            DesignatedContact(
                organisation_id=user.organisation_id or 0, user=user, state=ContactState.ACTIVE
            )
            for user in new
        ],
        batch_size=1000,
    )
    return {pair: known[address] for pair, address in addresses.items()}


def _analysts(names: set[str], mapping: Mapping) -> dict[str, int]:
    analysts = {}
    for name in sorted(names):
        user, _ = User.objects.get_or_create(
            email=f"{slug(mapping.identity(name))}@analysts.{mapping.key}.invalid",
            defaults={"name": name[:150], "role": Role.ANALYST, "zone": mapping.zone.key},
        )
        analysts[name] = user.pk
    return analysts
