"""Notifications: the recipients of an event, the text, and how a row becomes a message that was
really sent.

A notification is saved in the event's transaction and sent after commit; a sweep sends what a crash
left. Delivery is at least once: only a crash between the mail server's acceptance and our commit
can cause a second message.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare, salted_hmac

from cases.choices import CaseState, EventType, Facing
from cases.events import Filed, Rated, SeverityContested
from cases.facts import hold_of
from cases.models import (
    Case,
    CaseEvent,
    CaseUpdate,
    Notification,
    NotificationChannel,
    NotificationState,
)
from cases.notifications import emails, texts, turns
from cases.notifications.texts import NoticeLine
from contacts.models import ContactState, Role, User
from contacts.notification_preferences import (
    PERSONAL,
    NotificationKind,
    NotificationPreferences,
)
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
WRITE_AGAIN_AFTER = timedelta(minutes=1)


@dataclass(frozen=True)
class Details:
    """What a notification says beside the text of its event.

    `lines` are sentences with service targets and other instants. `update` is (heading, text) for
    the contact, who gets it even for their own event. `left_out` are people who are notified of the
    event in another way. `is_for_nobody` says that nobody needs to know, `is_quiet` that only the
    product shows it.
    """

    lines: Sequence[NoticeLine] = ()
    update: tuple[Any, str] | None = None
    left_out: frozenset[int] = frozenset()
    is_for_nobody: bool = False
    is_quiet: bool = False


DetailSource = Callable[[CaseEvent], Details]
_sources: list[DetailSource] = []
# Subject and text of a notification without an event, as they are written at an instant.
NoticeWriter = Callable[[Notification, datetime], tuple[str, str] | None]
_writers: list[NoticeWriter] = []
# Called after a notification was really sent, with the instant at which its text was written.
SentListener = Callable[[Notification, datetime], None]
_after_sending: list[SentListener] = []
# Called in the transaction in which notifications were saved.
SavedListener = Callable[[list[Notification]], None]
_after_saving: list[SavedListener] = []


def after_saving(*listeners: SavedListener) -> None:
    """Register what follows once notifications were saved (`caretrack.wiring`)."""
    _after_saving[:] = listeners


def details_from(*sources: DetailSource) -> None:
    """Register a source of details of an event (`caretrack.wiring`)."""
    _sources[:] = sources


def written_by(*writers: NoticeWriter) -> None:
    """Register the writers of notifications without an event (`caretrack.wiring`)."""
    _writers[:] = writers


def after_sending(*listeners: SentListener) -> None:
    """Register what follows once a notification was sent (`caretrack.wiring`)."""
    _after_sending[:] = listeners


def details_of(event: CaseEvent) -> Details:
    """The details of an event from every source."""
    all_details = [source(event) for source in _sources]
    updates = [details.update for details in all_details if details.update is not None]
    lines = [line for details in all_details for line in details.lines]
    left_out = frozenset[int]().union(*(details.left_out for details in all_details))
    return Details(
        lines,
        updates[0] if updates else None,
        left_out,
        is_for_nobody=any(details.is_for_nobody for details in all_details),
        is_quiet=any(details.is_quiet for details in all_details),
    )


def notify(
    event: CaseEvent, *, text: str = "", left_out: frozenset[int] = frozenset()
) -> list[int]:
    """Save a notification for each recipient of the event. Returns the new rows' ids. `left_out`
    are people whom the caller notifies.
    """
    details = details_of(event)
    if details.is_for_nobody:
        return []
    readers = _readers(event, is_owed_to_contact=details.update is not None)
    notices = (
        of_event(event, reader, text=text, details=details, now=event.at, watches=watches)
        for reader, watches in readers
        if reader.pk not in details.left_out | left_out
    )
    return put([notice for notice in notices if notice is not None])


def of_event(
    event: CaseEvent,
    reader: User,
    *,
    text: str,
    details: Details,
    now: datetime,
    watches: bool = False,
) -> Notification | None:
    """The notification of an event for one recipient, as it is written `now`; not saved. None where
    they are not notified of such events.
    """
    update = details.update
    with translation.override(reader.language):
        headline = texts.lead(
            event.verb,
            reader,
            watches=watches,
            by=event.by.name,
            code=event.case.code,
            score=event.data.score if isinstance(event.data, Rated) else None,
            wanted=event.data.wanted if isinstance(event.data, SeverityContested) else None,
            is_held=event.verb in texts.WHILE_HELD and hold_of(event.case) is not None,
        )
        more = f"{update[0]}\n\n{update[1]}" if update else ""
        rating = "" if watches else _rating_question(event, reader)
        open_question = _open_question(event, reader) if event.verb in REPEATS_THE_QUESTION else ""
    if headline is None:
        return None
    kind, subject = headline
    if event.verb in RESTARTS_A_CLOSURE and _is_proposal(event.case, reader, watches=watches):
        kind = NotificationKind.CLOSURE  # the closure waits until it was really sent
    return compose(
        event.case,
        reader,
        key=f"event:{event.seq}",
        subject=subject,
        text="\n\n".join(part for part in (text, more, open_question, rating) if part),
        lines=details.lines,
        now=now,
        event=event,
        kind=kind,
        is_quiet=event.data.is_quiet or details.is_quiet,
    )


# After these events a contact needs the question that is still open.
REPEATS_THE_QUESTION = (
    EventType.CLOSURE_ANNOUNCED,
    EventType.WAIT_RESUMED,
    EventType.HOLD_ENDED,
)


# After these events the proposed resolution of a case closes by a notice of its own (§13).
RESTARTS_A_CLOSURE = (EventType.WAIT_RESUMED, EventType.HOLD_ENDED)


def _is_proposal(case: Case, reader: User, *, watches: bool) -> bool:
    return case.state == CaseState.RESOLUTION_PROPOSED and not (reader.is_care or watches)


def open_questions(case_ids: Iterable[int]) -> dict[int, CaseUpdate]:
    """The last question to the contact of each case, with its author. One statement."""
    questions = CaseUpdate.objects.filter(
        case_id__in=case_ids, event__verb=EventType.INFORMATION_REQUESTED
    )
    newest = questions.order_by("case_id", "-event__seq").distinct("case_id")
    return {update.case_id: update for update in newest.select_related("by")}


def _open_question(event: CaseEvent, reader: User) -> str:
    question = open_questions([event.case_id]).get(event.case_id)
    if question is None or event.case.state != CaseState.WAITING_ON_CONTACT:
        return ""
    return texts.quote(question.by.name, question.at, question.text, reader)


def _rating_question(event: CaseEvent, reader: User) -> str:
    """The rating question, asked once with the closing, of the contact who may answer it."""
    case = event.case
    if (
        event.verb != EventType.CLOSED
        or not case.can_be_rated
        or reader.is_care
        or contact_status(reader) != ContactState.ACTIVE
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
    lines: Sequence[NoticeLine] = (),
    now: datetime,
    event: CaseEvent | None = None,
    kind: NotificationKind = NotificationKind.CASE,
    invitation: str = "",
    is_quiet: bool = False,
    is_follower: bool = False,
) -> Notification:
    """A notification in the recipient's language and time zone, by their chosen channel; not saved
    yet.

    An `invitation` (an iCalendar text) is useful only in an email, so it is always sent as one. A
    quiet event (`is_quiet`) appears in the product only. A follower reads why they are notified.
    """
    watches = is_follower or kind == NotificationKind.WATCHED
    with translation.override(reader.language), timezone.override(reader.tzinfo):
        shown = [] if watches else texts.promise_lines(lines, reader, now)
        body = render_to_string(
            "notices/message.txt",
            {
                "case": case,
                "reader": reader,
                "subject": subject,
                "text": text,
                "lines": shown,
                "turn": turns.turn_of(case, reader, watches=watches),
                "why": texts.why_followed(f"{link_to(case, reader)}#followers") if watches else "",
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
        subject=texts.subject_of(case.code, subject),
        text=body,
        created_at=now,
        kind=kind,
        channel=channel,
        next_attempt_at=send_at,
        state=NotificationState.SENT if is_there else NotificationState.QUEUED,
        sent_at=now if is_there else None,
        invitation=invitation,
    )


def notified_by(event: CaseEvent) -> list[str]:
    """The names of the customer's people who are notified of an event."""
    notifications = Notification.objects.filter(
        event=event, recipient__organisation_id=event.organisation_id
    )
    names = notifications.order_by("recipient__name").values_list("recipient__name", flat=True)
    return list(dict.fromkeys(names))


def link_to(case: Case, reader: User) -> str:
    """The URL of the case for this recipient: portal or console."""
    return f"{settings.BASE_URL}/{'console' if reader.is_care else 'portal'}/cases/{case.code}/"


def put(notices: Sequence[Notification]) -> list[int]:
    """Save notifications; a person is not notified twice about the same thing by the same
    channel.
    """
    if not notices:
        return []
    stored = Notification.objects.bulk_create(notices, ignore_conflicts=True)
    for listener in _after_saving:
        listener(list(notices))
    if all(notice.pk for notice in stored):
        return [notice.pk for notice in stored]
    keys = {notice.key for notice in notices}
    return list(
        Notification.objects.filter(key__in=keys, state=NotificationState.QUEUED).values_list(
            "pk", flat=True
        )
    )


def _readers(event: CaseEvent, *, is_owed_to_contact: bool = False) -> list[tuple[User, bool]]:
    """Who is notified of an event, each once, and whether only because they watch the case."""
    case = event.case
    # Events for one person: an assignment is internal, but its analyst is notified. A rating goes
    # to that analyst; managers find all ratings in their figures.
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
    """The watchers of a case who may still read it: Care, and active people of its organisation."""
    watchers = User.objects.filter(
        watches__case=case, watches__organisation_id=case.organisation_id, is_active=True
    )
    return [
        w
        for w in watchers.select_related("designation").order_by("pk")
        if w.reads_cases and (w.is_care or w.organisation_id == case.organisation_id)
    ]


def contacts_for(case: Case) -> list[User]:
    """Who is notified for the organisation: the contact, and while they may not work the case, the
    other contacts too.

    A suspended contact can read, but only the others can reply (§13). After all designations lapsed
    with the last licence, the person who filed a case is notified until it ends. A revoked contact
    is not notified any more.
    """
    contact, state = case.contact, contact_status(case.contact)
    if state == ContactState.ACTIVE:
        return [contact]
    others = User.objects.filter(
        organisation_id=case.organisation_id, is_active=True, designation__state=ContactState.ACTIVE
    )
    recipients = [*([contact] if contact.reads_cases else []), *others.order_by("pk")]
    return recipients or ([contact] if state == ContactState.LAPSED else [])


def contact_status(contact: User) -> str:
    """The state of a contact's designation; empty without one, or without an account."""
    designation = getattr(contact, "designation", None)
    return designation.state if contact.is_active and designation is not None else ""


def care_for(case: Case) -> list[User]:
    """The people of Care responsible for a case: its analyst, or the managers while it has no
    active one.
    """
    if case.assignee is not None and case.assignee.is_active:
        return [case.assignee]
    return list(User.objects.filter(role=Role.MANAGER, is_active=True).order_by("pk"))


def send_soon(keys: Sequence[int]) -> None:
    """Ask a worker to send; without a broker, the sweep does."""
    from cases.tasks import send_notices

    try:
        send_notices.delay(list(keys))
    except Exception:
        logger.warning("The broker is away: %d notices wait for the sweep.", len(keys))


def send(keys: Sequence[int] | None = None, *, limit: int = 100) -> int:
    """Send the given notifications, or those that are due; each in its own transaction. Returns how
    many were sent.

    Idempotent, and safe to run concurrently: a row is locked while it is sent, and others skip it.
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
            held.select_related(
                "recipient__designation",
                "case__contact__designation",
                "case__organisation",
                "event__by",
            )
            .filter(pk=pk)
            .first()
        )
        if notice is None:
            return False
        if not may_still_notify(notice):
            pass_on(notice)
            return False
        notice.attempts += 1
        began_at = timezone.now()
        try:
            if began_at - notice.created_at > WRITE_AGAIN_AFTER:
                write_again(notice)
            message_id = _hand_over(notice, connection)
        except Exception as error:
            note_failure(notice, error)
            return False
        notice.state, notice.sent_at, notice.provider_id = (
            NotificationState.SENT,
            timezone.now(),
            message_id,
        )
        notice.save(
            update_fields=["state", "sent_at", "provider_id", "attempts", "subject", "text"]
        )
        for follow in _after_sending:
            follow(notice, began_at)
        return True


def write_again(notice: Notification, *, now: datetime | None = None) -> None:
    """Write a notification that goes out late as it is true now, in its recipient's language and
    zone; not saved.

    Its due times, whose turn it is, and when a case closes may have changed since it was saved, or
    it goes to another person. Notifications that depend on neither stay as they are.
    """
    now = now or timezone.now()
    written = _written_now(notice, now)
    if written is not None:
        notice.subject, text = written
        notice.text = f"{notice.preface}\n\n{text}" if notice.preface else text


def _written_now(notice: Notification, now: datetime) -> tuple[str, str] | None:
    for write in _writers:
        if (written := write(notice, now)) is not None:
            return written
    event, reader = notice.event, notice.recipient
    if event is None or notice.key != f"{notice.case.code}:event:{event.seq}":
        return None
    new = of_event(
        event,
        reader,
        text=text_of(event),
        details=details_of(event),
        now=now,
        watches=notice.kind == NotificationKind.WATCHED,
    )
    return None if new is None else (new.subject, new.text)


def text_of(event: CaseEvent) -> str:
    """The message of an event as it is stored now; that of a split is the case's own."""
    update = CaseUpdate.objects.filter(event=event).values_list("text", flat=True).first()
    if update is None and isinstance(event.data, Filed) and event.data.split_from:
        return f"{event.case.title}\n\n{event.case.description}"
    return update or ""


def is_personal(notice: Notification) -> bool:
    """Whether a notification is for its recipient alone, so that nobody else gets it instead."""
    is_mention = notice.kind == NotificationKind.MENTION and not notice.recipient.is_care
    return is_mention or notice.kind in PERSONAL


def may_still_notify(notice: Notification) -> bool:
    """Whether the recipient may still be notified when the message goes out, possibly hours
    later.
    """
    reader = notice.recipient
    if not reader.is_active or reader.is_care:
        return reader.is_active
    is_ours = reader.organisation_id == notice.organisation_id
    return is_ours and (
        reader.reads_cases or (not is_personal(notice) and reader in contacts_for(notice.case))
    )


def pass_on(notice: Notification) -> None:
    """Notify the people now responsible for the case in place of a recipient who left."""
    left, now = notice.recipient, timezone.now()
    notice.state, notice.last_error = (
        NotificationState.FAILED,
        "Its reader has left, or moved to another organisation.",
    )
    notice.save(update_fields=["state", "last_error"])
    if is_personal(notice):
        return
    heirs = (care_for if left.is_care else contacts_for)(notice.case)
    put([for_heir(notice, heir, now=now) for heir in heirs])


def for_heir(notice: Notification, heir: User, *, now: datetime, preface: str = "") -> Notification:
    """A notification for the person who gets it instead of its recipient, in their own language and
    time zone; not saved. `preface` says why they get it.
    """
    text = notice.text.replace(notice.recipient.name, heir.name, 1)
    new = Notification(
        organisation_id=notice.organisation_id,
        case=notice.case,
        event=notice.event,
        recipient=heir,
        key=notice.key,
        address=heir.email,
        subject=notice.subject,
        kind=notice.kind,
        preface=preface,
        text=f"{preface}\n\n{text}" if preface else text,
        created_at=now,
        next_attempt_at=now,
        invitation=notice.invitation,
    )
    write_again(new, now=now)
    return new


def message_id_of(notice_id: int, *, key: str | None = None) -> str:
    """The Message-ID of a notification.

    Its second part cannot be guessed, so nobody can forge a bounce.
    """
    proof = salted_hmac(
        "caretrack.notice", str(notice_id), secret=key, algorithm="sha256"
    ).hexdigest()[:24]
    return f"<notice-{notice_id}-{proof}@caretrack>"


def is_message_id_of(notice_id: int, message_id: str) -> bool:
    """Whether a Message-ID belongs to the notification, by the current signing key or an earlier
    one.
    """
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
        )  # a digest's notifications are in the product: the next person gets no pile of emails
    notice.save(update_fields=["state", "attempts", "next_attempt_at", "last_error"])
