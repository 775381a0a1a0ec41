"""What must be done about a clock and when: reminders, warnings, the breach, the advance notice,
the closure, the end of a hold.

Computed while the clock is folded and stored with it, so a sweep only compares instants. Steps that
were taken are left out. A service target's steps name its severity, so another severity's target is
warned about and announced again.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from sla.businesstime import Calendar
from sla.event_mapping import Row, facts
from sla.models import PolicyVersion
from sla.timeline import ClockKind, ClockState


class StepKind(StrEnum):
    """What a step does: notify somebody of a target's time, announce and do a closure, or end a
    hold.
    """

    WARN = "warn"
    BREACH = "breach"
    REMIND = "remind"
    ANNOUNCE = "announce"
    CLOSE = "close"
    END_HOLD = "end_hold"


STORED = re.compile(r"(\w+)(?::(\d+))?(?:@(\d+))?(?:\+(\d+))?")


@dataclass(frozen=True)
class DueStep:
    """One step of a clock.

    `number` is the percentage of the time used for a warning, the business day for a reminder.
    `severity` is the target's; `retargets` counts how often the case moved to another policy (§14).
    Its text is how a step is stored: `warn:75@2+1`.
    """

    kind: StepKind
    number: int | None = None
    severity: int | None = None
    retargets: int = 0

    @staticmethod
    @lru_cache(maxsize=1024)
    def parse(text: str) -> "DueStep":
        """The step that is stored as `text`. ValueError for any other text."""
        match = STORED.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is no step of a clock")
        kind, number, severity, retargets = match.groups()
        return DueStep(
            StepKind(kind),
            int(number) if number else None,
            int(severity) if severity else None,
            int(retargets or 0),
        )

    def __str__(self) -> str:
        severity = "" if self.severity is None else f"@{self.severity}"
        return self.fact_name + severity + (f"+{self.retargets}" if self.retargets else "")

    @property
    def fact_name(self) -> str:
        """The step as a fact of the case names it, without severity: `warn:75`."""
        return str(self.kind) if self.number is None else f"{self.kind}:{self.number}"

    @property
    def changes_case(self) -> bool:
        """Whether an action on the case takes it, not the sweep itself (§13)."""
        return self.kind in (StepKind.ANNOUNCE, StepKind.CLOSE, StepKind.END_HOLD)


Step = tuple[DueStep, datetime]
BREACH = DueStep(StepKind.BREACH)
ANNOUNCE = DueStep(StepKind.ANNOUNCE)
CLOSE = DueStep(StepKind.CLOSE)
END_HOLD = DueStep(StepKind.END_HOLD)
# A reply in the same second as the deadline is on time, so a breach is one second later.
NEXT_SECOND = timedelta(seconds=1)


def stored(steps: list[Step]) -> list[list[str]]:
    """Steps as a clock's row holds them: `[["warn:75@2", "2026-03-02T09:00:00+00:00"], …]`."""
    return [[str(step), at.astimezone(UTC).isoformat()] for step, at in steps]


def loaded(rows: list[list[str]]) -> list[Step]:
    """The steps of a clock's row, in order of time."""
    return [(DueStep.parse(step), datetime.fromisoformat(at)) for step, at in rows]


def columns(steps: list[Step]) -> dict[str, object]:
    """The columns of a clock's row that hold its steps and say when the sweep looks at it next."""
    step, at = steps[0] if steps else ("", None)
    return {"due_steps": stored(steps), "next_step": str(step), "check_at": at}


def is_breach(text: str) -> bool:
    """Whether a stored step is a breach."""
    return DueStep.parse(text).kind is StepKind.BREACH


def steps_of(
    clock: ClockState,
    *,
    version: PolicyVersion,
    calendar: Calendar,
    rows: list[Row],
    done: list[str],
) -> list[Step]:
    """The steps still to come for a clock, in order of time; empty once it has stopped."""
    if clock.stopped_at is not None:
        return []
    steps: list[tuple[DueStep, datetime | None]]
    hold = facts(rows).hold if clock.kind.is_the_customers else None
    if hold is not None:
        steps = [(END_HOLD, hold.until)]
    elif clock.kind is ClockKind.CLOSURE:
        steps = [(CLOSE, _not_before(clock.due_at, facts(rows).closing_deferred_to))]
    elif clock.kind is ClockKind.CUSTOMER_RESPONSE:
        steps = _steps_of_customer_response(clock, version, calendar, rows)
    else:
        steps = _steps_of_target(clock, version, calendar)
    known = [(step, at) for step, at in steps if at is not None and str(step) not in done]
    return sorted(known, key=lambda item: item[1])


def _steps_of_target(
    clock: ClockState, version: PolicyVersion, calendar: Calendar
) -> list[tuple[DueStep, datetime | None]]:
    """Warnings before the breach, and the breach (§10).

    The next update is warned of once, at the last percentage: it is promised many times over.
    """
    severity = None if clock.severity is None else int(clock.severity)
    retargets = 0 if severity is None else clock.moves

    def step(kind: StepKind, number: int | None = None) -> DueStep:
        return DueStep(kind, number, severity, retargets)

    breaches_at = clock.breaches_at
    percentages = version.warning_percentages
    if clock.kind is ClockKind.UPDATE:
        percentages = percentages[-1:]
    warnings = [
        (step(StepKind.WARN, share), at)
        for share, at in clock.instants_of_interest(percentages, calendar)
        if breaches_at is None or (at and at < breaches_at)
    ]
    return [*warnings, (step(StepKind.BREACH), breaches_at and breaches_at + NEXT_SECOND)]


def _steps_of_customer_response(
    clock: ClockState, version: PolicyVersion, calendar: Calendar, rows: list[Row]
) -> list[tuple[DueStep, datetime | None]]:
    """Reminders, then the advance notice; once that is in force, the closure (§13)."""
    announced = closure_announced(rows)
    if announced is not None:
        return [(CLOSE, _not_before(announced, clock.closure_due_at))]
    day = version.hours_per_business_day * 3600
    reminders: list[tuple[DueStep, datetime | None]] = [
        (
            DueStep(StepKind.REMIND, days),
            calendar.after(clock.started_at, days * day, clock.pauses),
        )
        for days in version.reminder_days
    ]
    return [*reminders, (ANNOUNCE, clock.due_at)]


def closure_announced(rows: list[Row]) -> datetime | None:
    """The closing instant of the advance notice in force: the one that it names, or a later one
    where it was sent late (§13).
    """
    known = facts(rows)
    notice = known.closing_notice
    return _not_before(notice.closes_at, known.closing_deferred_to) if notice else None


def _not_before(at: datetime | None, other: datetime | None) -> datetime | None:
    return max(at, other) if at is not None and other is not None else at
