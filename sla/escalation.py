"""The ladder of §10: whom a step of a clock is told to, and how that is said afterwards."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection

from contacts.models.people import CARE_ROLES
from contacts.notification_preferences import NotificationPreferences
from routing import on_call
from sla import calendars

WITHOUT_A_LADDER = ("assignee",)  # a policy version from before there was one
BREACH = "breach"


class Recipient(NamedTuple):
    """Somebody who may be told."""

    pk: int
    name: str
    address: str
    zone: str
    language: str
    is_care: bool
    wishes: NotificationPreferences


@dataclass
class Directory:
    """Everybody whom a batch may tell, read in one statement; who is on call is asked only where a
    step needs it.
    """

    named: dict[int, Recipient] = field(default_factory=dict)
    managers: list[Recipient] = field(default_factory=list)
    teams: dict[int, tuple[str, list[Recipient]]] = field(default_factory=dict)
    now: Any = None
    _rotas: list[on_call.Rota] | None = None

    def on_call(self, team: int | None) -> list[Recipient]:
        """Who is on call for a team now: its own rota, or else the one for all."""
        if self._rotas is None:
            self._rotas = on_call.read(on_call.active_rows(None, every=True), self.now)
        mine = [rota for rota in self._rotas if rota.row.team_id == team]
        rota = next(iter(mine or [rota for rota in self._rotas if rota.row.team_id is None]), None)
        person = rota.first(self.now) if rota else None
        return [] if person is None else [_reader_of(person)]


PEOPLE = """
    SELECT id, name, email, zone, language, role, notice_channels, quiet_from, quiet_until,
        digest_hour, sort, team_id,
           team
    FROM (SELECT u.*, 'named' AS sort, NULL::bigint AS team_id, '' AS team
          FROM contacts_user u WHERE id = ANY(%s) AND is_active
          UNION ALL
          SELECT u.*, 'manager', NULL, '' FROM contacts_user u WHERE role = 'manager' AND is_active
          UNION ALL
          SELECT u.*, 'member', t.id, t.name FROM contacts_team t
          JOIN contacts_team_members m ON m.team_id = t.id JOIN contacts_user u ON u.id = m.user_id
          WHERE t.id = ANY(%s) AND u.is_active) AS p
    ORDER BY id
"""


def read(people: Iterable[int], teams: Iterable[int], now: Any) -> Directory:
    """Those people, every manager, and the members of those teams."""
    found = Directory(now=now)
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [list(people), list(teams)])
        for (
            pk,
            name,
            address,
            zone,
            language,
            role,
            channels,
            start,
            end,
            hour,
            *rest,
        ) in cursor.fetchall():
            sort, team, called = rest
            wishes = NotificationPreferences(zone, _loaded(channels), start, end, hour)
            reader = Recipient(pk, name, address, zone, language, role in CARE_ROLES, wishes)
            if sort == "named":
                found.named[pk] = reader
            elif sort == "manager":
                found.managers.append(reader)
            else:
                found.teams.setdefault(team, (called, []))[1].append(reader)
    return found


def _loaded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _reader_of(person: Any) -> Recipient:
    return Recipient(
        person.pk,
        person.name,
        person.email,
        person.zone,
        person.language,
        True,
        NotificationPreferences.of(person),
    )


def told(
    step: str, *, version: int, assignee: int | None, team: int | None, people: Directory
) -> tuple[list[Recipient], list[str]]:
    """Who hears of a step, each once, and how it is said afterwards: «Kim Kato», «the team
    Voice».
    """
    ladder = calendars.version_of(version).ladder
    key = BREACH if step.startswith(BREACH) else step.split("@")[0].partition(":")[2]
    readers: dict[int, Recipient] = {}
    said: list[str] = []
    for rung in ladder.get(key, WITHOUT_A_LADDER):
        found, words = RUNG[rung](assignee, team, people)
        readers |= {reader.pk: reader for reader in found}
        said += [word for word in words if word not in said]
    return list(readers.values()), said


Told = tuple[list[Recipient], list[str]]


def _assignee(assignee: int | None, team: int | None, people: Directory) -> Told:
    known = people.named.get(assignee) if assignee is not None else None
    if known is not None:
        return [known], [known.name]
    readers, said = _team(assignee, team, people)
    return (readers, said) if readers else _one_manager(people)


def _team(assignee: int | None, team: int | None, people: Directory) -> Told:
    called, members = people.teams.get(team, ("", [])) if team is not None else ("", [])
    return (members, [f"the team {called}"]) if members else ([], [])


def _manager(assignee: int | None, team: int | None, people: Directory) -> Told:
    """The managers who are in the case's team; where none is, the first of all."""
    _, members = people.teams.get(team, ("", [])) if team is not None else ("", [])
    theirs = {member.pk for member in members}
    found = [manager for manager in people.managers if manager.pk in theirs]
    return (found, [manager.name for manager in found]) if found else _one_manager(people)


def _one_manager(people: Directory) -> Told:
    found = people.managers[:1]
    return found, [manager.name for manager in found]


def _on_call(assignee: int | None, team: int | None, people: Directory) -> Told:
    found = people.on_call(team)
    return found, [f"{reader.name} (on call)" for reader in found]


RUNG: dict[str, Callable[[int | None, int | None, Directory], Told]] = {
    "assignee": _assignee,
    "team": _team,
    "manager": _manager,
    "on_call": _on_call,
}
