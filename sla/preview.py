"""Preview of a change's effect on clocks: the fold with one more event; nothing is saved."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from cases.models import Case
from sla import clocks, event_mapping
from sla.models import CaseTerms
from sla.timeline import ClockEvent, ClockKind, ClockState, EventKind, Terms, Timeline


@dataclass(frozen=True)
class Moving:
    """A clock before and after a change.

    `left` counts in the time of the clock after the change; below 0 it is missed.
    """

    kind: str
    before: datetime | None
    after: datetime | None
    left: int | None
    is_around_the_clock: bool
    had_target: bool
    has_target: bool
    is_paused: bool

    @property
    def moves(self) -> bool:
        return (self.before, self.had_target) != (self.after, self.has_target) or self.is_paused


class TargetChange(NamedTuple):
    """A clock whose target other terms change; its due times are unknown while it is paused."""

    kind: str
    before: datetime | None
    after: datetime | None


def of_severity(case: Case, severity: int, now: datetime) -> list[Moving]:
    """The clocks of the first response, the restoration and the next update if the severity were
    assigned now (§7, rule 21 of the vectors).

    Decided outcomes are left out, because they remain. Reads the terms and the events, saves
    nothing.
    """
    terms = CaseTerms.objects.get(case=case)
    rows = event_mapping.rows_of(case)
    now = max(now.replace(microsecond=0), rows[-1][2])
    as_it_is = clocks.project_clocks(case, terms, rows)
    as_it_were = clocks.project_clocks(
        case, terms, rows, [ClockEvent(now, EventKind.SEVERITY_CHANGE, severity)]
    )
    pairs = (
        (as_it_is.latest(kind), as_it_were.latest(kind))
        for kind in (ClockKind.RESPONSE, ClockKind.RESTORE, ClockKind.UPDATE)
    )
    return [
        _moving(old, new, now, as_it_were)
        for old, new in pairs
        if old and new and new.stopped_at is None
    ]


def of_terms(case: Case, pinned: CaseTerms, terms: Terms, now: datetime) -> list[TargetChange]:
    """What a move to other terms changes now, by clock (§14)."""
    rows = event_mapping.rows_of(case)
    now = max(now.replace(microsecond=0), rows[-1][2])
    old = clocks.project_clocks(case, pinned, rows)
    new = clocks.project_clocks(
        case, pinned, rows, [ClockEvent(now, EventKind.TERMS_MOVED, terms=terms)]
    )
    return [
        TargetChange(str(after.kind), before.due_at, after.due_at)
        for before, after in pairs(old, new)
        if is_moved(before, after)
    ]


def pairs(old: Timeline, new: Timeline) -> Iterable[tuple[ClockState, ClockState]]:
    """Each running target before and after, without plain measurements."""
    was = {(clock.kind, clock.ordinal): clock for clock in old.clocks}
    for clock in new.clocks:
        before = was[clock.kind, clock.ordinal]
        if clock.stopped_at is None and any(
            one.target_seconds is not None or one.target_days is not None for one in (before, clock)
        ):
            yield before, clock


def is_moved(before: ClockState, after: ClockState) -> bool:
    """Whether the target of a clock changes."""

    def target(clock: ClockState) -> tuple[Any, ...]:
        return (
            clock.due_at,
            clock.closure_due_at,
            clock.target_seconds,
            clock.target_days,
            clock.around_the_clock,
        )

    return target(before) != target(after)


def _moving(old: ClockState, new: ClockState, now: datetime, folded: Timeline) -> Moving:
    return Moving(
        kind=str(new.kind),
        before=old.due_at,
        after=new.due_at,
        left=new.remaining_seconds(now, folded.calendar),
        is_around_the_clock=new.around_the_clock,
        had_target=old.target_seconds is not None,
        has_target=new.target_seconds is not None,
        is_paused=new.is_paused,
    )
