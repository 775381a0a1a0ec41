"""Queue entries: computed from the clocks and events of each open case, and saved (§8)."""

from datetime import datetime
from typing import Any

from cases.choices import CaseState, EventType
from cases.models import Case
from cases.models.case import number_of
from sla import calendars, due_steps, event_mapping
from sla.businesstime import ALWAYS, Calendar
from sla.models import CaseTerms, QueueEntry
from sla.models.queue_entry import AROUND_THE_CLOCK, LAST, NO_CLOCK
from sla.timeline import ClockKind, Timeline

CONTACTS_WORDS = (
    EventType.FILED,
    EventType.CONTACT_ANSWERED,
    EventType.ISSUE_REPORTED,
    EventType.REOPENED,
    EventType.ESCALATION_REQUESTED,
    EventType.SEVERITY_CONTESTED,
)


def calendar_of(calendar_key: int) -> Calendar:
    """The calendar on which the remaining time of a calendar_key counts; a calendar_key without
    clocks never changes.
    """
    return ALWAYS if calendar_key <= AROUND_THE_CLOCK else calendars.calendar_of(calendar_key)


def calendar_total(calendar_key: int, at: datetime) -> int:
    """What is subtracted from a calendar_key's due offsets to get the remaining time at an
    instant.
    """
    return 0 if calendar_key == NO_CLOCK else calendars.due_offset(calendar_of(calendar_key), at)


def sync_queue_entry(
    case: Case,
    terms: CaseTerms,
    folded: Timeline,
    rows: list[event_mapping.Row],
    *,
    is_historical: bool,
) -> None:
    """Save the case's current queue entry; a closed case leaves the queue."""
    if not case.is_open:
        QueueEntry.objects.filter(case_id=case.pk).delete()
        return
    values = values_of(case, terms, folded, rows, is_historical=is_historical)
    row = QueueEntry.objects.filter(case_id=case.pk).first()
    if row is None:
        QueueEntry.objects.create(organisation_id=case.organisation_id, case=case, **values)
        return
    differs = [name for name, value in values.items() if getattr(row, name) != value]
    for name in differs:
        setattr(row, name, values[name])
    if differs:
        row.save(update_fields=differs)


def values_of(
    case: Case,
    terms: CaseTerms,
    folded: Timeline,
    rows: list[event_mapping.Row],
    *,
    is_historical: bool,
) -> dict[str, Any]:
    """The columns of an open case's queue entry, from its row, its clocks and its events."""
    running = [
        c
        for c in folded.clocks
        if c.is_running and c.due_at is not None and not c.kind.is_the_customers
    ]
    nearest = min(running, key=lambda c: (c.due_at, c.kind), default=None)
    facts = event_mapping.facts(rows)
    has_written = facts.has_contact_written_since_proposal
    is_held = (
        folded.proposed_at is not None
        and folded.unopposed_closure_at is None
        and facts.hold is None
        and not facts.is_wait_suspended
    )
    is_contacts_turn = case.is_contacts_turn and not (
        case.state == CaseState.RESOLUTION_PROPOSED and (has_written or is_held)
    )
    calendar_key, due_offset = NO_CLOCK, LAST
    if nearest is not None and nearest.due_at is not None:
        calendar_key = AROUND_THE_CLOCK if nearest.around_the_clock else terms.calendar_version_id
        due_offset = calendars.due_offset(calendar_of(calendar_key), nearest.due_at)
    return {
        "number": case.number,
        "severity": case.severity,
        "priority": case.priority,
        "opened_at": case.opened_at,
        "calendar_key": calendar_key,
        "due_offset": due_offset,
        "nearest_kind": str(nearest.kind) if nearest else "",
        "due_at": nearest.due_at if nearest else None,
        "target_seconds": nearest.target_seconds if nearest else None,
        "day_seconds": _day(terms, calendar_key),
        "state": str(case.state),
        "assignee_id": case.assignee_id,
        "team_id": case.team_id,
        "site_id": case.site_id,
        "area": case.area,
        "tags": list(case.tags),
        "is_historical": is_historical,
        "contact_spoke_at": max(at for _, verb, at, _ in rows if verb in CONTACTS_WORDS),
        "update_overdue_at": next_update_due_at(folded),
        "closing_at": closing_at(folded, rows) if is_contacts_turn else None,
        "is_contacts_turn": is_contacts_turn,
        "is_escalation_requested": facts.is_escalation_requested,
        "is_contested": facts.is_severity_contested,
        "on_hold_until": facts.hold.until if facts.hold else None,
        "is_wait_suspended": facts.is_wait_suspended,
        "hold_ends_with": number_of(facts.hold.after) if facts.hold and facts.hold.after else None,
    }


def _day(terms: CaseTerms, calendar_key: int) -> int:
    hours = calendars.version_of(terms.policy_version_id).hours_per_business_day
    return (24 if calendar_key == AROUND_THE_CLOCK else hours) * 3600


def next_update_due_at(folded: Timeline) -> datetime | None:
    """When the next update to the contact is due (§14). None where none is promised now."""
    update = folded.latest(ClockKind.UPDATE)
    return update.due_at if update is not None and update.is_running else None


def closing_at(folded: Timeline, rows: list[event_mapping.Row]) -> datetime | None:
    """When the case closes unless the contact replies, or reports an issue (§13).

    Without a notice yet, it is sent when the contact's time ends, and its period follows. A case
    never closes before the time that a notice named.
    """
    announced = due_steps.closure_announced(rows)
    deferred = event_mapping.facts(rows).closing_deferred_to
    ends = []
    for clock in folded.clocks:
        if clock.kind.is_the_customers and clock.stopped_at is None and clock.due_at is not None:
            named = announced if clock.kind is ClockKind.CUSTOMER_RESPONSE else deferred
            ends.append(
                max(clock.due_at, clock.closure_due_at or clock.due_at, named or clock.due_at)
            )
    return min(ends, default=None)
