"""Auto-closure of a case without reply or objection (§13): only when due, and only after the period
of a notice that was really sent.
"""

from datetime import datetime, timedelta

from django.db.models import Min

from cases import actions
from cases.choices import CaseState, ClosingReason, EventType
from cases.facts import CaseFacts, facts_of
from cases.models import (
    Case,
    CaseEvent,
    Notification,
    NotificationChannel,
    NotificationState,
)
from cases.notifications import texts
from contacts.models import User
from contacts.notification_preferences import NotificationKind as News
from core import current_time
from core.errors import Refused
from sla import calendars
from sla.models import CaseTerms, Clock
from sla.models.clock import ClockKindChoices

# A notice sent this soon after it was written counts as sent in time: the time that it names
# applies.
ON_THE_SPOT = timedelta(minutes=15)
NOBODY_CAN_ANSWER = "No contact of the organisation can answer now: the closure waits for one."
WHILE_ON_HOLD = "The case is on hold: the contact's time is paused until the hold ends."
WHILE_UNSENT = "The advance notice was not sent yet: the closure waits for it."


RESUMPTIONS = (EventType.WAIT_RESUMED, EventType.HOLD_ENDED)
# Events whose notice can announce a closure.
NOTICES = (EventType.CLOSURE_ANNOUNCED, EventType.RESOLUTION_PROPOSED, *RESUMPTIONS)


class NotYet(Refused):
    """A closure that is not due yet; `allowed_at` is when it will be, None while that is
    unknown.
    """

    def __init__(self, reason: str, allowed_at: datetime | None) -> None:
        super().__init__(reason)
        self.allowed_at = allowed_at


def allowed_at(case: Case) -> tuple[datetime | None, str]:
    """When CareTrack may close the case, and why not before; None while a notice is still to be
    sent.

    A proposal closes at the end of its last business day if its notice was sent. After a hold or a
    suspension that is the notice of its end, whose period begins then. A wait closes at
    the time that the closing notice names. If the notice was sent late, the notice period begins
    when it was really sent.
    """
    facts = facts_of(case)
    if facts.is_wait_suspended:
        return None, NOBODY_CAN_ANSWER
    if facts.hold is not None:
        return None, WHILE_ON_HOLD
    allowed, why = _allowed_at(case, facts)
    if allowed is not None and facts.closing_deferred_to is not None:
        allowed = max(allowed, facts.closing_deferred_to)
    return allowed, why


def _allowed_at(case: Case, facts: CaseFacts) -> tuple[datetime | None, str]:
    if case.state == CaseState.RESOLUTION_PROPOSED:
        if facts.has_contact_written_since_proposal:
            return (
                None,
                "The contact has written since the resolution was proposed: answer them first.",
            )
        due = _running(case, ClockKindChoices.CLOSURE).due_at
        announced = _notice_of_proposal(case)
        if announced.verb != EventType.RESOLUTION_PROPOSED and due is not None:
            due = max(due, _business_days_after(case, announced.at))
        return _with_notice(case, announced.seq, announced.at, due)
    if case.state == CaseState.WAITING_ON_CONTACT:
        notice = facts.closing_notice
        if notice is None:
            return None, "The closure was not announced yet."
        lengthened = _running(
            case, ClockKindChoices.CUSTOMER_RESPONSE
        ).closure_due_at  # other terms may have given more time since
        due = max(notice.closes_at, lengthened or notice.closes_at)
        return _with_notice(case, notice.seq, notice.at, due)
    return None, "The case waits for nobody's silence."


def _notice_of_proposal(case: Case) -> CaseEvent:
    """The event whose notice announces when a proposal closes: the proposal itself, or the end of
    the last hold or suspension after it.
    """
    proposal = case.events.filter(verb=EventType.RESOLUTION_PROPOSED).latest("seq")
    return case.events.filter(verb__in=RESUMPTIONS, seq__gt=proposal.seq).last() or proposal


def _with_notice(
    case: Case, seq: int, at: datetime, due: datetime | None
) -> tuple[datetime | None, str]:
    """The same for the notice of event number `seq`, once it was sent."""
    if due is None:
        return None, WHILE_UNSENT
    sent = Notification.objects.filter(
        case=case,
        key=f"{case.code}:event:{seq}",
        recipient__organisation_id=case.organisation_id,
        channel=NotificationChannel.EMAIL,
        state=NotificationState.SENT,
    )
    # Watchers were notified too, but the closure is not announced to them.
    sent_at = sent.exclude(kind=News.WATCHED).aggregate(first=Min("sent_at"))["first"]
    if sent_at is None:
        return None, _why_unsent(case, seq)
    if sent_at <= at + ON_THE_SPOT:
        return due, f"The case closes on {due:%Y-%m-%d %H:%M} UTC at the earliest."
    after_notice = _business_days_after(case, sent_at.replace(microsecond=0))
    return max(due, after_notice), "The notice went out late: its period has not run yet."


def expected_closing(case: Case, now: datetime) -> datetime | None:
    """When the case closes if its contact stays silent and the notice goes out now, unless it went
    out before. None while no notice is in force.

    Pages and emails name this instant, so it is never in the past: a notice that goes out late has
    its whole period ahead of it.
    """
    allowed, _why = allowed_at(case)
    if allowed is not None:
        return allowed
    facts = facts_of(case)
    if (
        facts.is_wait_suspended
        or facts.hold is not None
        or facts.has_contact_written_since_proposal
    ):
        return None
    if case.state == CaseState.RESOLUTION_PROPOSED:
        due = _running(case, ClockKindChoices.CLOSURE).due_at
        notice = _notice_of_proposal(case)
        announced_at = notice.at
        if notice.verb != EventType.RESOLUTION_PROPOSED and due is not None:
            due = max(due, _business_days_after(case, announced_at))
    elif facts.closing_notice is not None:
        due, announced_at = facts.closing_notice.closes_at, facts.closing_notice.at
    else:
        return None
    if due is None or now <= announced_at + ON_THE_SPOT:
        return due
    return max(due, _next_minute(_business_days_after(case, now)))


def follow_sending(notice: Notification, written_at: datetime) -> None:
    """Record when a case closes whose notice was sent late: at the instant that it names.

    `written_at` is when its text was written. Only the first recipient's email counts (§13).
    """
    event = notice.event
    if (
        event is None
        or event.verb not in NOTICES
        or notice.kind == News.WATCHED
        or notice.recipient.is_care
        or written_at <= event.at + ON_THE_SPOT
    ):
        return
    case = Case.objects.locked(notice.case_id)
    if not case.is_contacts_turn or not _is_in_force(case, event):
        return
    sent = Notification.objects.filter(
        case=case, key=notice.key, channel=NotificationChannel.EMAIL, state=NotificationState.SENT
    )
    if sent.exclude(pk=notice.pk).exclude(kind=News.WATCHED).exists():
        return
    closes_at = _next_minute(_business_days_after(case, written_at))
    due, _why = allowed_at(case)
    if due is not None and closes_at >= due:
        actions.defer_closure(case, by=User.objects.system(), closes_at=closes_at.isoformat())


def _is_in_force(case: Case, event: CaseEvent) -> bool:
    """Whether the event's notice is the one on which a closure of the case depends."""
    if case.state == CaseState.RESOLUTION_PROPOSED:
        return _notice_of_proposal(case).seq == event.seq
    notice = facts_of(case).closing_notice
    return notice is not None and notice.seq == event.seq


def _next_minute(at: datetime) -> datetime:
    """The next whole minute, which is what a notice can name."""
    return (at + timedelta(seconds=59)).replace(second=0, microsecond=0)


def _why_unsent(case: Case, seq: int) -> str:
    """Whose notice could not be delivered, and whether another contact is being tried (§13)."""
    notifications = Notification.objects.filter(
        case=case, key=f"{case.code}:event:{seq}", recipient__organisation_id=case.organisation_id
    ).exclude(kind=News.WATCHED)
    states = list(notifications.order_by("pk").values_list("recipient__name", "state"))
    failed = [
        name
        for name, state in states
        if state in (NotificationState.FAILED, NotificationState.BOUNCED)
    ]
    if not failed:
        return WHILE_UNSENT
    trying = [name for name, state in states if state == NotificationState.QUEUED]
    then = (
        f"{', '.join(trying)} is being tried."
        if trying
        else "Nobody else of the organisation can be written to."
    )
    return f"The advance notice could not be delivered to {', '.join(failed)}. {then}"


def _business_days_after(case: Case, at: datetime) -> datetime:
    """The end of the notice period that begins at `at`, in the customer's business time."""
    terms = CaseTerms.objects.get(case=case)
    version = calendars.version_of(terms.policy_version_id)
    end = calendars.calendar_of(terms.calendar_version_id).after(
        at, version.notice_days * version.hours_per_business_day * 3600
    )
    assert end is not None  # nothing pauses a notice period
    return end


def announce(case: Case) -> None:
    """Send the closing notice: it names a time one full notice period from now, in the contact's
    time zone.
    """
    wait = _running(case, ClockKindChoices.CUSTOMER_RESPONSE)
    closes_at = max(
        _business_days_after(case, current_time.now()), wait.closure_due_at or current_time.now()
    )
    text = texts.closure_notice(case.contact)
    actions.announce_closure(
        case, by=User.objects.system(), text=text, closes_at=closes_at.isoformat()
    )


def close_if_allowed(case: Case) -> Refused | None:
    """Close a case without a reply if that is allowed now. Returns the objection, if there is
    one.
    """
    reason = (
        ClosingReason.UNOPPOSED
        if case.state == CaseState.RESOLUTION_PROPOSED
        else ClosingReason.UNANSWERED
    )
    try:
        actions.close(case, by=User.objects.system(), reason=reason)
    except Refused as refusal:
        return refusal
    return None


def _running(case: Case, kind: str) -> Clock:
    clock: Clock = (
        Clock.objects.running().filter(case=case, kind=kind).order_by("-ordinal")[:1].get()
    )
    return clock
