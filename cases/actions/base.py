"""What the actions share: the objections of higher layers, required texts, and recording a
message.
"""

import hashlib

from django.conf import settings

from cases import event_log, signals
from cases.choices import EventType, Facing
from cases.events import EventData
from cases.models import Case, CaseEvent, CaseUpdate
from contacts.actions.base import require_text as require_words
from contacts.models import User


def check_allowed(case: Case, verb: EventType, by: User) -> None:
    """Let higher layers object; each raises Refused."""
    signals.before_event.send(sender=Case, case=case, verb=verb, by=by)


def require_text(text: str, what: str, at_most: int | None = None) -> str:
    """The text without surrounding blanks. Raises Refused where it is empty or too long.

    Without `at_most` the limit is that of a message in this installation.
    """
    return require_words(text, what, at_most or settings.MESSAGE_MAX_CHARACTERS)


def require_reason(text: str, what: str) -> str:
    """The same for a reason, whose limit is shorter."""
    return require_words(text, what, settings.REASON_MAX_CHARACTERS)


def record_message(
    case: Case,
    data: EventData,
    *,
    by: User,
    text: str,
    facing: Facing = Facing.CONTACT,
    left_out: frozenset[int] = frozenset(),
) -> CaseEvent:
    """Record an event together with its message; the event proves the message by its digest.

    `left_out` are people whom the caller notifies.
    """
    digest = hashlib.sha256(text.encode()).hexdigest()
    event = event_log.record(
        case, data, by=by, facing=facing, text=text, text_sha256=digest, left_out=left_out
    )
    CaseUpdate.objects.create(
        organisation_id=case.organisation_id,
        case=case,
        event=event,
        by=by,
        at=event.at,
        facing=facing,
        text=text,
    )
    return event
