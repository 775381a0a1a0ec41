"""The escalation policy of §10: who is notified of a step of a clock, and how that is recorded."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection

from contacts.models.people import CARE_ROLES
from contacts.notification_preferences import NotificationPreferences
from routing import on_call
from sla import calendars
from sla.due_steps import DueStep, StepKind

WITHOUT_LEVELS = ("assignee",)  # a policy version that names no levels


class EscalationRecipient(NamedTuple):
    """Somebody who may be notified."""

    pk: int
    name: str
    address: str
    zone: str
    language: str
    is_care: bool
    preferences: NotificationPreferences


@dataclass
class Directory:
    """Everybody whom a batch may notify, read in one statement. Who is on call is read only where a
    step needs it.
    """

    named: dict[int, EscalationRecipient] = field(default_factory=dict)
    managers: list[EscalationRecipient] = field(default_factory=list)
    teams: dict[int, tuple[str, list[EscalationRecipient]]] = field(default_factory=dict)
    now: Any = None
    _rotas: list[on_call.Rota] | None = None

    def team(self, team: int | None) -> tuple[str, list[EscalationRecipient]]:
        """The name and the members of a team; empty for none."""
        return self.teams.get(team, ("", [])) if team is not None else ("", [])

    def on_call(self, team: int | None) -> list[EscalationRecipient]:
        """Who is on call for a team now: by its own rota, or else by the one for all."""
        if self._rotas is None:
            self._rotas = on_call.read(on_call.active_rows(None, every=True), self.now)
        of_team = [rota for rota in self._rotas if rota.row.team_id == team]
        general = [rota for rota in self._rotas if rota.row.team_id is None]
        rota = next(iter(of_team or general), None)
        person = rota.first(self.now) if rota else None
        return [] if person is None else [_recipient(person)]


PEOPLE = """
    SELECT id, name, email, zone, language, role, notice_channels, quiet_from, quiet_until,
        digest_hour, sort, team_id, team
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


class PersonRow(NamedTuple):
    """A row of `PEOPLE`: a person, and as whom they were read."""

    pk: int
    name: str
    address: str
    zone: str
    language: str
    role: str
    channels: Any
    quiet_from: Any
    quiet_until: Any
    digest_hour: int
    sort: str
    team_id: int | None
    team: str

    def recipient(self) -> EscalationRecipient:
        """The person as somebody to be notified."""
        channels = json.loads(self.channels) if isinstance(self.channels, str) else self.channels
        preferences = NotificationPreferences(
            self.zone, channels, self.quiet_from, self.quiet_until, self.digest_hour
        )
        is_care = self.role in CARE_ROLES
        return EscalationRecipient(
            self.pk, self.name, self.address, self.zone, self.language, is_care, preferences
        )


def read_directory(people: Iterable[int], teams: Iterable[int], now: Any) -> Directory:
    """Those people, every manager, and the members of those teams."""
    directory = Directory(now=now)
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [list(people), list(teams)])
        rows = [PersonRow(*row) for row in cursor.fetchall()]
    for row in rows:
        if row.sort == "named":
            directory.named[row.pk] = row.recipient()
        elif row.sort == "manager":
            directory.managers.append(row.recipient())
        elif row.team_id is not None:
            directory.teams.setdefault(row.team_id, (row.team, []))[1].append(row.recipient())
    return directory


def _recipient(person: Any) -> EscalationRecipient:
    return EscalationRecipient(
        person.pk,
        person.name,
        person.email,
        person.zone,
        person.language,
        True,
        NotificationPreferences.for_person(person),
    )


Level = tuple[list[EscalationRecipient], list[str]]


def recipients(
    step: DueStep, *, version: int, assignee: int | None, team: int | None, directory: Directory
) -> Level:
    """Who is notified of a step, each once, and their names as recorded: “Kim Kato”, “the team
    Voice”.
    """
    levels = calendars.version_of(version).ladder
    key = str(step.kind) if step.kind is StepKind.BREACH else str(step.number)
    people: dict[int, EscalationRecipient] = {}
    names: list[str] = []
    for level in levels.get(key, WITHOUT_LEVELS):
        level_people, level_names = LEVELS[level](assignee, team, directory)
        people |= {recipient.pk: recipient for recipient in level_people}
        names += [name for name in level_names if name not in names]
    return list(people.values()), names


def _assignee(assignee: int | None, team: int | None, directory: Directory) -> Level:
    """The assignee; without one the team, and without a team a manager."""
    person = directory.named.get(assignee) if assignee is not None else None
    if person is not None:
        return [person], [person.name]
    members, names = _team(assignee, team, directory)
    return (members, names) if members else _first_manager(directory)


def _team(assignee: int | None, team: int | None, directory: Directory) -> Level:
    name, members = directory.team(team)
    return (members, [f"the team {name}"]) if members else ([], [])


def _manager(assignee: int | None, team: int | None, directory: Directory) -> Level:
    """The managers who are in the case's team; without one, the first manager."""
    members = {member.pk for member in directory.team(team)[1]}
    managers = [manager for manager in directory.managers if manager.pk in members]
    if not managers:
        return _first_manager(directory)
    return managers, [manager.name for manager in managers]


def _first_manager(directory: Directory) -> Level:
    first = directory.managers[:1]
    return first, [manager.name for manager in first]


def _on_call(assignee: int | None, team: int | None, directory: Directory) -> Level:
    people = directory.on_call(team)
    return people, [f"{person.name} (on call)" for person in people]


LEVELS: dict[str, Callable[[int | None, int | None, Directory], Level]] = {
    "assignee": _assignee,
    "team": _team,
    "manager": _manager,
    "on_call": _on_call,
}
