"""The content of a service report: targets with figures, explained breaches, RCAs and their
actions.

It uses only the organisation's own facts, so it is the same under either scope. It contains nothing
internal: no analyst, no team, no note.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.choices import Severity
from cases.models import Case
from contacts.models import Organisation
from insight import drilldown, queries, throughput
from insight.aggregation import DAY, midnight
from insight.facts import FigureRow
from insight.figure_sums import Attainment, FigureSum
from insight.models import Dimension, Fact, FigureKind
from insight.periods import Period
from insight.queries import FigureQuery
from rca.models import Acknowledgement, Analysis, CorrectiveAction, RcaVersion
from sla.explain import explain
from sla.models import Clock
from sla.models.clock import ClockKindChoices

PROMISED = (
    ClockKindChoices.RESPONSE,
    ClockKindChoices.RESTORE,
    ClockKindChoices.RESOLVE,
    ClockKindChoices.RCA,
    ClockKindChoices.ESCALATION,
    ClockKindChoices.CREDENTIAL,
)
OF_PROMISES = (FigureKind.MET, FigureKind.MISSED, FigureKind.LATE, FigureKind.MEASURED)
MOST_SHOWN, BATCH = 100, 200


@dataclass(frozen=True)
class ReportLine:
    """Targets of a kind at one severity, or at all."""

    kind: str
    label: str
    severity: int | None
    figures: Attainment
    before: Attainment

    @property
    def is_measured(self) -> bool:
        """A resolution is measured without a target."""
        return self.kind == ClockKindChoices.RESOLVE


@dataclass(frozen=True)
class Skipped:
    """Time that did not count, and the reason."""

    reason: str
    seconds: int


@dataclass(frozen=True)
class Breach:
    """A missed target: target and used time, due time and end, and the uncounted time."""

    code: str
    title: str
    label: str
    severity: int | None
    zone: str
    started_at: datetime
    due_at: datetime | None
    at: datetime
    ended_at: datetime | None
    target_seconds: int | None
    target_days: int | None
    used_seconds: int | None  # so far, while it is open
    is_around_the_clock: bool
    skipped: list[Skipped]


@dataclass(frozen=True)
class ReportStep:
    """A step of the period: opened and closed cases, and met first responses and restorations."""

    period: Period
    opened: int
    closed: int
    response: Attainment
    restore: Attainment


@dataclass(frozen=True)
class Rca:
    """An RCA that was owed or published: its case, due time and publication."""

    case: Case
    due_at: datetime | None
    published_at: datetime | None
    is_acknowledged: bool


@dataclass(frozen=True)
class ServiceReport:
    """The whole report, as of one instant."""

    organisation: Organisation
    period: Period
    made_at: datetime
    until: datetime | None
    lines: list[ReportLine]
    steps: list[ReportStep]
    opened: int
    closed: int
    reopened: int
    left: int
    breaches: list[Breach]
    missed: int
    analyses: list[Rca]
    actions: list[CorrectiveAction]
    satisfaction: throughput.Satisfaction
    by_site: list[tuple[str, Attainment, Attainment]]


def build(organisation: Organisation, period: Period, now: datetime) -> ServiceReport:
    """Build the report of a period. The scope may be Care's or the organisation's own."""
    question = _question(organisation, period)
    live = queries.now()
    steps, before = queries.trend(question, live)
    whole = FigureSum()
    for step in steps:
        whole = whole + step
    earlier = Period("custom", throughput.DAWN, period.first - DAY)
    past = queries.whole(
        _question(organisation, earlier),
        live,
        (FigureKind.OPENED, FigureKind.REOPENED, FigureKind.CLOSED),
    )
    left = past.n(FigureKind.OPENED, FigureKind.REOPENED) - past.n(FigureKind.CLOSED)
    opened, closed, reopened = (
        whole.n(what) for what in (FigureKind.OPENED, FigureKind.CLOSED, FigureKind.REOPENED)
    )
    breaches = breaches_of(organisation, period, live)
    return ServiceReport(
        organisation=organisation,
        period=period,
        made_at=now,
        until=live.until,
        lines=list(_lines(whole, before)),
        steps=[_step(*pair) for pair in zip(period.steps, steps, strict=True)],
        opened=opened,
        closed=closed,
        reopened=reopened,
        left=left + opened + reopened - closed,
        breaches=[one for one, _at in zip(breaches, range(MOST_SHOWN), strict=False)],
        missed=whole.n(FigureKind.MISSED),
        analyses=_analyses(organisation, period),
        actions=_actions(organisation, period),
        satisfaction=throughput.satisfaction(whole),
        by_site=_by_site(organisation, question, live),
    )


def _question(organisation: Organisation, period: Period) -> FigureQuery:
    own = ((Dimension.ORGANISATION, str(organisation.pk)),)
    return FigureQuery(period, own, history=True, from_facts=True)


def _lines(now: FigureSum, before: FigureSum) -> Iterator[ReportLine]:
    for kind in PROMISED:
        if not now.n(*OF_PROMISES, kind=str(kind)):
            continue
        yield ReportLine(
            str(kind),
            str(kind.label),
            None,
            Attainment.from_sums(now, kind),
            Attainment.from_sums(before, kind),
        )
        for severity in Severity:
            if now.n(*OF_PROMISES, kind=str(kind), severity=severity):
                attainments = (
                    Attainment.from_sums(tally, kind, severity) for tally in (now, before)
                )
                yield ReportLine(str(kind), str(kind.label), int(severity), *attainments)


def _step(period: Period, tally: FigureSum) -> ReportStep:
    return ReportStep(
        period,
        tally.n(FigureKind.OPENED),
        tally.n(FigureKind.CLOSED),
        Attainment.from_sums(tally, ClockKindChoices.RESPONSE),
        Attainment.from_sums(tally, ClockKindChoices.RESTORE),
    )


def _by_site(
    organisation: Organisation, question: FigureQuery, live: queries.Now
) -> list[tuple[str, Attainment, Attainment]]:
    """First responses and restorations by site, if there is more than one."""
    sites = dict(organisation.sites.values_list("pk", "name"))
    if len(sites) < 2:
        return []
    sums: dict[str, dict[str, FigureSum]] = {
        kind: queries.breakdown(question, Dimension.SITE, OF_PROMISES, kind, live)
        for kind in (str(ClockKindChoices.RESPONSE), str(ClockKindChoices.RESTORE))
    }

    def attainment(pk: int, kind: str) -> Attainment:
        return Attainment.from_sums(sums[kind].get(str(pk), FigureSum()), kind)

    return [
        (
            name,
            attainment(pk, str(ClockKindChoices.RESPONSE)),
            attainment(pk, str(ClockKindChoices.RESTORE)),
        )
        for pk, name in sites.items()
    ]


# --- Breaches


def breaches_of(organisation: Organisation, period: Period, live: queries.Now) -> Iterator[Breach]:
    """Each missed target of the period with its uncounted time, oldest first, in batches.

    It has what the figures count: the counted facts, and those since the last run.
    """
    now, last = timezone.now(), (midnight(period.first) - DAY, 0)
    question = _question(organisation, period)
    facts = drilldown.counted_facts(question, [FigureKind.MISSED], "").order_by("at", "pk")
    if live.until is not None:
        facts = facts.filter(at__lt=live.until)
    while batch := list(facts.filter(Q(at__gt=last[0]) | Q(at=last[0], pk__gt=last[1]))[:BATCH]):
        last = (batch[-1].at, batch[-1].pk)
        yield from _explained(organisation, batch, now)
    fresh = [row for row in live.fitting(question) if row.what == FigureKind.MISSED]
    yield from _explained(organisation, sorted(fresh, key=attrgetter("at")), now)


def _explained(
    organisation: Organisation, facts: Sequence[Fact | FigureRow], now: datetime
) -> Iterator[Breach]:
    cases = {
        case.pk: case
        for case in Case.objects.filter(
            organisation=organisation, pk__in={fact.case_key for fact in facts}
        )
    }
    clocks: dict[tuple[int | None, str], list[Clock]] = defaultdict(list)
    known = Clock.objects.filter(organisation=organisation, case__in=cases).select_related(
        "calendar_version__calendar"
    )
    for clock in known.order_by("ordinal"):
        clocks[clock.case_id, clock.kind].append(clock)
    for fact in facts:
        case = cases.get(fact.case_key or 0)
        begun = [clock for clock in clocks[fact.case_key, fact.kind] if clock.started_at <= fact.at]
        yield _breach(fact, case, begun[-1] if begun else None, now)


def _breach(
    fact: Fact | FigureRow, case: Case | None, clock: Clock | None, now: datetime
) -> Breach:
    fields: dict[str, Any] = {
        "code": case.code if case else "",
        "title": case.title if case else _("Application of a contact"),
        "label": str(ClockKindChoices(fact.kind).label),
        "severity": fact.severity or None,
        "at": fact.at,
    }
    if clock is None:
        return Breach(
            **fields,
            zone="UTC",
            started_at=fact.at,
            due_at=None,
            ended_at=None,
            target_seconds=None,
            target_days=None,
            used_seconds=None,
            is_around_the_clock=False,
            skipped=[],
        )
    explanation = explain(clock, now, until=clock.stopped_at or now)
    skipped: dict[str, int] = defaultdict(int)
    for stretch in explanation.stretches:
        if not stretch.counted:
            skipped[_reason(explanation.reason(stretch))] += int(
                (stretch.end - stretch.start).total_seconds()
            )
    return Breach(
        **fields,
        zone=clock.calendar_version.zone,
        started_at=clock.started_at,
        due_at=clock.due_at,
        ended_at=clock.stopped_at,
        target_seconds=clock.target_seconds,
        target_days=clock.target_days,
        used_seconds=clock.used_seconds if clock.stopped_at else explanation.counted_seconds,
        is_around_the_clock=clock.is_around_the_clock,
        skipped=[Skipped(reason, seconds) for reason, seconds in skipped.items() if seconds > 0],
    )


def _reason(text: str) -> str:
    """Without the names of holidays, which the case's own page shows."""
    return text.split(":")[0].split("：")[0]


# --- RCAs and corrective actions


def _analyses(organisation: Organisation, period: Period) -> list[Rca]:
    """The organisation's RCAs that were owed at some time of the period, or published in it."""
    start, end = midnight(period.first), midnight(period.end)
    due = Clock.objects.filter(
        organisation=organisation, case=OuterRef("case"), kind=ClockKindChoices.RCA
    ).order_by("-ordinal")
    newest = RcaVersion.objects.filter(analysis=OuterRef("pk")).order_by("-number").values("pk")[:1]
    queryset = (
        Analysis.objects.filter(organisation=organisation, case__opened_at__lt=end)
        .filter(Q(published_at__isnull=True) | Q(published_at__gte=start))
        .select_related("case")
        .annotate(due=Subquery(due.values("due_at")[:1]), newest=Subquery(newest))
        .order_by("case__number")
    )
    read = set(
        Acknowledgement.objects.filter(organisation=organisation).values_list(
            "version_id", flat=True
        )
    )
    return [
        Rca(one.case, one.due, one.published_at, one.newest in read)
        for one in queryset[:MOST_SHOWN]
    ]


def _actions(organisation: Organisation, period: Period) -> list[CorrectiveAction]:
    """Corrective actions that were open in the period or ended in it."""
    queryset = CorrectiveAction.objects.filter(organisation=organisation).select_related(
        "analysis__case"
    )
    return list(queryset.order_by("due_on", "pk")[:MOST_SHOWN])
