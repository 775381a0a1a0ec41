"""A log under any policy and hours: what would have been met. No case is opened, nothing is
written.

A history is walked as `apply` does it, but to the events of the fold instead of to actions. Every
fold is a pure function, so all cores can judge histories in parallel.
"""

import multiprocessing
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from cases.choices import Severity
from integrations.replay.mapping import HistoryState
from integrations.replay.parse import History, LogEntry
from integrations.replay.people import DESK
from sla.businesstime import Calendar
from sla.policy_content import PolicyContent
from sla.timeline import (
    ClockEvent,
    ClockKind,
    ClockState,
    ClockStatus,
    EndedBy,
    EventKind,
    Terms,
    Timeline,
    fold,
)

KINDS = (ClockKind.RESPONSE, ClockKind.RESTORE, ClockKind.RESOLVE, ClockKind.RCA)
CHUNK = 250
Judged = tuple[
    str, int, str, int | None
]  # kind, severity, outcome, counted seconds until it stopped


@dataclass(frozen=True)
class Setting:
    """How to judge a log: a policy, and business hours."""

    name: str
    edition: PolicyContent
    calendar: Calendar


@dataclass
class SimulationLine:
    """The simulated result of one target at one severity."""

    kind: ClockKind
    severity: Severity
    met: int = 0
    breached: int = 0
    measured: int = 0
    running: int = 0
    cancelled: int = 0
    used: list[int] = field(default_factory=list)

    @property
    def clocks(self) -> int:
        return self.met + self.breached + self.measured + self.running + self.cancelled

    @property
    def share(self) -> float | None:
        """The share of met targets among the decided ones."""
        decided = self.met + self.breached
        return self.met / decided if decided else None

    def used_at(self, share: float) -> int | None:
        """The time that this share of the stopped clocks did not exceed (0.5: the median)."""
        ranked = sorted(self.used)
        return ranked[max(0, ceil(share * len(ranked)) - 1)] if ranked else None


@dataclass
class Simulated:
    """The result of a simulation under one setting."""

    setting: Setting
    lines: list[SimulationLine]
    cases: int
    refused: int
    waits_outlived: int
    proposals_outlived: int


class ReopenedCase(Exception):
    """The history continues after the reopening window: the product would have opened a new case
    (§13).
    """


class HistoryFold:
    """Turns one history into events, with the same steps as `apply` takes by actions."""

    def __init__(self, history: History, setting: Setting) -> None:
        self.history, self.setting = history, setting
        self.events: list[ClockEvent] = []
        first = history.entries[0]
        self.opened_at = min(history.opened_at or first.at, first.at)
        self.severity = self.severity_at_filing = first.severity
        self.severity_at_proposal: int | None = None
        self.state, self.returns_to = HistoryState.NEW, HistoryState.WORKED
        self.assignee = ""
        self.is_answered = self.is_held = False
        self.closed_at: datetime | None = None

    def walk(self) -> "HistoryFold":
        """Walk the whole history. Raises ReopenedCase."""
        for entry in self.history.entries:
            self._apply_entry(entry)
        return self

    def _record(self, entry: LogEntry, *what: EventKind) -> None:
        self.events += [
            ClockEvent(entry.at, one, entry.severity if one is EventKind.SEVERITY_CHANGE else None)
            for one in what
        ]

    def _apply_entry(self, entry: LogEntry) -> None:
        if entry.severity != self.severity and self.closed_at is None:
            self.severity = entry.severity
            self._record(entry, EventKind.SEVERITY_CHANGE)
        if (
            entry.analyst
            and entry.state != HistoryState.CLOSED
            and self.closed_at is None
            and self.assignee != entry.analyst
        ):
            self.assignee = entry.analyst
            self.state = HistoryState.WORKED if self.state == HistoryState.NEW else self.state
        if self.state != entry.state or (
            entry.state == HistoryState.WORKED and not self.is_answered
        ):
            {
                HistoryState.NEW: lambda _: None,
                HistoryState.WORKED: self._to_work,
                HistoryState.WAITING: self._to_waiting,
                HistoryState.INVESTIGATING: self._to_investigating,
                HistoryState.PROPOSED: self._to_proposed,
                HistoryState.CLOSED: self._to_closed,
            }[entry.state](entry)

    def _answer(self, entry: LogEntry) -> None:
        self.is_answered = True
        self.assignee = self.assignee or entry.analyst or DESK
        self._record(entry, EventKind.ANALYST_REPLY)
        self.state = HistoryState.WORKED if self.state == HistoryState.NEW else self.state

    def _to_work(self, entry: LogEntry) -> None:
        if self.state == HistoryState.WAITING:
            self._record(entry, EventKind.CUSTOMER_REPLY)
            self.state = self.returns_to
        if self.state == HistoryState.INVESTIGATING:
            self.state = HistoryState.WORKED
        elif self.state == HistoryState.PROPOSED:
            self._record(entry, EventKind.ISSUE_REPORTED)
            self.state, self.severity_at_proposal = HistoryState.WORKED, None
        elif self.state == HistoryState.CLOSED:
            self._reopen(entry)
        elif not self.is_answered:
            self._answer(entry)

    def _reopen(self, entry: LogEntry) -> None:
        policy = self.setting.edition
        assert self.closed_at is not None
        window = policy.reopen_window_days * policy.hours_per_business_day * 3600
        until = self.setting.calendar.after(self.closed_at, window)
        if until is not None and entry.at > until:
            raise ReopenedCase
        self._record(entry, EventKind.REOPENED)
        self.state, self.severity_at_proposal, self.closed_at = HistoryState.WORKED, None, None

    def _to_waiting(self, entry: LogEntry) -> None:
        if self.state in (HistoryState.PROPOSED, HistoryState.CLOSED):
            self._to_work(entry)
        self._answer_silently(entry)
        self._record(entry, EventKind.ANALYST_REPLY, EventKind.WAITING_ON_CUSTOMER)
        self.returns_to = (
            HistoryState.INVESTIGATING
            if self.state == HistoryState.INVESTIGATING
            else HistoryState.WORKED
        )
        self.state = HistoryState.WAITING

    def _answer_silently(self, entry: LogEntry) -> None:
        self.is_answered = True
        self.assignee = self.assignee or entry.analyst or DESK

    def _to_investigating(self, entry: LogEntry) -> None:
        if self.state not in (HistoryState.NEW, HistoryState.WORKED):
            self._to_work(entry)
        if not self.is_answered:
            self._answer(entry)
        self.state = HistoryState.INVESTIGATING

    def _to_proposed(self, entry: LogEntry) -> None:
        if self.state == HistoryState.CLOSED:
            self._to_work(entry)
        self.is_answered = True
        self._record(entry, EventKind.ANALYST_REPLY, EventKind.RESOLUTION_PROPOSED)
        self.state, self.severity_at_proposal = HistoryState.PROPOSED, self.severity

    def _to_closed(self, entry: LogEntry) -> None:
        """Only a proposal closes. A Critical case that owes an RCA stays proposed, held by the gate
        (§12).
        """
        if self.is_held:
            return
        if self.state != HistoryState.PROPOSED:
            self._to_proposed(entry)
        if Severity.CRITICAL in (self.severity, self.severity_at_proposal):
            self.is_held = True
            return
        self._record(entry, EventKind.CLOSED)
        self.state, self.closed_at = HistoryState.CLOSED, entry.at


# --- Judging


@dataclass
class SimulationPart:
    """The result of a chunk of histories under one setting."""

    judged: list[Judged] = field(default_factory=list)
    cases: int = 0
    refused: int = 0
    waits: int = 0
    proposals: int = 0


def run(
    histories: Sequence[History], settings: Sequence[Setting], ends_at: datetime, *, workers: int
) -> list[Simulated]:
    """Judge every history under each setting, as of the last instant of the log."""
    global _work
    _work = (histories, tuple((setting, setting.edition.terms()) for setting in settings), ends_at)
    starts = range(0, len(histories), CHUNK)
    if workers <= 1 or len(starts) <= 1:
        parts = [_judge(start) for start in starts]
    else:
        with multiprocessing.get_context("fork").Pool(
            workers
        ) as pool:  # forked workers inherit the histories without pickling
            parts = pool.map(_judge, starts, chunksize=1)
    return [
        _added(setting, [part[index] for part in parts]) for index, setting in enumerate(settings)
    ]


_work: tuple[Sequence[History], tuple[tuple[Setting, Terms], ...], datetime]


def _judge(start: int) -> list[SimulationPart]:
    histories, settings, ends_at = _work
    parts = []
    for setting, terms in settings:
        part = SimulationPart()
        for history in histories[start : start + CHUNK]:
            try:
                walk = HistoryFold(history, setting).walk()
            except ReopenedCase:
                part.refused += 1
                continue
            _take(part, walk, terms, ends_at)
        parts.append(part)
    return parts


def _take(part: SimulationPart, walk: HistoryFold, terms: Terms, ends_at: datetime) -> None:
    part.cases += 1
    folded = _fold(walk, walk.events, terms)
    missed = _missed_before(walk, terms)
    for clock in folded.clocks:
        if clock.kind in KINDS:
            part.judged.append(_judged(clock, missed, ends_at))
        elif clock.kind is ClockKind.CUSTOMER_RESPONSE:
            part.waits += _is_outlived(clock, clock.closure_due_at, ends_at)
        elif clock.kind is ClockKind.CLOSURE:
            part.proposals += _is_outlived(clock, clock.due_at, ends_at)


def _fold(walk: HistoryFold, events: Iterable[ClockEvent], terms: Terms) -> Timeline:
    return fold(walk.opened_at, walk.severity_at_filing, events, terms, walk.setting.calendar)


def _missed_before(walk: HistoryFold, terms: Terms) -> set[tuple[ClockKind, int]]:
    """Targets missed before a change of severity. A breach remains a fact when its clock changes
    later (§14).
    """
    missed = set()
    for index, event in enumerate(walk.events):
        if event.what is EventKind.SEVERITY_CHANGE:
            before = _fold(walk, walk.events[:index], terms)
            missed |= {
                (clock.kind, clock.ordinal) for clock in before.clocks if clock.is_missed(event.at)
            }
    return missed


def _judged(clock: ClockState, missed: set[tuple[ClockKind, int]], ends_at: datetime) -> Judged:
    outcome = str(clock.state_at(ends_at))
    if (clock.kind, clock.ordinal) in missed:
        outcome = str(ClockStatus.BREACHED)
    used = clock.used_at_stop if clock.ended_by is EndedBy.EVENT else None
    return str(clock.kind), clock.severity or 0, outcome, used


def _is_outlived(clock: ClockState, due: datetime | None, ends_at: datetime) -> bool:
    return due is not None and (clock.stopped_at or ends_at) > due


def _added(setting: Setting, parts: Sequence[SimulationPart]) -> Simulated:
    lines: dict[tuple[str, int], SimulationLine] = {}
    counted = defaultdict[str, str](
        lambda: "running",
        {
            ClockStatus.MET: "met",
            ClockStatus.BREACHED: "breached",
            ClockStatus.MEASURED: "measured",
            ClockStatus.CANCELLED: "cancelled",
        },
    )
    for part in parts:
        for kind, severity, outcome, used in part.judged:
            line = lines.setdefault(
                (kind, severity), SimulationLine(ClockKind(kind), Severity(severity))
            )
            name = counted[outcome]
            setattr(line, name, getattr(line, name) + 1)
            if used is not None:
                line.used.append(used)
    order = sorted(lines.values(), key=lambda line: (KINDS.index(line.kind), line.severity))
    return Simulated(
        setting,
        order,
        sum(part.cases for part in parts),
        sum(part.refused for part in parts),
        sum(part.waits for part in parts),
        sum(part.proposals for part in parts),
    )
