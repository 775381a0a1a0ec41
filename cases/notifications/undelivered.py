"""A message that could not be delivered (§13): the next contact is tried, Care is told, and the
journal knows.

A closure rests on a notice that was really sent; while none was, it waits. So that it does not wait
for ever for one full mailbox, what failed for one contact goes to the next of the organisation's
active ones, until one has it.
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
from contacts.notification_preferences import NotificationKind
from contacts.permissions import require_keeper_of_roles
from core.errors import Refused

KEY = "undelivered"
WHY_NEXT = gettext_noop("This message goes to you because it could not be delivered to {name}.")


def give_up(notice: Notification, *, state: NotificationState, why: str) -> User | None:
    """Take a notice, which the caller holds, for undelivered; returns who is tried next, if
    anybody.

    What only a watcher missed is written down and no more.
    """
    notice.state, notice.last_error = state, why[:300]
    notice.save(update_fields=["state", "last_error", "attempts"])
    if notice.kind == NotificationKind.WATCHED:
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
    ):  # of a message about a message nobody is told: two full mailboxes would never end
        _tell_care(case, notice, heir)
    return heir


def _next(notice: Notification) -> User | None:
    """The primary contact first, then the longest there: an active contact to whom this was not
    sent yet.
    """
    asked = Notification.objects.filter(
        case=notice.case_id, key=notice.key, channel=NotificationChannel.EMAIL
    ).values_list("recipient_id", flat=True)
    active = User.objects.filter(
        organisation_id=notice.organisation_id,
        is_active=True,
        designation__state=ContactState.ACTIVE,
    )
    return active.exclude(pk__in=list(asked)).order_by("-designation__is_primary", "pk").first()


def _pass_on(notice: Notification, case: Case, heir: User) -> None:
    left = notice.recipient.name
    with translation.override(heir.language):
        why = translation.gettext(WHY_NEXT).format(name=left)
    outgoing.put(
        [
            Notification(
                organisation_id=notice.organisation_id,
                case=case,
                event_id=notice.event_id,
                recipient=heir,
                key=notice.key,
                address=heir.email,
                subject=notice.subject,
                kind=notice.kind,
                text=f"{why}\n\n{notice.text.replace(left, heir.name, 1)}",
                created_at=timezone.now(),
                next_attempt_at=timezone.now(),
                invitation=notice.invitation,
            )
        ]
    )


def _tell_care(case: Case, notice: Notification, heir: User | None) -> None:
    """Whoever answers for the case, except somebody whose own mailbox it is."""
    to, what = notice.recipient.name, notice.subject
    said = (
        f"The message «{what}» could not be delivered to {to} ({notice.address}): "
        f"{notice.last_error}."
    )
    then = (
        f"It goes to {heir.name} instead."
        if heir
        else "There is nobody else of the organisation to send it to."
    )
    if not case.is_open:
        then = "The case is closed: reopen it if they should have been heard first."
    told = [one for one in outgoing.care_for(case) if one.pk != notice.recipient_id]
    outgoing.put(
        [
            outgoing.compose(
                case,
                reader,
                key=f"{KEY}:{notice.pk}",
                subject=f"A message did not reach {to}",
                text=said if notice.recipient.is_care else f"{said} {then}",
                now=timezone.now(),
            )
            for reader in told
        ]
    )


@transaction.atomic
def bounced(notice_id: int, *, why: str) -> Notification | None:
    """A mail that the server took came back: the notice counts as never delivered, and the next
    contact is tried.

    None where there is no such notice, or it was given up already: a mail server says such things
    more than once.
    """
    held = Notification.objects.select_for_update(of=("self",)).select_related("recipient")
    notice = held.filter(pk=notice_id, channel=NotificationChannel.EMAIL).first()
    if notice is None or notice.state in (NotificationState.BOUNCED, NotificationState.FAILED):
        return None
    give_up(notice, state=NotificationState.BOUNCED, why=why)
    return notice


@transaction.atomic
def send_again(notice: Notification, *, by: User, reason: str) -> Notification:
    """Queue a notice that failed for good once more, to its reader's address of today; kept under
    Changes (§13).
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
