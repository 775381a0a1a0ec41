"""The figures of insight, each counted by the database at one instant (§14). Whoever doubts one opens its cases.

A missed promise is a `ClockFact` and nothing takes it back: it is counted under the severity it had when it was missed,
even if its clock was later re-targeted, met or cancelled. A kept one is a clock that was met and has no such fact.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from caretrack.console import queue
from cases.verbs import Severity, State
from contacts.models import User
from rca.models import Analysis
from sla.models import Clock, ClockFact, FactKind, Outcome
from sla.models.clock import CARES_PROMISES, Kind

SOON = timedelta(days=1)
OPEN_STATES = [state for state in State if state != State.CLOSED]


@dataclass(frozen=True)
class Kept:
    """Promises of one kind at one severity."""

    met: int
    missed: int

    @property
    def all(self) -> int:
        return self.met + self.missed

    @property
    def share(self) -> float | None:
        """Per cent kept; nothing to say where nothing was promised."""
        return round(100 * self.met / self.all, 1) if self.all else None


@dataclass
class Figures:
    """Everything on the page, as of one instant."""

    as_of: datetime
    history: bool
    open: dict[tuple[int, str], int] = field(default_factory=dict)
    left: dict[tuple[str, int], int] = field(default_factory=dict)
    kept: dict[tuple[str, int], Kept] = field(default_factory=dict)
    rca: dict[str, int] = field(default_factory=dict)
    closures: dict[str, int] = field(default_factory=dict)

    def total(self, kind: str) -> Kept:
        """All severities of a kind together."""
        rows = [kept for (name, _), kept in self.kept.items() if name == kind]
        return Kept(sum(row.met for row in rows), sum(row.missed for row in rows))


def counted(user: User, *, now: datetime, history: bool) -> Figures:
    """Count everything. Six statements, whatever the volume."""
    now = now.replace(microsecond=0)
    figures = Figures(now, history)
    _cases(figures, user)
    _kept(figures)
    figures.rca = _analyses(figures, user)
    figures.closures = _closures(figures)
    return figures


def _of_now(rows: QuerySet[Any], history: bool) -> QuerySet[Any]:
    return rows if history else rows.filter(organisation__is_historical=False)


def _cases(figures: Figures, user: User) -> None:
    cases = queue.with_stretch(
        queue.with_time_left(queue.open_cases(user, history=figures.history), figures.as_of), figures.as_of
    )
    opened: dict[tuple[int, str], int] = defaultdict(int)
    left: dict[tuple[str, int], int] = defaultdict(int)
    for severity, state, stretch, count in (
        cases.order_by()
        .values("severity", "state", "stretch")
        .annotate(n=Count("pk"))
        .values_list("severity", "state", "stretch", "n")
    ):
        opened[severity, state] += count
        left[stretch, severity] += count
    figures.open, figures.left = dict(opened), dict(left)


def _kept(figures: Figures) -> None:
    facts = ClockFact.objects.filter(kind=FactKind.BREACHED, case__isnull=False)
    missed = {
        (kind, severity): count
        for kind, severity, count in _of_now(facts, figures.history)
        .order_by()
        .values("clock__kind", "severity")
        .annotate(n=Count("pk"))
        .values_list("clock__kind", "severity", "n")
    }
    clocks = (
        Clock.objects.on_cases()
        .filter(kind__in=CARES_PROMISES, outcome=Outcome.MET)
        .exclude(Exists(facts.filter(clock=OuterRef("pk"))))
    )
    met = {
        (kind, severity): count
        for kind, severity, count in _of_now(clocks, figures.history)
        .order_by()
        .values("kind", "severity")
        .annotate(n=Count("pk"))
        .values_list("kind", "severity", "n")
    }
    figures.kept = {key: Kept(met.get(key, 0), missed.get(key, 0)) for key in {*met, *missed}}


def _analyses(figures: Figures, user: User) -> dict[str, int]:
    late = Clock.objects.running().filter(case=OuterRef("case"), kind=Kind.RCA, due_at__lt=figures.as_of)
    owed = _of_now(Analysis.objects.visible_to(user).owed(), figures.history)
    return owed.annotate(is_late=Exists(late)).aggregate(
        owed=Count("pk"), late=Count("pk", filter=Q(is_late=True)), unsent=Count("pk", filter=Q(initial_sent_at=None))
    )


def _closures(figures: Figures) -> dict[str, int]:
    running = _of_now(Clock.objects.running(), figures.history)
    soon = Q(due_at__lte=figures.as_of + SOON)
    proposals = Q(kind=Kind.CLOSURE, case__state=State.RESOLUTION_PROPOSED)
    waits = Q(kind=Kind.CUSTOMER_RESPONSE, case__state=State.WAITING_ON_CONTACT)
    return running.aggregate(
        proposals=Count("pk", filter=proposals), proposals_soon=Count("pk", filter=proposals & soon),
        waits=Count("pk", filter=waits), waits_soon=Count("pk", filter=waits & soon),
    )  # fmt: skip


def shown(figures: Figures) -> dict[str, Any]:
    """The figures as rows of tables, each with the address of the cases behind it where the queue has such a filter."""
    filters = queue.Filters(history=figures.history)
    severities = list(Severity)
    open_rows = [
        (
            severity,
            [
                (figures.open.get((severity, state), 0), filters.query(severity=int(severity), state=str(state)))
                for state in OPEN_STATES
            ],
            (
                sum(figures.open.get((severity, state), 0) for state in OPEN_STATES),
                filters.query(severity=int(severity)),
            ),
        )
        for severity in severities
    ]
    left_rows = [
        (
            label,
            name,
            [
                (figures.left.get((name, severity), 0), filters.query(left=name, severity=int(severity)))
                for severity in severities
            ],
            (sum(figures.left.get((name, severity), 0) for severity in severities), filters.query(left=name)),
        )
        for name, label in queue.LEFT.items()
    ]
    kinds = [
        kind for kind in CARES_PROMISES if figures.total(kind).all or kind in (Kind.RESPONSE, Kind.RESTORE, Kind.RCA)
    ]
    return {
        "figures": figures,
        "severities": severities,
        "states": [
            (state.label, sum(figures.open.get((s, state), 0) for s in severities), filters.query(state=str(state)))
            for state in OPEN_STATES
        ],
        "all_open": (sum(figures.open.values()), filters.query()),
        "open_rows": open_rows,
        "left_rows": left_rows,
        "kept_rows": [
            (kind.label, [figures.kept.get((kind, s), Kept(0, 0)) for s in severities], figures.total(kind))
            for kind in kinds
        ],
        "waiting": filters.query(state=str(State.WAITING_ON_CONTACT)),
        "proposed": filters.query(state=str(State.RESOLUTION_PROPOSED)),
        "missed_now": (
            sum(n for (name, _), n in figures.left.items() if name == "missed"),
            filters.query(left="missed"),
        ),
    }
