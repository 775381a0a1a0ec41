"""Delivery of on-call alerts (§10): by email immediately, without regard to the person's
preferences, and by a signed webhook.
"""

import json
import logging
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cases.models import Case, Notification, NotificationChannel, NotificationState
from cases.notifications import outgoing, texts
from contacts.models import User
from contacts.notification_preferences import NotificationKind
from core import mail_failures, webhooks
from core.tenancy import care_scope
from routing.models import Alert, AlertMessage, AlertStep, MessageChannel, OnCallRota

logger = logging.getLogger(__name__)

RETRY_AFTER = (
    timedelta(seconds=15),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
)


def write(page: Alert, step: AlertStep, rota: OnCallRota, readers: Sequence[User]) -> None:
    """Save the messages of an alert step: an email and a notification in the product to each
    recipient, and one call of the rota's webhook.

    Sent after commit, or by the sweep.
    """
    rows = [_mail(page, step, reader) for reader in readers]
    if rota.webhook:
        body = json.dumps(_body(page, step, readers))
        rows.append(_row(step, channel=MessageChannel.WEBHOOK, address=rota.webhook, text=body))
    AlertMessage.objects.bulk_create(rows, ignore_conflicts=True)
    if page.case is not None:
        outgoing.put([_in_product(page, page.case, step, reader) for reader in readers])
    if rows:
        transaction.on_commit(partial(_send_soon))


def _row(step: AlertStep, **fields: Any) -> AlertMessage:
    return AlertMessage(
        organisation_id=step.organisation_id, step=step, next_attempt_at=step.at, **fields
    )


def _mail(page: Alert, step: AlertStep, reader: User) -> AlertMessage:
    with translation.override(reader.language):
        subject, text = _texts(page, step, reader)
    return _row(
        step,
        channel=MessageChannel.EMAIL,
        address=reader.email,
        recipient=reader,
        subject=subject[:250],
        text=text,
    )


def _in_product(page: Alert, case: Case, step: AlertStep, reader: User) -> Notification:
    """The alert among a person's notifications; it opens the case, where they acknowledge."""
    with translation.override(reader.language):
        subject, text = _texts(page, step, reader)
    return Notification(
        organisation_id=case.organisation_id,
        case=case,
        recipient=reader,
        key=f"{case.code}:alert:{step.pk}",
        address=reader.email,
        subject=texts.subject_of(case.code, subject),
        text=text,
        created_at=step.at,
        kind=NotificationKind.TURN,
        channel=NotificationChannel.PORTAL,
        next_attempt_at=step.at,
        state=NotificationState.SENT,
        sent_at=step.at,
    )


def _texts(page: Alert, step: AlertStep, reader: User) -> tuple[str, str]:
    until = texts.instant(step.until, reader.zone, short=True) if step.until else ""
    if page.case is None and step.until is None:
        subject = _("DRILL: nobody acknowledged the alert of {rota}")
        text = _(
            "Your drill is over: everyone on call was alerted and nobody acknowledged. A real "
            "alert would have gone to all managers."
        )
    elif page.case is None:
        subject = _("DRILL: please acknowledge this alert of {rota}")
        text = _(
            "This is a drill: nothing is wrong. Please acknowledge by {until}, as you would a "
            "real alert."
        )
    elif step.until is None:
        subject = _("{code} is Critical and nobody on call has acknowledged")
        text = _(
            "Everyone on call was alerted about {code} and nobody acknowledged. Someone must look "
            "at it now."
        )
    else:
        subject = _("{code} is Critical: please acknowledge now")
        text = _(
            "{code} is Critical and you are alerted. Please acknowledge by {until}; then the next "
            "person is alerted."
        )
    case = page.case
    known = {"rota": page.rota.name, "until": until, "code": case.code if case else ""}
    about = f"{case.title}\n{case.organisation.name}\n\n" if case else ""
    return subject.format(
        **known
    ), f"{reader.name},\n\n{text.format(**known)}\n\n{about}{link_to(page)}\n"


def link_to(page: Alert) -> str:
    """The page where one button acknowledges an alert, after sign-in."""
    return f"{settings.BASE_URL}/console/on-call/pages/{page.pk}/"


def _body(page: Alert, step: AlertStep, readers: Sequence[User]) -> dict[str, Any]:
    case = page.case
    return {
        "kind": "drill" if page.is_drill else "page",
        "page": page.pk,
        "step": step.number,
        "level": str(step.level),
        "rota": page.rota.name,
        "people": [{"name": reader.name, "email": reader.email} for reader in readers],
        "acknowledge_by": step.until.isoformat() if step.until else None,
        "case": {"code": case.code, "title": case.title, "organisation": case.organisation.name}
        if case
        else None,
        "link": link_to(page),
    }


# --- Sending


def _send_soon() -> None:
    from routing.tasks import send_alert_messages

    try:
        send_alert_messages.delay()
    except Exception:
        logger.warning("The broker is away: pages wait for the sweep.")


def send(limit: int = 100) -> int:
    """Send the messages that are due, each in its own transaction. Safe to run concurrently.

    Returns how many were tried.
    """
    with care_scope():
        due = AlertMessage.objects.filter(state="queued", next_attempt_at__lte=timezone.now())
        keys = list(due.order_by("next_attempt_at", "pk").values_list("pk", flat=True)[:limit])
    for key in keys:
        _send_one(key)
    return len(keys)


def _send_one(key: int) -> None:
    now = timezone.now()
    with care_scope(), transaction.atomic():
        queued = AlertMessage.objects.filter(pk=key, state="queued", next_attempt_at__lte=now)
        held = queued.select_for_update(skip_locked=True, no_key=True, of=("self",))
        message = held.select_related("step__page__rota").first()
        if message is None:
            return
        if not message.step.page.is_waiting:
            message.state, message.last_error = (
                "failed",
                "Nobody needed it any more when it was to be sent.",
            )
            message.save(update_fields=["state", "last_error"])
            return
        message.attempts += 1
        try:
            _hand_over(message)
        except Exception as error:
            logger.warning("page message %s could not be sent: %s", key, error)
            message.last_error = _shown(error)
            if message.attempts > len(RETRY_AFTER) or mail_failures.is_final(error):
                message.state = "failed"
            else:
                message.next_attempt_at = now + RETRY_AFTER[message.attempts - 1]
        else:
            message.state, message.sent_at = "sent", now
        message.save(
            update_fields=["state", "attempts", "next_attempt_at", "sent_at", "last_error"]
        )


def _shown(error: Exception) -> str:
    """What a manager reads about a failure.

    For a webhook it says only whether there was an answer.
    """
    if isinstance(error, webhooks.WebhookError):
        return str(error)
    return f"{type(error).__name__}: {error}"[:300]


def _hand_over(message: AlertMessage) -> None:
    if message.channel == MessageChannel.WEBHOOK:
        webhooks.post(message.address, message.text, secret=message.step.page.rota.webhook_secret)
        return
    headers = {
        "Message-ID": f"<page-{message.pk}@caretrack>",
        "X-Priority": "1",
        "Importance": "high",
    }
    mail = EmailMessage(message.subject, message.text, to=[message.address], headers=headers)
    if mail.send() != 1:
        raise ConnectionError("The mail server took no message.")
