"""A notification that could not be delivered (§13): the next contact gets it, Care is notified, and
the event log records it.

An auto-closure requires a closing notice that was really sent; it waits while there is none. A full
mailbox must not block it for ever, so a failed notice goes to the organisation's other active
contacts, one after another.
"""

from functools import partial

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_noop

from cases import event_log, events
from cases.models import Case, Notification, NotificationChannel, NotificationState
from cases.notifications import outgoing
from contacts.admin_log import record_change
from contacts.models import ContactState, User
from contacts.permissions import require_keeper_of_roles
from core.errors import Refused

KEY = "undelivered"
WHY_NEXT = gettext_noop("You get this message because it could not be delivered to {name}.")


def give_up(notice: Notification, *, state: NotificationState, why: str) -> User | None:
    """Mark a notification, which the caller has locked, as undelivered. Returns the next recipient,
    if any.

    A watcher's failed notification, or that of a reminder or of a customer's mention, is only
    recorded in its row.
    """
    notice.state, notice.last_error = state, why[:300]
    notice.save(update_fields=["state", "last_error", "attempts"])
    if outgoing.is_personal(notice):
        return None
    case, left = Case.objects.locked(notice.case_id), notice.recipient
    heir = None if left.is_care or not case.is_open else _next(notice)
    if heir is not None:
        _pass_on(notice, case, heir)
    system = User.objects.system()
    event_log.record(
        case,
        events.Undelivered(
            to=left.name,
            address=notice.address,
            subject=notice.subject[:150],
            why=notice.last_error,
            next=heir.name if heir else "",
            to_care=left.is_care,
            notice=notice.pk,
        ),
        by=system,
    )
    if (
        f":{KEY}:" not in notice.key
    ):  # nobody is notified about a failed failure notice: two full mailboxes would never end
        _notify_care(case, notice, heir)
    return heir


def _next(notice: Notification) -> User | None:
    """The next active contact who was not sent this yet: the primary contact first, then by
    seniority.
    """
    already_notified = Notification.objects.filter(
        case=notice.case_id, key=notice.key, channel=NotificationChannel.EMAIL
    ).values_list("recipient_id", flat=True)
    active = User.objects.filter(
        organisation_id=notice.organisation_id,
        is_active=True,
        designation__state=ContactState.ACTIVE,
    )
    return (
        active.exclude(pk__in=list(already_notified))
        .order_by("-designation__is_primary", "pk")
        .first()
    )


def _pass_on(notice: Notification, case: Case, heir: User) -> None:
    left = notice.recipient.name
    with translation.override(heir.language):
        why = translation.gettext(WHY_NEXT).format(name=left)
    outgoing.put([outgoing.for_heir(notice, heir, now=timezone.now(), preface=why)])


def _notify_care(case: Case, notice: Notification, heir: User | None) -> None:
    """Notify the people responsible for the case, except the one whose own mailbox failed."""
    to, what = notice.recipient.name, notice.subject
    sentence = (
        f"The message “{what}” could not be delivered to {to} ({notice.address}): "
        f"{notice.last_error}."
    )
    then = (
        f"It goes to {heir.name} instead."
        if heir
        else "There is nobody else of the organisation to send it to."
    )
    if not case.is_open:
        then = "The case is closed: reopen it if they should have been heard first."
    recipients = [one for one in outgoing.care_for(case) if one.pk != notice.recipient_id]
    outgoing.put(
        [
            outgoing.compose(
                case,
                reader,
                key=f"{KEY}:{notice.pk}",
                subject=f"A message did not reach {to}",
                text=sentence if notice.recipient.is_care else f"{sentence} {then}",
                now=timezone.now(),
            )
            for reader in recipients
        ]
    )


@transaction.atomic
def bounced(notice_id: int, *, why: str) -> Notification | None:
    """Process a bounce: the notification counts as undelivered, and the next contact gets it.

    None where the notification does not exist or has failed already: mail servers repeat bounces.
    """
    held = Notification.objects.select_for_update(of=("self",)).select_related("recipient")
    notice = held.filter(pk=notice_id, channel=NotificationChannel.EMAIL).first()
    if notice is None or notice.state in (NotificationState.BOUNCED, NotificationState.FAILED):
        return None
    give_up(notice, state=NotificationState.BOUNCED, why=why)
    return notice


@transaction.atomic
def send_again(notice: Notification, *, by: User, reason: str) -> Notification:
    """Queue a failed notification again, to its recipient's current address; recorded in the change
    log (§13).
    """
    require_keeper_of_roles(by)
    held = (
        Notification.objects.select_for_update(of=("self",))
        .select_related("recipient")
        .get(pk=notice.pk)
    )
    if held.state not in (NotificationState.FAILED, NotificationState.BOUNCED):
        raise Refused("Only a notice that failed, or came back, is sent again.")
    if not reason.strip():
        raise Refused("Please say why.")
    before = {"state": held.state, "address": held.address, "error": held.last_error}
    held.state, held.attempts, held.next_attempt_at = NotificationState.QUEUED, 0, timezone.now()
    held.address = held.recipient.email
    held.save(update_fields=["state", "attempts", "next_attempt_at", "address"])
    after = {"state": held.state, "address": held.address, "why": reason.strip()[:300]}
    record_change(
        by=by,
        kind="notice",
        key=held.pk,
        name=held.subject,
        before=before,
        after=after,
        verb="sent again",
    )
    transaction.on_commit(partial(outgoing.send_soon, [held.pk]))
    return held
