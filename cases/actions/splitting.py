"""Splitting (§5): a message about another issue becomes a case of its own."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from cases import event_log, events
from cases.actions.base import record_message, require_text
from cases.actions.context import ActionContext, Refusal, require
from cases.actions.filing import new_case, next_number
from cases.choices import EventType, Facing, Severity
from cases.models import Case, CaseEvent, CaseLink, CaseUpdate, LinkKind, Watch
from cases.notifications.outgoing import watchers_of
from contacts import roster
from contacts.models import User
from contacts.permissions import is_designated_contact
from core import current_time
from core.errors import Refused

# What is left of the first response to the message of that number; registered by
# `caretrack.wiring`, because only higher layers know clocks.
FirstResponseSource = Callable[[Case, int], str | None]
_first_response: FirstResponseSource = lambda case, seq: None  # noqa: E731


def first_response_from(source: FirstResponseSource) -> None:
    """Register what says how a first case answers a message (`caretrack.wiring`)."""
    global _first_response
    _first_response = source


def refusal_to_split(context: ActionContext) -> Refusal | None:
    if refusal := context.not_care():
        return refusal
    if context.case.is_open:
        return None
    return Refused("The case is closed: please open a new case about the other issue.")


@transaction.atomic
def split(
    case: Case, *, by: User, seq: int, title: str, text: str = "", severity: int | None = None
) -> CaseEvent:
    """Open a new case from a message on a case; returns the new case's first event.

    For a message of the customer, the service targets count from its time. They engaged Care with
    it (§11), and a response has been due since (§9, rule 18 of the vectors). It was on
    another case by accident, so Care gets no time back, and targets may be overdue immediately.
    For a message of Care, nobody engaged Care before, so the targets count from now.

    No response is counted twice. What the first response of the first case answered needs none on
    the new case. If it was missed and is still owed, the new case promises it again from now.

    The message remains where it is; `text` is its part about the new issue, or all of it. The
    author is the contact of the new case, and the watchers of the first case watch it. Entitlement
    is not checked again (§3). Internal messages are never split, because the contact reads the new
    case.
    """
    case = Case.objects.locked(case.pk)
    require(refusal_to_split(ActionContext(case, by)))
    author, at, words = _source_text(case, seq)
    title = require_text(title, "a title for the new case")[:200]
    if case.events.filter(
        verb=EventType.SPLIT, particulars__seq=seq, particulars__title=title
    ).exists():
        raise Refused("These words are a case of that title already.")
    severity = case.severity if severity is None else severity
    if severity not in Severity.values:
        raise Refused("Severity is 1 (Critical), 2 (High), 3 (Medium) or 4 (Low).")
    contact = author if author.organisation_id and is_designated_contact(author) else case.contact
    new = new_case(
        organisation_id=case.organisation_id,
        number=next_number(),
        severity=severity,
        proposed_severity=severity,
        priority=case.priority,
        title=title,
        description=(text.strip() or words).strip(),
        area=case.area,
        conversation_ids=case.conversation_ids,
        channel=case.channel,
        site_id=case.site_id,
        contact=contact,
        opened_at=at if author.organisation_id else current_time.now(),
        **_on_duty(case, contact, severity),
    )
    new.organisation = case.organisation
    CaseLink.objects.create(
        organisation_id=case.organisation_id, case=new, other=case, kind=LinkKind.SPLIT_FROM
    )
    for watcher in watchers_of(case):
        Watch.objects.create(
            organisation_id=case.organisation_id,
            case=new,
            watcher=watcher,
            since=current_time.now(),
        )
    event = event_log.record(
        new,
        events.Filed(
            severity=severity,
            priority=new.priority,
            channel=new.channel,
            site=new.site_id,
            kind=new.kind,
            incident_started_at=None,
            split_from=case.code,
            seq=seq,
            first_response=_first_response(case, seq) if author.organisation_id else None,
        ),
        by=by,
        text=f"{title}\n\n{new.description}",
    )
    record_message(
        case,
        events.Split(other=new.code, seq=seq, title=title),
        by=by,
        text=f"What {author.name} wrote about “{title}” is a case of its own now: "
        f"{new.code}. We go on with it there.",
    )
    return event


def _source_text(case: Case, seq: int) -> tuple[User, datetime, str]:
    """Author, time and text of the contact-facing event with that number.

    A filing is the contact's, also where Care opened the case for them.
    """
    event = case.events.filter(seq=seq).select_related("by").first()
    update = CaseUpdate.objects.filter(event=event).first() if event is not None else None
    words = (
        case.description
        if event is not None and event.verb == EventType.FILED
        else update.text
        if update
        else ""
    )
    if event is None or not words:
        raise Refused("There are no words of that number on this case.")
    if event.facing == Facing.INTERNAL:
        raise Refused(
            "An internal note is Care's own: the contact would read the new case. "
            "File one in words for them."
        )
    if event.verb == EventType.FILED:
        return case.contact, case.opened_at, words
    return event.by, event.at, words


def _on_duty(case: Case, contact: User, severity: int) -> dict[str, str]:
    """Who is on duty for a Critical case (§6): as on the source case, or by the roster."""
    if severity != Severity.CRITICAL:
        return {}
    name, phone = case.on_duty_name, case.call_back_number
    if not (name and phone):
        name, phone = roster.named_for(contact, current_time.now())
    return {"on_duty_name": name, "call_back_number": phone}
