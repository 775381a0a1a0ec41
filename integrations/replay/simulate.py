"""A log under any policy and any hours: what would have been kept. No case is filed, nothing is
written.

A history is walked as `telling` walks it, but to the events of the fold instead of to verbs; every
fold is a pure function, so histories are judged in as many processes as there are cores.
"""

import multiprocessing
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from cases.choices import Severity
from integrations.replay.mapping import Stands
from integrations.replay.parse import Entry, History
from integrations.replay.people import DESK
from sla.businesstime import Calendar
from sla.policy_content import Edition
from sla.timeline import ClockState, EndedBy, Event, Kind, State, Terms, Timeline, What, fold

KINDS = (Kind.RESPONSE, Kind.RESTORE, Kind.RESOLVE, Kind.RCA)
CHUNK = 250
Judged = tuple[
    str, int, str, int | None
]  # kind, severity, outcome, counted seconds until it stopped


@dataclass(frozen=True)
class Setting:
    """What a log is judged by: a policy, and the hours that customers keep."""

    name: str
    edition: Edition
    calendar: Calendar


@dataclass
class Line:
    """One promise for one severity: how it would have gone."""

    kind: Kind
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
        """Of the promises that were decided, the share that would have been met."""
        decided = self.met + self.breached
        return self.met / decided if decided else None

    def used_at(self, share: float) -> int | None:
        """The counted time that so large a share of the clocks that stopped did not exceed; 0.5 is
        the median.
        """
        ranked = sorted(self.used)
        return ranked[max(0, ceil(share * len(ranked)) - 1)] if ranked else None


@dataclass
class Simulated:
    """Everything a simulation says of one setting."""

    setting: Setting
    lines: list[Line]
    cases: int
    refused: int
    waits_outlived: int
    proposals_outlived: int


class Reopened(Exception):
    """A history goes on after the policy's window: the product would have opened a new case instead
    (§13).
    """


class Walk:
    """One history on its way to events; the same steps as `telling` takes by verbs."""

    def __init__(self, history: History, setting: Setting) -> None:
        self.history, self.setting = history, setting
        self.events: list[Event] = []
        first = history.entries[0]
        self.opened_at = min(history.opened_at or first.at, first.at)
        self.severity = self.severity_at_filing = first.severity
        self.severity_at_proposal: int | None = None
        self.stands, self.returns_to = Stands.NEW, Stands.WORKED
        self.assignee = ""
        self.is_answered = self.is_held = False
        self.closed_at: datetime | None = None

    def walk(self) -> "Walk":
        """All of it. Raises Reopened."""
        for entry in self.history.entries:
            self._tell(entry)
        return self

    def _say(self, entry: Entry, *what: What) -> None:
        self.events += [
            Event(entry.at, one, entry.severity if one is What.SEVERITY_CHANGE else None)
            for one in what
        ]

    def _tell(self, entry: Entry) -> None:
        if entry.severity != self.severity and self.closed_at is None:
            self.severity = entry.severity
            self._say(entry, What.SEVERITY_CHANGE)
        if (
            entry.analyst
            and entry.stands != Stands.CLOSED
            and self.closed_at is None
            and self.assignee != entry.analyst
        ):
            self.assignee = entry.analyst
            self.stands = Stands.WORKED if self.stands == Stands.NEW else self.stands
        if self.stands != entry.stands or (entry.stands == Stands.WORKED and not self.is_answered):
            {
                Stands.NEW: lambda _: None,
                Stands.WORKED: self._to_work,
                Stands.WAITING: self._to_waiting,
                Stands.INVESTIGATING: self._to_investigating,
                Stands.PROPOSED: self._to_proposed,
                Stands.CLOSED: self._to_closed,
            }[entry.stands](entry)

    def _answer(self, entry: Entry) -> None:
        self.is_answered = True
        self.assignee = self.assignee or entry.analyst or DESK
        self._say(entry, What.ANALYST_REPLY)
        self.stands = Stands.WORKED if self.stands == Stands.NEW else self.stands

    def _to_work(self, entry: Entry) -> None:
        if self.stands == Stands.WAITING:
            self._say(entry, What.CUSTOMER_REPLY)
            self.stands = self.returns_to
        if self.stands == Stands.INVESTIGATING:
            self.stands = Stands.WORKED
        elif self.stands == Stands.PROPOSED:
            self._say(entry, What.ISSUE_REPORTED)
            self.stands, self.severity_at_proposal = Stands.WORKED, None
        elif self.stands == Stands.CLOSED:
            self._reopen(entry)
        elif not self.is_answered:
            self._answer(entry)

    def _reopen(self, entry: Entry) -> None:
        said = self.setting.edition
        assert self.closed_at is not None
        window = said.reopen_window_days * said.hours_per_business_day * 3600
        until = self.setting.calendar.after(self.closed_at, window)
        if until is not None and entry.at > until:
            raise Reopened
        self._say(entry, What.REOPENED)
        self.stands, self.severity_at_proposal, self.closed_at = Stands.WORKED, None, None

    def _to_waiting(self, entry: Entry) -> None:
        if self.stands in (Stands.PROPOSED, Stands.CLOSED):
            self._to_work(entry)
        self._answer_silently(entry)
        self._say(entry, What.ANALYST_REPLY, What.WAITING_ON_CUSTOMER)
        self.returns_to = (
            Stands.INVESTIGATING if self.stands == Stands.INVESTIGATING else Stands.WORKED
        )
        self.stands = Stands.WAITING

    def _answer_silently(self, entry: Entry) -> None:
        self.is_answered = True
        self.assignee = self.assignee or entry.analyst or DESK

    def _to_investigating(self, entry: Entry) -> None:
        if self.stands not in (Stands.NEW, Stands.WORKED):
            self._to_work(entry)
        if not self.is_answered:
            self._answer(entry)
        self.stands = Stands.INVESTIGATING

    def _to_proposed(self, entry: Entry) -> None:
        if self.stands == Stands.CLOSED:
            self._to_work(entry)
        self.is_answered = True
        self._say(entry, What.ANALYST_REPLY, What.RESOLUTION_PROPOSED)
        self.stands, self.severity_at_proposal = Stands.PROPOSED, self.severity

    def _to_closed(self, entry: Entry) -> None:
        """Only a proposal closes; a Critical case whose RCA is owed stays proposed, held by the
        gate (§12).
        """
        if self.is_held:
            return
        if self.stands != Stands.PROPOSED:
            self._to_proposed(entry)
        if Severity.CRITICAL in (self.severity, self.severity_at_proposal):
            self.is_held = True
            return
        self._say(entry, What.CLOSED)
        self.stands, self.closed_at = Stands.CLOSED, entry.at


# --- Judging


@dataclass
class Part:
    """What a chunk of histories comes to under one setting."""

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
        ) as pool:  # the histories come along, unpickled
            parts = pool.map(_judge, starts, chunksize=1)
    return [
        _added(setting, [part[place] for part in parts]) for place, setting in enumerate(settings)
    ]


_work: tuple[Sequence[History], tuple[tuple[Setting, Terms], ...], datetime]


def _judge(start: int) -> list[Part]:
    histories, settings, ends_at = _work
    parts = []
    for setting, terms in settings:
        part = Part()
        for history in histories[start : start + CHUNK]:
            try:
                walk = Walk(history, setting).walk()
            except Reopened:
                part.refused += 1
                continue
            _take(part, walk, terms, ends_at)
        parts.append(part)
    return parts


def _take(part: Part, walk: Walk, terms: Terms, ends_at: datetime) -> None:
    part.cases += 1
    folded = _fold(walk, walk.events, terms)
    missed = _missed_before(walk, terms)
    for clock in folded.clocks:
        if clock.kind in KINDS:
            part.judged.append(_judged(clock, missed, ends_at))
        elif clock.kind is Kind.CUSTOMER_RESPONSE:
            part.waits += _is_outlived(clock, clock.closure_due_at, ends_at)
        elif clock.kind is Kind.CLOSURE:
            part.proposals += _is_outlived(clock, clock.due_at, ends_at)


def _fold(walk: Walk, events: Iterable[Event], terms: Terms) -> Timeline:
    return fold(walk.opened_at, walk.severity_at_filing, events, terms, walk.setting.calendar)


def _missed_before(walk: Walk, terms: Terms) -> set[tuple[Kind, int]]:
    """What was missed before its severity was changed: a breach is a fact, whatever its clock says
    later (§14).
    """
    found = set()
    for place, event in enumerate(walk.events):
        if event.what is What.SEVERITY_CHANGE:
            before = _fold(walk, walk.events[:place], terms)
            found |= {
                (clock.kind, clock.ordinal) for clock in before.clocks if clock.is_missed(event.at)
            }
    return found


def _judged(clock: ClockState, missed: set[tuple[Kind, int]], ends_at: datetime) -> Judged:
    outcome = str(clock.state_at(ends_at))
    if (clock.kind, clock.ordinal) in missed:
        outcome = str(State.BREACHED)
    used = clock.used_at_stop if clock.ended_by is EndedBy.EVENT else None
    return str(clock.kind), clock.severity or 0, outcome, used


def _is_outlived(clock: ClockState, due: datetime | None, ends_at: datetime) -> bool:
    return due is not None and (clock.stopped_at or ends_at) > due


def _added(setting: Setting, parts: Sequence[Part]) -> Simulated:
    lines: dict[tuple[str, int], Line] = {}
    counted = defaultdict[str, str](
        lambda: "running",
        {
            State.MET: "met",
            State.BREACHED: "breached",
            State.MEASURED: "measured",
            State.CANCELLED: "cancelled",
        },
    )
    for part in parts:
        for kind, severity, outcome, used in part.judged:
            line = lines.setdefault((kind, severity), Line(Kind(kind), Severity(severity)))
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
