"""Telling people: who hears of an event, in which words, and how a row becomes a message that was
really sent.

A notice is written in the event's transaction and sent after commit; a sweep sends what a crash
left behind. Delivered at least once: only between the mail server's «yes» and our commit can a
crash cause a second message.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare, salted_hmac

from cases.choices import EventType, Facing
from cases.events import Rated
from cases.models import Case, CaseEvent, Notification, NotificationChannel, NotificationState
from cases.notifications import emails, texts
from contacts.models import ContactState, Role, User
from contacts.notification_preferences import NotificationKind, NotificationPreferences
from core import mail_failures
from core.tenancy import care_scope

logger = logging.getLogger(__name__)

RETRY_AFTER = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
)


@dataclass(frozen=True)
class Details:
    """What a notification says beside the words of its event.

    `lines` are promises as (what is promised, the instant). `update` is (heading, words) for the
    contact, who gets it whoever caused the event.
    """

    lines: Sequence[tuple[Any, datetime]] = ()
    update: tuple[Any, str] | None = None


DetailSource = Callable[[CaseEvent], Details]
_sources: list[DetailSource] = []


def details_from(*sources: DetailSource) -> None:
    """Name who is asked for the details of an event (`caretrack.wiring`)."""
    _sources[:] = sources


def details_of(event: CaseEvent) -> Details:
    """What every source has to say about an event."""
    all_details = [source(event) for source in _sources]
    updates = [details.update for details in all_details if details.update is not None]
    lines = [line for details in all_details for line in details.lines]
    return Details(lines, updates[0] if updates else None)


def notify(event: CaseEvent, *, text: str = "") -> list[int]:
    """Write a notice for each person who must hear of the event; returns the new rows' ids."""
    notices = []
    details = details_of(event)
    update = details.update
    for reader, watches in _readers(event, is_owed_to_contact=update is not None):
        with translation.override(reader.language):
            headline = texts.lead(
                event.verb,
                reader,
                watches=watches,
                by=event.by.name,
                code=event.case.code,
                score=event.data.score if isinstance(event.data, Rated) else None,
            )
            more = f"{update[0]}\n\n{update[1]}" if update else ""
            question = "" if watches else _question(event, reader)
        if headline:
            notices.append(
                compose(
                    event.case,
                    reader,
                    key=f"event:{event.seq}",
                    subject=headline[1],
                    text="\n\n".join(part for part in (text, more, question) if part),
                    lines=details.lines,
                    now=event.at,
                    event=event,
                    kind=headline[0],
                    is_quiet=event.data.is_quiet,
                )
            )
    return put(notices)


def _question(event: CaseEvent, reader: User) -> str:
    """How well it was handled is asked with the closing, of whoever may say so; nothing reminds
    them (one question).
    """
    case = event.case
    if (
        event.verb != EventType.CLOSED
        or not case.can_be_rated
        or reader.is_care
        or _standing(reader) != ContactState.ACTIVE
    ):
        return ""
    return texts.question(f"{link_to(case, reader)}#act-rating")


def compose(
    case: Case,
    reader: User,
    *,
    key: str,
    subject: str,
    text: str = "",
    lines: Sequence[tuple[Any, datetime]] = (),
    now: datetime,
    event: CaseEvent | None = None,
    kind: NotificationKind = NotificationKind.CASE,
    invitation: str = "",
    is_quiet: bool = False,
) -> Notification:
    """A notice as the reader will see it, in their language and zone, by the channel they chose;
    not yet a row.

    An `invitation` (an iCalendar text) goes with it and is of use as an e-mail alone: that is how
    it is then sent. What `is_quiet` stands under the bell alone.
    """
    watches = kind == NotificationKind.WATCHED
    with translation.override(reader.language), timezone.override(reader.tzinfo):
        shown = [] if watches else texts.promise_lines(lines, reader)
        body = render_to_string(
            "notices/message.txt",
            {
                "case": case,
                "reader": reader,
                "subject": subject,
                "text": text,
                "lines": shown,
                "turn": texts.turn(case.state, reader.is_care, watches=watches),
                "link": link_to(case, reader),
            },
        )
    channel, send_at = NotificationPreferences.for_person(reader).delivery(
        kind, is_critical=case.is_critical, now=now
    )
    if invitation:
        channel, send_at = NotificationChannel.EMAIL, now
    if is_quiet:
        channel, send_at = NotificationChannel.PORTAL, now
    is_there = channel == NotificationChannel.PORTAL
    return Notification(
        organisation_id=case.organisation_id,
        case=case,
        event=event,
        recipient=reader,
        key=f"{case.code}:{key}",
        address=reader.email,
        subject=f"[{case.code}] {subject}"[:250],
        text=body,
        created_at=now,
        kind=kind,
        channel=channel,
        next_attempt_at=send_at,
        state=NotificationState.SENT if is_there else NotificationState.QUEUED,
        sent_at=now if is_there else None,
        invitation=invitation,
    )


def link_to(case: Case, reader: User) -> str:
    """The address of the case at the reader's door."""
    return f"{settings.BASE_URL}/{'console' if reader.is_care else 'portal'}/cases/{case.code}/"


def put(notices: Sequence[Notification]) -> list[int]:
    """Store notices; what was already told to the same person by the same channel is not told
    again.
    """
    if not notices:
        return []
    stored = Notification.objects.bulk_create(notices, ignore_conflicts=True)
    if all(notice.pk for notice in stored):
        return [notice.pk for notice in stored]
    keys = {notice.key for notice in notices}
    return list(
        Notification.objects.filter(key__in=keys, state=NotificationState.QUEUED).values_list(
            "pk", flat=True
        )
    )


def _readers(event: CaseEvent, *, is_owed_to_contact: bool = False) -> list[tuple[User, bool]]:
    """Who hears of an event, each once, and whether it is only because they watch the case."""
    case = event.case
    # One person's news: an assignment is internal, and yet told to whoever was given the case; a
    # rating is for whoever worked it, and managers find all of them in their figures.
    if event.verb in (EventType.ASSIGNED, EventType.RATED):
        given = case.assignee
        return (
            [(given, False)]
            if given is not None and given.is_active and given.pk != event.by_id
            else []
        )
    if event.facing == Facing.INTERNAL:
        return []
    readers: list[User] = []
    if event.by_id != case.contact_id or event.verb == EventType.FILED or is_owed_to_contact:
        readers.extend(contacts_for(case))
    if not event.by.is_care and (
        case.assignee_id or case.is_critical or event.verb != EventType.FILED
    ):
        readers.extend(care_for(case))
    known = {reader.pk for reader in readers} | {event.by_id, case.contact_id}
    return [(reader, False) for reader in readers] + [
        (w, True) for w in watchers_of(case) if w.pk not in known
    ]


def watchers_of(case: Case) -> list[User]:
    """Who watches a case and may still read it: Care, and the people of its organisation, while
    they are active.
    """
    watchers = User.objects.filter(
        watches__case=case, watches__organisation_id=case.organisation_id, is_active=True
    )
    return [
        w
        for w in watchers.select_related("designation").order_by("pk")
        if w.reads_cases and (w.is_care or w.organisation_id == case.organisation_id)
    ]


def contacts_for(case: Case) -> list[User]:
    """Who hears of a case for the organisation: its contact, and while they may not work it the
    other contacts too.

    A suspended contact reads on, but only the others can answer (§13). Where the designations have
    lapsed with the last licence nobody may be left: whoever filed a case hears of it until it ends.
    Who was revoked hears nothing more.
    """
    contact, state = case.contact, _standing(case.contact)
    if state == ContactState.ACTIVE:
        return [contact]
    others = User.objects.filter(
        organisation_id=case.organisation_id, is_active=True, designation__state=ContactState.ACTIVE
    )
    recipients = [*([contact] if contact.reads_cases else []), *others.order_by("pk")]
    return recipients or ([contact] if state == ContactState.LAPSED else [])


def _standing(contact: User) -> str:
    """The state of a contact's designation; nothing for somebody without one, or without an
    account.
    """
    designation = getattr(contact, "designation", None)
    return designation.state if contact.is_active and designation is not None else ""


def care_for(case: Case) -> list[User]:
    """Care's people who answer for a case: its analyst, or the managers while it has none who is
    still there.
    """
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
    """Send the given notices, or what is due; each in a transaction of its own. Returns how many
    were sent.

    Safe to run twice or twice at once: a row is held while it is sent and skipped by everyone else.
    """
    with care_scope():
        due = Notification.objects.to_send(timezone.now()).order_by("next_attempt_at", "id")
        ids = list(
            (due.filter(pk__in=keys) if keys is not None else due).values_list("pk", flat=True)[
                :limit
            ]
        )
    if not ids:
        return 0
    connection = get_connection()
    return sum(_send_one(pk, connection) for pk in ids)


def _send_one(pk: int, connection: Any) -> bool:
    with care_scope(), transaction.atomic():
        held = Notification.objects.to_send(timezone.now()).select_for_update(
            skip_locked=True, of=("self",)
        )
        notice = (
            held.select_related("recipient__designation", "case__contact__designation")
            .filter(pk=pk)
            .first()
        )
        if notice is None:
            return False
        if not may_still_hear(notice):
            pass_on(notice)
            return False
        notice.attempts += 1
        try:
            message_id = _hand_over(notice, connection)
        except Exception as error:
            note_failure(notice, error)
            return False
        notice.state, notice.sent_at, notice.provider_id = (
            NotificationState.SENT,
            timezone.now(),
            message_id,
        )
        notice.save(update_fields=["state", "sent_at", "provider_id", "attempts"])
        return True


def may_still_hear(notice: Notification) -> bool:
    """Whether its reader may still be told of the case when the message goes out: hours can lie
    between.
    """
    reader = notice.recipient
    if not reader.is_active or reader.is_care:
        return reader.is_active
    is_ours = reader.organisation_id == notice.organisation_id
    return is_ours and (
        reader.reads_cases
        or (notice.kind != NotificationKind.WATCHED and reader in contacts_for(notice.case))
    )


def pass_on(notice: Notification) -> None:
    """Its reader has left: whoever answers for the case now is told in their place, so that no news
    is lost.
    """
    left, now = notice.recipient, timezone.now()
    notice.state, notice.last_error = (
        NotificationState.FAILED,
        "Its reader has left, or moved to another organisation.",
    )
    notice.save(update_fields=["state", "last_error"])
    if notice.kind == NotificationKind.WATCHED:
        return
    put(
        [
            Notification(
                organisation_id=notice.organisation_id,
                case=notice.case,
                event_id=notice.event_id,
                recipient=heir,
                key=notice.key,
                address=heir.email,
                subject=notice.subject,
                kind=notice.kind,
                text=notice.text.replace(left.name, heir.name, 1),
                created_at=notice.created_at,
                next_attempt_at=now,
                invitation=notice.invitation,
            )
            for heir in (care_for if left.is_care else contacts_for)(notice.case)
        ]
    )


def message_id_of(notice_id: int, *, key: str | None = None) -> str:
    """The Message-ID of a notice.

    Its second part cannot be guessed, so nobody invents a mail that came back.
    """
    proof = salted_hmac(
        "caretrack.notice", str(notice_id), secret=key, algorithm="sha256"
    ).hexdigest()[:24]
    return f"<notice-{notice_id}-{proof}@caretrack>"


def is_message_id_of(notice_id: int, message_id: str) -> bool:
    """Whether a Message-ID is the notice's, by today's signing key or one that it replaced."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(constant_time_compare(message_id, message_id_of(notice_id, key=key)) for key in keys)


def _hand_over(notice: Notification, connection: Any) -> str:
    message_id = message_id_of(notice.pk)
    if emails.of_notice(notice, connection=connection, message_id=message_id).send() != 1:
        raise ConnectionError("The mail server took no message.")
    return message_id


def note_failure(notice: Notification, error: Exception) -> None:
    """Try again later. After the last try, or a final refusal, the next contact is notified instead
    (§13).
    """
    logger.warning("notice %s could not be sent: %s", notice.pk, error)
    notice.last_error = f"{type(error).__name__}: {error}"[:300]
    if notice.attempts <= len(RETRY_AFTER) and not mail_failures.is_final(error):
        notice.next_attempt_at = timezone.now() + RETRY_AFTER[notice.attempts - 1]
    elif notice.channel == NotificationChannel.EMAIL:
        from cases.notifications import undelivered

        undelivered.give_up(notice, state=NotificationState.FAILED, why=notice.last_error)
        return
    else:
        notice.state = (
            NotificationState.FAILED
        )  # a digest's news stand under the bell: no heap of mails for anybody else
    notice.save(update_fields=["state", "attempts", "next_attempt_at", "last_error"])
