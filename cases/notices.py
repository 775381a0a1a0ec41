"""Telling people: who hears of an event, in which words, and how a row becomes a message that was really sent.

A notice is written in the event's transaction and sent after commit; a sweep sends what a crash left behind.
Delivered at least once: only between the mail server's «yes» and our commit can a crash cause a second message.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from cases.models import Case, CaseEvent, Notice, NoticeState
from cases.verbs import Facing, Verb
from contacts.models import ContactState, Role, User
from contacts.tenancy import care_scope

logger = logging.getLogger(__name__)

RETRY_AFTER = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
)

# What the contact reads first; `{by}` is the person, `{code}` the case.
TO_CONTACT = {
    Verb.FILED: "We have your case {code}",
    Verb.ANSWERED: "{by} answered on {code}",
    Verb.INFORMATION_REQUESTED: "Your turn: {by} asked for information on {code}",
    Verb.RULED_INADEQUATE: "Your turn: {code} still needs an answer",
    Verb.SEVERITY_SET: "The severity of {code} was set",
    Verb.SEVERITY_UPHELD: "The severity of {code} stands",
    Verb.ESCALATED: "{code} is with our investigation team",
    Verb.HANDED_BACK: "The investigation of {code} has findings",
    Verb.ESCALATION_ANSWERED: "Your request for escalation of {code} was answered",
    Verb.RESTORED: "{code} works again",
    Verb.RESOLUTION_PROPOSED: "Your turn: a resolution is proposed for {code}",
    Verb.CLOSURE_ANNOUNCED: "Your turn: {code} is going to be closed",
    Verb.FILE_BLOCKED: "A file on {code} was blocked",
    Verb.CLOSED: "{code} is closed",
    Verb.INITIAL_RCA_SENT: "Initial root cause analysis of {code}",
    Verb.RCA_PUBLISHED: "Complete root cause analysis of {code}",
}
TO_CARE = {
    Verb.FILED: "New case {code}",
    Verb.CONTACT_ANSWERED: "{by} answered on {code}",
    Verb.FILE_BLOCKED: "A file on {code} was blocked",
    Verb.ISSUE_REPORTED: "{by} reported an issue with the resolution of {code}",
    Verb.SEVERITY_CONTESTED: "{by} contests the severity of {code}",
    Verb.ESCALATION_REQUESTED: "{by} asks for escalation of {code}",
    Verb.CLOSED: "{code} is closed",
    Verb.REOPENED: "{code} was reopened",
}


def tell(event: CaseEvent, *, text: str = "", promises: Mapping[str, Any]) -> list[int]:
    """Write a notice for each person who must hear of the event; returns the new rows' ids."""
    notices = []
    for reader in _readers(event):
        lead = (TO_CARE if reader.is_care else TO_CONTACT).get(Verb(event.verb))
        if lead:
            subject = lead.format(by=event.by.name, code=event.case.code)
            notices.append(
                compose(
                    event.case, reader, key=f"event:{event.seq}", subject=subject, text=text, promises=promises,
                    now=event.at, event=event,
                )
            )  # fmt: skip
    return put(notices)


def compose(
    case: Case, reader: User, *, key: str, subject: str, text: str = "", promises: Mapping[str, Any], now: datetime,
    event: CaseEvent | None = None,
) -> Notice:  # fmt: skip
    """A notice as the reader will see it, in their zone; not yet a row."""
    door = "console" if reader.is_care else "portal"
    context = {
        "case": case, "reader": reader, "subject": subject, "text": text, "promises": promises,
        "link": f"{settings.BASE_URL}/{door}/cases/{case.code}/",
    }  # fmt: skip
    with timezone.override(reader.tzinfo):
        body = render_to_string("notices/message.txt", context)
    return Notice(
        organisation_id=case.organisation_id, case=case, event=event, recipient=reader, key=f"{case.code}:{key}",
        address=reader.email, subject=f"[{case.code}] {subject}"[:250], text=body, created_at=now, next_attempt_at=now,
    )  # fmt: skip


def put(notices: Sequence[Notice]) -> list[int]:
    """Store notices; what was already told to the same person by the same channel is not told again."""
    if not notices:
        return []
    stored = Notice.objects.bulk_create(notices, ignore_conflicts=True)
    if all(notice.pk for notice in stored):
        return [notice.pk for notice in stored]
    keys = {notice.key for notice in notices}
    return list(Notice.objects.filter(key__in=keys, state=NoticeState.QUEUED).values_list("pk", flat=True))


def _readers(event: CaseEvent) -> list[User]:
    case = event.case
    if event.facing == Facing.INTERNAL:
        return []
    readers: list[User] = []
    if event.by_id != case.contact_id or event.verb == Verb.FILED:
        readers.extend(contacts_for(case))
    if not event.by.is_care and (case.assignee_id or case.is_critical or event.verb != Verb.FILED):
        readers.extend(care_for(case))
    return readers


def contacts_for(case: Case) -> list[User]:
    """Who hears of a case for the organisation: its contact, or the other Designated Contacts once they have left."""
    if case.contact.is_active:
        return [case.contact]
    others = User.objects.filter(
        organisation_id=case.organisation_id, is_active=True, designation__state=ContactState.ACTIVE
    )
    return list(others.order_by("pk"))


def care_for(case: Case) -> list[User]:
    """Care's people who answer for a case: its analyst, or the managers while it has none who is still there."""
    if case.assignee is not None and case.assignee.is_active:
        return [case.assignee]
    return list(User.objects.filter(role=Role.MANAGER, is_active=True).order_by("pk"))


def send_soon(keys: Sequence[int]) -> None:
    """Ask a worker to send; should the broker be away, the sweep sends them."""
    from cases.tasks import send_notices

    try:
        send_notices.delay(list(keys))
    except Exception:
        logger.warning("The broker is away: %d notices wait for the sweep.", len(keys))


def send(keys: Sequence[int] | None = None, *, limit: int = 100) -> int:
    """Send the given notices, or what is due; each in a transaction of its own. Returns how many were sent.

    Safe to run twice or twice at once: a row is held while it is sent and skipped by everyone else.
    """
    with care_scope():
        due = Notice.objects.to_send(timezone.now()).order_by("next_attempt_at", "id")
        ids = list((due.filter(pk__in=keys) if keys is not None else due).values_list("pk", flat=True)[:limit])
    if not ids:
        return 0
    connection = get_connection()
    return sum(_send_one(pk, connection) for pk in ids)


def _send_one(pk: int, connection: Any) -> bool:
    with care_scope(), transaction.atomic():
        notice = Notice.objects.to_send(timezone.now()).select_for_update(skip_locked=True).filter(pk=pk).first()
        if notice is None:
            return False
        notice.attempts += 1
        try:
            message_id = _hand_over(notice, connection)
        except Exception as error:
            _note_failure(notice, error)
            return False
        notice.state, notice.sent_at, notice.provider_id = NoticeState.SENT, timezone.now(), message_id
        notice.save(update_fields=["state", "sent_at", "provider_id", "attempts"])
        return True


def _hand_over(notice: Notice, connection: Any) -> str:
    message_id = f"<notice-{notice.pk}@caretrack>"
    message = EmailMessage(
        notice.subject, notice.text, to=[notice.address], connection=connection, headers={"Message-ID": message_id}
    )
    if message.send() != 1:
        raise ConnectionError("The mail server took no message.")
    return message_id


def _note_failure(notice: Notice, error: Exception) -> None:
    logger.warning("notice %s could not be sent: %s", notice.pk, error)
    notice.last_error = f"{type(error).__name__}: {error}"[:300]
    if notice.attempts > len(RETRY_AFTER):
        notice.state = NoticeState.FAILED
    else:
        notice.next_attempt_at = timezone.now() + RETRY_AFTER[notice.attempts - 1]
    notice.save(update_fields=["state", "attempts", "next_attempt_at", "last_error"])
