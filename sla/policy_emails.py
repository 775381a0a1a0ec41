"""What contacts read about a policy change of their cases (§14): what changes, before and after."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from cases.choices import EventType
from cases.events import TermsMoved
from cases.models import CaseEvent
from cases.notifications import outgoing
from cases.notifications.texts import NoticeLine
from contacts import emails
from contacts.email_texts import EmailKind
from contacts.models import User
from sla.models import PolicyMigration
from sla.models.clock import FOR_CUSTOMERS, ClockKindChoices

MOST_CASES = 200  # in one email; the portal shows the rest
UNKNOWN = _("{target}: its time changes. The due time is known when the case goes on.")


def lines(data: TermsMoved) -> Iterator[NoticeLine]:
    """Each changed target with its due time before and after."""
    for kind, before, after in data.changes or []:
        label = FOR_CUSTOMERS.get(ClockKindChoices(kind)) or ClockKindChoices(kind).label
        if after is None:
            yield NoticeLine(UNKNOWN, values={"target": label})
        else:
            was = datetime.fromisoformat(before) if before else None
            yield NoticeLine(label, datetime.fromisoformat(after), was)


def write_to_contacts(run: PolicyMigration) -> None:
    """Write to everybody whose cases a migration has changed, once each, with all their cases."""
    if run.version is None:
        return
    changed: dict[User, list[CaseEvent]] = defaultdict(list)
    recipients: dict[int, list[User]] = {}
    moved = CaseEvent.objects.filter(verb=EventType.TERMS_MOVED, particulars__run=run.pk)
    for event in moved.select_related("case__contact__designation").order_by("case_id"):
        if not event.read_as(TermsMoved).changes:
            continue
        case = event.case
        if case.contact_id not in recipients:
            recipients[case.contact_id] = outgoing.contacts_for(case)
        for person in recipients[case.contact_id]:
            changed[person].append(event)
    for person, events in changed.items():
        emails.write(
            EmailKind.POLICY_CHANGED,
            organisation_id=person.organisation_id,
            key=f"{EmailKind.POLICY_CHANGED}:{run.pk}:{person.pk}",
            recipient=person,
            policy=run.version.policy.name,
            reason=run.reason,
            cases=_cases(events, person),
        )


def _cases(events: list[CaseEvent], person: User) -> str:
    """A paragraph for each case: its number and title, and what changes."""
    with translation.override(person.language):
        paragraphs = [
            "\n".join(
                [
                    f"{event.case.code}  {event.case.title}",
                    *(line.shown(person) for line in lines(event.read_as(TermsMoved))),
                ]
            )
            for event in events[:MOST_CASES]
        ]
        left = len(events) - MOST_CASES
        if left > 0:
            paragraphs.append(str(_("And {count} more cases.")).format(count=left))
    return "\n\n".join(paragraphs)
