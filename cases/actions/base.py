"""What the verbs share: asking the floors above, and writing down what was said."""

import hashlib
from typing import Any

from django.utils.translation import gettext

from cases import journal, signals
from cases.models import Case, CaseEvent, CaseUpdate
from cases.verbs import Facing, Verb
from contacts.errors import Refused
from contacts.models import User


def ask(case: Case, verb: Verb, by: User, **particulars: Any) -> None:
    """Let the floors above object; each raises Refused."""
    signals.asked.send(sender=Case, case=case, verb=verb, by=by, particulars=particulars)


def require_text(text: str, what: str) -> str:
    """The text without surrounding blanks, or Refused: nothing contact-facing is ever empty."""
    text = text.strip()
    if not text:
        raise Refused("Please write {what}.", what=gettext(what))
    return text


def record_said(
    case: Case, verb: Verb, *, by: User, text: str, facing: Facing = Facing.CONTACT, **particulars: Any
) -> CaseEvent:
    """An event together with the words that were said; the journal proves the words by their digest."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    event = journal.record(case, verb, by=by, facing=facing, text=text, text_sha256=digest, **particulars)
    CaseUpdate.objects.create(
        organisation_id=case.organisation_id, case=case, event=event, by=by, at=event.at, facing=facing, text=text
    )
    return event
