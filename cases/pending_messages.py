"""Messages that their author can undo for some seconds.

A message that waits is a row outside the event log. When its time is over the action runs with all
its rules: its instant is the one that counts for a target. A page, a task or the sweep releases it;
a crash in between delays it and loses nothing. What is refused then is a draft again, and its
author is notified.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django_fsm import TransitionNotAllowed

from cases import actions, macro_effects, reply_drafts
from cases.files.attachments import files_with_transaction
from cases.macro_effects import MacroEffects
from cases.models import (
    Case,
    CaseEvent,
    Macro,
    Notification,
    NotificationChannel,
    NotificationState,
    PendingMessage,
    PendingState,
)
from cases.notifications import outgoing, texts
from contacts.models import User
from contacts.notification_preferences import NotificationKind
from core.errors import Refused
from core.tenancy import care_scope

logger = logging.getLogger(__name__)

# The actions whose messages wait, by the noun of their form.
HELD: dict[str, Callable[..., CaseEvent]] = {
    "answer": actions.answer,
    "information": actions.request_information,
    "resolution": actions.propose_resolution,
}
DAYS = 7  # what became of a message is forgotten then


def waiting(case_key: Any) -> QuerySet[PendingMessage]:
    """The messages that wait on a case, by its key or an expression for it."""
    return PendingMessage.objects.filter(case=case_key, state=PendingState.WAITING)


def waiting_on(case: Case) -> QuerySet[PendingMessage]:
    """The messages that wait on a case, the oldest first."""
    return PendingMessage.objects.filter(
        organisation_id=case.organisation_id, case=case, state=PendingState.WAITING
    ).order_by("pk")


@transaction.atomic
def hold(
    case: Case,
    *,
    by: User,
    noun: str,
    text: str,
    seconds: int,
    staged: Sequence[int] = (),
    seen: int | None = None,
    macro: Macro | None = None,
) -> PendingMessage:
    """Let a message wait. Refused at once where its action would be refused now."""
    case = Case.objects.locked(case.pk)
    if waiting_on(case).filter(by=by).exists():
        raise Refused("Your last message on this case is still waiting: please send or undo it.")
    if seen is not None:
        actions.require_unmoved(case, by=by, seen=seen)
    effects = macro.effects if macro else {}
    with transaction.atomic():  # all its rules now, and nothing done
        send(case, by=by, noun=noun, text=text, effects=effects)
        transaction.set_rollback(True)
    now = timezone.now()
    return PendingMessage.objects.create(
        organisation_id=case.organisation_id,
        case=case,
        by=by,
        contact_id=case.contact_id,
        noun=noun,
        text=text,
        staged=list(staged),
        macro=macro,
        effects=effects,
        seen=seen,
        created_at=now,
        release_at=now + timedelta(seconds=seconds),
    )


def send(case: Case, *, by: User, noun: str, text: str, effects: Mapping[str, Any]) -> CaseEvent:
    """Run the effects of a macro, then send the message with them."""
    macro_effects.apply(case, MacroEffects.from_stored(effects), by=by)
    return HELD[noun](Case.objects.get(pk=case.pk), by=by, text=text)


@transaction.atomic
def undo(key: int, *, by: User) -> PendingMessage:
    """Take a message back. Its text is a draft again.

    Refused once it was sent.
    """
    message = _locked(PendingMessage.objects.filter(pk=key, by=by))
    if message is None:
        raise Refused("There is no such message.")
    if message.state == PendingState.UNDONE:
        return message
    if message.state != PendingState.WAITING:
        raise Refused("It is too late: the message was sent.")
    _end(message, PendingState.UNDONE)
    return message


def release(
    key: int, *, by: User | None = None, now: datetime | None = None
) -> PendingMessage | None:
    """Send a message whose time is over, or make it a draft again where its action is refused. None
    where it is not due, or another process releases it. With `by`, only a message of that person.

    Needs Care's scope.
    """
    try:
        with transaction.atomic(), files_with_transaction():
            message = _due(key, now)
            if message is None or by not in (None, message.by):
                return None
            _send(message)
            return message
    except (Refused, TransitionNotAllowed) as refusal:
        reason = refusal.reason if isinstance(refusal, Refused) else "The case has changed."
    except Exception:  # not tried for ever: its author decides
        logger.exception("message %s could not be sent", key)
        reason = "An error occurred."
    with transaction.atomic():
        message = _due(key, now)
        if message is not None:
            _end(message, PendingState.REFUSED, reason)
    return message


def release_due(now: datetime | None = None, limit: int = 100) -> int:
    """Release every message that is due, each in a transaction of its own: what fails stops no
    other. Returns their number.
    """
    with care_scope():
        due = PendingMessage.objects.filter(
            state=PendingState.WAITING, release_at__lte=now or timezone.now()
        )
        keys = list(due.order_by("release_at").values_list("pk", flat=True)[:limit])
    for key in keys:
        with care_scope():
            release(key, now=now)
    return len(keys)


def sweep(limit: int = 10_000) -> int:
    """Delete messages that were sent, undone or refused long ago. Needs Care's scope."""
    before = timezone.now() - timedelta(days=DAYS)
    old = PendingMessage.objects.filter(release_at__lt=before).exclude(state=PendingState.WAITING)
    keys = list(old.values_list("pk", flat=True)[:limit])
    return PendingMessage.objects.filter(pk__in=keys).delete()[0]


def _locked(messages: QuerySet[PendingMessage]) -> PendingMessage | None:
    return messages.select_for_update(of=("self",)).select_related("case", "by").first()


def _due(key: int, now: datetime | None) -> PendingMessage | None:
    due = PendingMessage.objects.filter(
        pk=key, state=PendingState.WAITING, release_at__lte=now or timezone.now()
    )
    return _locked(due)


def _send(message: PendingMessage) -> None:
    case, by = Case.objects.locked(message.case_id), message.by
    if case.contact_id != message.contact_id:
        raise Refused("The case has another contact since you wrote.")
    if message.seen is not None:
        actions.require_unmoved(case, by=by, seen=message.seen)
    event = send(case, by=by, noun=message.noun, text=message.text, effects=message.effects)
    macro_effects.count_use(message.macro, by=by)
    actions.attach_staged(event.case, by=by, staged=message.staged)
    message.state = PendingState.SENT
    message.save(update_fields=["state"])


def _end(message: PendingMessage, state: PendingState, refusal: str = "") -> None:
    """The message is not sent: its text is a draft of its author's again."""
    message.state, message.refusal = state, refusal
    message.save(update_fields=["state", "refusal"])
    if not message.by.is_active:
        return
    noun = message.noun if message.noun in reply_drafts.NOUNS else "answer"
    reply_drafts.save(message.case, by=message.by, noun=noun, text=message.text)
    if state == PendingState.REFUSED:
        outgoing.put([_notice(message)])


def _notice(message: PendingMessage) -> Notification:
    """The refusal among the author's notifications; the text is a draft on the case."""
    code, now = message.case.code, timezone.now()
    return Notification(
        organisation_id=message.organisation_id,
        case=message.case,
        recipient=message.by,
        key=f"{code}:unsent:{message.pk}",
        address=message.by.email,
        subject=texts.subject_of(code, "Your message was not sent"),
        text=f"{message.refusal}\n\nYour text is a draft on the case.",
        created_at=now,
        kind=NotificationKind.TURN,
        channel=NotificationChannel.PORTAL,
        next_attempt_at=now,
        state=NotificationState.SENT,
        sent_at=now,
    )
