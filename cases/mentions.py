"""`@Kim Kato` or `@Platform` in an internal note, and `@Cole` in a contact's reply: the mentioned
people are notified, as a row before it is a message.

Who can be mentioned: by Care, its people and teams; by a contact, colleagues who may read the case
(`cases.actions.mentioning`).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from cases.models import CaseEvent, Notification
from cases.notifications import outgoing
from contacts import namesakes
from contacts.models import Team, User
from contacts.models.people import CARE_ROLES
from contacts.notification_preferences import NotificationKind
from core.errors import Refused

AT = re.compile(r"(?<![\w@./])@(?=\w)")  # not inside an address
MOST = 8  # suggestions at once


@dataclass(frozen=True)
class Mentioned:
    """The mentioned people and teams."""

    people: tuple[User, ...] = ()
    teams: tuple[Team, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.people or self.teams)

    @property
    def names(self) -> str:
        return ", ".join(
            f"@{name}" for name in (*(p.name for p in self.people), *(t.name for t in self.teams))
        )


def require_clear(
    text: str, people: Sequence[User] | None = None, teams: Iterable[Team] | None = None
) -> None:
    """Refuse a mention that could mean two people of one name: it names exactly one.

    Without `people` and `teams` they are Care's.
    """
    people = colleagues() if people is None else people
    labels = namesakes.labels(people)
    names = _by_name(people, Team.objects.all() if teams is None else teams)
    shared: dict[str, list[str]] = {}
    for person in people:
        if labels[person.pk] != person.name:
            shared.setdefault(person.name, []).append(f"@{labels[person.pk]}")
    for tail in _tails(text):
        for name, choices in shared.items():
            if tail.startswith(name.casefold()) and _meant(tail, names) is None:
                raise Refused(
                    f"@{name} could be one of {len(choices)} people. Please write whom you mean: "
                    f"{' or '.join(choices)}."
                )


def colleagues() -> list[User]:
    """Every active person of Care."""
    return list(User.objects.filter(role__in=CARE_ROLES, is_active=True).order_by("name", "pk"))


def parse(
    text: str, people: Sequence[User] | None = None, teams: Sequence[Team] | None = None
) -> Mentioned:
    """The colleagues and teams that a text mentions, the longest name first; a first name counts
    while it is unique. Two people of one name are mentioned by their labels (`namesakes`).
    Without `people` and `teams` they are Care's.

    Quoted text mentions nobody again.
    """
    tails = list(_tails(text))
    if not tails:
        return Mentioned()
    people = colleagues() if people is None else people
    teams = list(Team.objects.all()) if teams is None else teams
    names = _by_name(people, teams)
    meant = [one for tail in tails if (one := _meant(tail, names)) is not None]
    return Mentioned(
        tuple(person for person in people if person in meant),
        tuple(team for team in teams if team in meant),
    )


def names() -> list[str]:
    """The names of all colleagues and teams."""
    return [
        *namesakes.labels(colleagues()).values(),
        *(team.name for team in Team.objects.all()),
    ]


def suggested(begun: str, known: Iterable[str] | None = None) -> list[str]:
    """The names that match what was typed after the @, by the beginning of any word. Without
    `known` they are Care's.
    """
    begun = begun.strip().casefold()
    return [name for name in (names() if known is None else known) if _begins(name, begun)][:MOST]


def assignees(typed: str) -> list[User | Team]:
    """The colleagues and teams that a typed name may mean: the one with exactly that name, or all
    with a word that begins so.
    """
    people = colleagues()
    labels = namesakes.labels(people)
    named: list[tuple[str, User | Team]] = [(labels[person.pk], person) for person in people]
    named += [(team.name, team) for team in Team.objects.all()]
    wanted = " ".join(typed.split()).casefold()
    exact = [one for name, one in named if name.casefold() == wanted]
    return exact or [one for name, one in named if wanted and _begins(name, wanted)]


def require_none(text: str) -> None:
    """Refuse mentions in a text that the contact reads: colleagues are mentioned in notes."""
    if meant := parse(text):
        raise Refused(
            f"The contact reads this, and {meant.names} would not be told: mention "
            "them in an internal note."
        )


def notify_mentioned(event: CaseEvent, text: str) -> Mentioned:
    """Save a notification for each person mentioned in a note, including members of teams, except
    its author.
    """
    meant = parse(text)
    if not meant:
        return meant
    members = User.objects.filter(teams__in=meant.teams, role__in=CARE_ROLES, is_active=True)
    readers = {one.pk: one for one in (*meant.people, *members) if one.pk != event.by_id}
    notify_people(event, text, [reader for _pk, reader in sorted(readers.items())])
    return meant


def notify_people(
    event: CaseEvent, text: str, readers: Iterable[User], *, is_follower: bool = False
) -> None:
    """Save a notification for each of these mentioned people. `is_follower` says that they
    follow the case.
    """
    keys = outgoing.put(
        [_notice(event, reader, text, is_follower=is_follower) for reader in readers]
    )
    if keys:
        transaction.on_commit(partial(outgoing.send_soon, keys))


def _notice(event: CaseEvent, reader: User, text: str, *, is_follower: bool) -> Notification:
    with translation.override(reader.language):
        subject = _("{by} mentioned you on {code}").format(by=event.by.name, code=event.case.code)
    return outgoing.compose(
        event.case,
        reader,
        key=f"mention:{event.seq}",
        subject=subject,
        text=text,
        now=event.at,
        event=event,
        kind=NotificationKind.MENTION,
        is_follower=is_follower,
    )


def _tails(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if not line.lstrip().startswith(">"):
            for at in AT.finditer(line):
                yield line[at.end() :].casefold()


def _by_name(people: Iterable[User], teams: Iterable[Team]) -> list[tuple[str, User | Team]]:
    people = list(people)
    labels = namesakes.labels(people)
    known: list[tuple[str, User | Team]] = [
        (labels[person.pk].casefold(), person) for person in people
    ]
    known += [(team.name.casefold(), team) for team in teams]
    first: dict[str, list[User]] = {}
    for one in people:
        first.setdefault(one.name.split()[0].casefold(), []).append(one)
    known += [(name, ones[0]) for name, ones in first.items() if len(ones) == 1]
    return sorted(known, key=lambda pair: -len(pair[0]))


def _meant(tail: str, names: list[tuple[str, User | Team]]) -> User | Team | None:
    for name, one in names:
        after = tail[len(name) : len(name) + 1]
        if tail.startswith(name) and not (after.isalnum() or after == "_"):
            return one
    return None


def _begins(name: str, begun: str) -> bool:
    name = name.casefold()
    return name.startswith(begun) or any(word.startswith(begun) for word in name.split())
