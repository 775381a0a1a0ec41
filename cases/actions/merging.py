"""Two cases about one issue (§5): the duplicate closes, the other goes on, and nothing that was
promised is lost.
"""

from datetime import datetime

from django.db import transaction

from cases import events
from cases.actions.base import record_said, require_text
from cases.actions.context import ActionContext, Refusal, require
from cases.actions.linking import both
from cases.choices import CaseKind, CaseState, ClosingReason, EventType, Severity
from cases.models import Case, CaseEvent, CaseLink, LinkKind, Watch
from cases.notifications.outgoing import watchers_of
from contacts.models import User
from core import current_time
from core.errors import Refused


def refusal_to_merge(context: ActionContext) -> Refusal | None:
    """Why a case cannot be merged into another one, whichever that is."""
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
    """Close a duplicate for the case that goes on; returns the event on the survivor.

    The survivor's clocks stay as they are, never shortened nor lost (§5), and so does its severity:
    therefore it is the older of the two, is as severe at least, and is not restored before the
    duplicate is. Otherwise it is said which way round, or what comes first. A Critical duplicate
    keeps its gate: `rca` objects to closing it (§12). What the contact asked on the duplicate is
    answered before. Their words on it end a wait of the survivor that began earlier: they have not
    been silent (§13).

    Words, files and breaches stay on the duplicate, which the survivor names. Its contact, and
    whoever watches it, watches the survivor from now on; `text` is what they read.
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
    record_said(
        duplicate,
        events.Closed(reason=ClosingReason.DUPLICATE, merged_into=survivor.code),
        by=by,
        text=text,
    )
    ended_wait = _has_written_since(duplicate, survivor.waiting_since)
    if ended_wait:
        survivor.resume()
    told = f"{duplicate.code} «{duplicate.title}» is the same issue and goes on here. {text}"
    return record_said(
        survivor, events.Merged(other=duplicate.code, ended_wait=ended_wait), by=by, text=told
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
    """Whoever heard of the duplicate hears of the survivor."""
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
    """Whether the customer said something on the duplicate after the survivor's wait began."""
    if since is None:
        return False
    theirs = [EventType.FILED, EventType.CONTACT_ANSWERED, EventType.ISSUE_REPORTED]
    return duplicate.events.filter(
        verb__in=theirs, at__gte=since, by__organisation__isnull=False
    ).exists()
