"""A contact mentions colleagues in a reply: they follow the case from then on.

Only people of the organisation who may read the case can be mentioned, never Care's.
"""

from cases import mentions
from cases.actions.base import record_message
from cases.actions.watching import follow, reads_for_organisation
from cases.events import EventData
from cases.models import Case, CaseEvent
from contacts import namesakes
from contacts.models import User
from core import current_time


def mentionable(case: Case, by: User) -> list[User]:
    """The colleagues whom a contact can mention on a case. One statement."""
    people = User.objects.filter(reads_for_organisation(case), is_active=True).exclude(pk=by.pk)
    return list(people.order_by("name", "pk"))


def suggested(case: Case, by: User, begun: str) -> list[str]:
    """The names of colleagues that match what was typed after the @."""
    return mentions.suggested(begun, namesakes.labels(mentionable(case, by)).values())


def record_reply(case: Case, data: EventData, *, by: User, text: str) -> CaseEvent:
    """Record a message of a contact. The colleagues whom it mentions follow the case and are
    notified once, of the mention (§1).

    A name that two colleagues share is refused: a mention names exactly one.
    """
    mentioned = _mentioned(case, by, text)
    left_out = frozenset(person.pk for person in mentioned)
    event = record_message(case, data, by=by, text=text, left_out=left_out)
    followers = [person for person in mentioned if person.pk != case.contact_id]
    for person in followers:
        follow(case, person, added_by=by)
    mentions.notify_people(event, text, followers, is_follower=True)
    mentions.notify_people(event, text, [one for one in mentioned if one.pk == case.contact_id])
    return event


def _mentioned(case: Case, by: User, text: str) -> tuple[User, ...]:
    if "@" not in text or by.is_care or current_time.is_replaying():
        return ()
    people = mentionable(case, by)
    mentions.require_clear(text, people, [])
    return mentions.parse(text, people, []).people
