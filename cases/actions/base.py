"""What the verbs share: asking the floors above, and writing down what was said."""

import hashlib
from typing import Any

from django.conf import settings

from cases import event_log, signals
from cases.choices import EventType, Facing
from cases.events import EventData
from cases.models import Case, CaseEvent, CaseUpdate
from contacts.actions.base import require_text as require_words
from contacts.models import User


def ask(case: Case, verb: EventType, by: User, **particulars: Any) -> None:
    """Let the floors above object; each raises Refused."""
    signals.before_event.send(sender=Case, case=case, verb=verb, by=by, particulars=particulars)


def require_text(text: str, what: str, at_most: int | None = None) -> str:
    """The text without surrounding blanks, or Refused: nothing contact-facing is ever empty, or
    without an end.

    Without `at_most` it is a message, of as many characters as the installation lets a message
    have.
    """
    return require_words(text, what, at_most or settings.MESSAGE_MAX_CHARACTERS)


def require_reason(text: str, what: str) -> str:
    """The same for a reason, which is shorter than a message may be."""
    return require_words(text, what, settings.REASON_MAX_CHARACTERS)


def record_said(
    case: Case,
    data: EventData,
    *,
    by: User,
    text: str,
    facing: Facing = Facing.CONTACT,
) -> CaseEvent:
    """An event together with the words that were said; the journal proves the words by their
    digest.
    """
    digest = hashlib.sha256(text.encode()).hexdigest()
    event = event_log.record(case, data, by=by, facing=facing, text=text, text_sha256=digest)
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
