"""What must be done about a clock and when: reminders, warnings, the breach, the advance notice,
the closure.

Computed while the clock is folded, stored with it, so that a sweep only compares instants. Steps
already taken are left out; those of a promise name its severity, so that another severity's promise
is warned of and told anew. Due steps are a list of (step, instant) in order of time.
"""

from datetime import datetime, timedelta

from sla.businesstime import Calendar
from sla.event_mapping import Row, facts
from sla.models import PolicyVersion
from sla.timeline import ClockKind, ClockState

Agenda = list[tuple[str, datetime]]
WARN, BREACH, REMIND, ANNOUNCE, CLOSE = "warn", "breach", "remind", "announce", "close"
# A reply in the very second of the due instant is in time, so a breach is one second later.
NEXT_SECOND = timedelta(seconds=1)


def steps_of(
    clock: ClockState,
    *,
    version: PolicyVersion,
    calendar: Calendar,
    rows: list[Row],
    done: list[str],
) -> Agenda:
    """The steps still to come for a clock; empty once it has stopped."""
    if clock.stopped_at is not None:
        return []
    if clock.kind is ClockKind.CLOSURE:
        steps = [(CLOSE, clock.due_at)]
    elif clock.kind is ClockKind.CUSTOMER_RESPONSE:
        steps = _customers(clock, version, calendar, rows)
    else:
        # After a move to other terms the promise is another one: it is warned of and told anew
        # (§14).
        anew = f"+{clock.moves}" if clock.moves else ""
        of_severity = "" if clock.severity is None else f"@{clock.severity}{anew}"
        steps = [
            (f"{WARN}:{share}{of_severity}", at)
            for share, at in clock.instants_of_interest(version.warning_percentages, calendar)
        ]
        steps.append(
            (f"{BREACH}{of_severity}", clock.breaches_at and clock.breaches_at + NEXT_SECOND)
        )
        if clock.breaches_at is not None:
            steps = [
                (step, at)
                for step, at in steps
                if step.startswith(BREACH) or (at and at < clock.breaches_at)
            ]
    known = [(step, at) for step, at in steps if at is not None and step not in done]
    return sorted(known, key=lambda item: item[1])


def _customers(
    clock: ClockState, version: PolicyVersion, calendar: Calendar, rows: list[Row]
) -> list[tuple[str, datetime | None]]:
    announced = closure_announced(rows)
    if announced is not None:
        return [(CLOSE, max(announced, clock.closure_due_at or announced))]
    day = version.hours_per_business_day * 3600
    steps: list[tuple[str, datetime | None]] = [
        (f"{REMIND}:{days}", calendar.after(clock.started_at, days * day, clock.pauses))
        for days in version.reminder_days
    ]
    return [*steps, (ANNOUNCE, clock.due_at)]


def closure_announced(rows: list[Row]) -> datetime | None:
    """The closing instant that the advance notice in force names (§13)."""
    notice = facts(rows).closing_notice
    return notice.closes_at if notice else None
