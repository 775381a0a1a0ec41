"""Merging two cases about one issue (§5): the duplicate closes, the other continues, and no service
target is lost.
"""

from datetime import datetime

from django.db import transaction

from cases import events
from cases.actions.base import record_message, require_text
from cases.actions.context import ActionContext, Refusal, require
from cases.actions.linking import both
from cases.choices import CaseKind, CaseState, ClosingReason, EventType, Severity
from cases.models import Case, CaseEvent, CaseLink, LinkKind, Watch
from cases.notifications.outgoing import watchers_of
from contacts.models import User
from core import current_time
from core.errors import Refused


def refusal_to_merge(context: ActionContext) -> Refusal | None:
    """Why a case cannot be merged into any other case."""
    case = context.case
    if refusal := context.not_care() or _no_part_of_a_merge(case):
        return refusal
    if context.facts.is_escalation_requested:
        return Refused(f"The contact asked for escalation of {case.code}: answer that first.")
    if context.facts.is_severity_contested:
        return Refused(f"The contact contests the severity of {case.code}: answer that first.")
    return context.objection(EventType.CLOSED, ClosingReason.DUPLICATE)


def _no_part_of_a_merge(case: Case) -> Refused | None:
    if not case.is_open:
        return Refused(f"{case.code} is closed: only open cases are merged. Link them instead.")
    if case.kind != CaseKind.PROBLEM:
        return Refused(
            f"{case.code} is no problem but something that is owed: it cannot be merged."
        )
    return None


@transaction.atomic
def merge(duplicate: Case, *, by: User, survivor: Case, text: str) -> CaseEvent:
    """Close a duplicate in favour of the case that continues; returns the event on the survivor.

    The survivor's clocks and severity never change (§5). So it must be the older case, at least as
    severe, and not restored before the duplicate; otherwise the refusal explains what to do. A
    Critical duplicate retains its gate: `rca` objects to closing it (§12). Requests of the contact
    on the duplicate are answered first. A message of the contact there ends an earlier wait of the
    survivor, because they were not silent (§13).

    Messages, files and breaches remain on the duplicate, which the survivor names. The duplicate's
    contact and watchers watch the survivor from now on; they read `text`.
    """
    duplicate, survivor = both(duplicate, survivor, by=by)
    _require_mergeable(duplicate, survivor)
    require(refusal_to_merge(ActionContext(duplicate, by)))
    text = require_text(text, "why it is the same issue: the customer reads it")
    CaseLink.objects.get_or_create(
        organisation_id=duplicate.organisation_id,
        case=duplicate,
        other=survivor,
        kind=LinkKind.DUPLICATES,
    )
    _follow(duplicate, survivor)
    duplicate.close(at=current_time.now(), reason=ClosingReason.DUPLICATE)
    record_message(
        duplicate,
        events.Closed(reason=ClosingReason.DUPLICATE, merged_into=survivor.code),
        by=by,
        text=text,
    )
    ended_wait = _has_written_since(duplicate, survivor.waiting_since)
    if ended_wait:
        survivor.resume()
    message = f"{duplicate.code} “{duplicate.title}” is the same issue and goes on here. {text}"
    return record_message(
        survivor, events.Merged(other=duplicate.code, ended_wait=ended_wait), by=by, text=message
    )


def _require_mergeable(duplicate: Case, survivor: Case) -> None:
    require(_no_part_of_a_merge(duplicate) or _no_part_of_a_merge(survivor))
    if (survivor.opened_at, survivor.number) > (duplicate.opened_at, duplicate.number):
        raise Refused(
            f"{duplicate.code} is the older one: merge {survivor.code} into it, so "
            "that every promise counts from when "
            "the customer first asked."
        )
    if survivor.severity > duplicate.severity:
        severe, milder = Severity(duplicate.severity).label, Severity(survivor.severity).label
        raise Refused(
            f"{duplicate.code} is {severe} and {survivor.code} only {milder}: set the "
            f"severity of {survivor.code} "
            "first, so that nothing is promised less."
        )
    if _works_again(survivor) and not _works_again(duplicate):
        raise Refused(
            f"{survivor.code} counts as restored and {duplicate.code} does not: its "
            "promise would be lost. Link them "
            "instead."
        )


def _works_again(case: Case) -> bool:
    return case.restored_at is not None or case.state == CaseState.RESOLUTION_PROPOSED


def _follow(duplicate: Case, survivor: Case) -> None:
    """Everyone who was notified about the duplicate watches the survivor."""
    readers = [
        *watchers_of(duplicate),
        *([duplicate.contact] if duplicate.contact.reads_cases else []),
    ]
    for reader in readers:
        if reader.pk not in (survivor.contact_id, survivor.assignee_id):
            Watch.objects.get_or_create(
                organisation_id=survivor.organisation_id,
                case=survivor,
                watcher=reader,
                defaults={"since": current_time.now()},
            )


def _has_written_since(duplicate: Case, since: datetime | None) -> bool:
    """Whether the customer wrote on the duplicate after the survivor's wait began."""
    if since is None:
        return False
    theirs = [EventType.FILED, EventType.CONTACT_ANSWERED, EventType.ISSUE_REPORTED]
    return duplicate.events.filter(
        verb__in=theirs, at__gte=since, by__organisation__isnull=False
    ).exists()
