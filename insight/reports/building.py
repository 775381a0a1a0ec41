"""The content of a service report: targets with figures, explained breaches, RCAs and their
actions.

It uses only the organisation's own facts, so it is the same under either scope. It contains nothing
internal: no analyst, no team, no note.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
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
from insight.reports.analyses import Rca, ReportSpan, actions_of, analyses_of
from insight.reports.chart import Chart, chart_of
from insight.reports.steps import ReportStep
from rca.models import CorrectiveAction
from sla import calendars
from sla.explain import explain
from sla.models import Clock
from sla.models.clock import ClockKindChoices
from sla.timeline import EndedBy, Target

PROMISED = (
    ClockKindChoices.RESPONSE,
    ClockKindChoices.RESTORE,
    ClockKindChoices.UPDATE,
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
    """A missed target: target and used time, due time and end, and the uncounted time.

    Target and due time are those that were missed. If another severity or policy version changed
    them afterwards, `changed_seconds` and `changed_due_at` are the later ones.
    """

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
    is_around_the_clock: bool  # the target
    is_used_around_the_clock: bool
    skipped: list[Skipped]
    is_withdrawn: bool = False  # it ended because it was no longer needed
    has_changed: bool = False
    changed_seconds: int | None = None
    changed_due_at: datetime | None = None


@dataclass(frozen=True)
class ServiceReport:
    """The whole report, as of one instant."""

    organisation: Organisation
    period: Period
    zone: str  # of the main site: instants of a report are in it
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

    @property
    def busy_steps(self) -> list[ReportStep]:
        """The steps in which something happened. The chart has the others too."""
        return [step for step in self.steps if step.has_something]

    @property
    def chart(self) -> Chart:
        return chart_of(self.steps)


def build(organisation: Organisation, period: Period, now: datetime) -> ServiceReport:
    """Build the report of a period. The scope may be Care's or the organisation's own."""
    question, zone = _question(organisation, period), zone_of(organisation)
    span = _span(period, zone)
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
        zone=zone,
        made_at=now,
        until=live.until,
        lines=list(_lines(whole, before)),
        steps=[ReportStep.from_sums(*pair) for pair in zip(period.steps, steps, strict=True)],
        opened=opened,
        closed=closed,
        reopened=reopened,
        left=left + opened + reopened - closed,
        breaches=[one for one, _at in zip(breaches, range(MOST_SHOWN), strict=False)],
        missed=whole.n(FigureKind.MISSED),
        analyses=analyses_of(organisation, span),
        actions=actions_of(organisation, span),
        satisfaction=throughput.satisfaction(whole),
        by_site=_by_site(organisation, question, live),
    )


def zone_of(organisation: Organisation) -> str:
    """The time zone of the organisation's main site."""
    site = organisation.sites.first()
    return site.hours.zone if site is not None else "UTC"


def _span(period: Period, zone: str) -> ReportSpan:
    start, end = (
        datetime.combine(day, time(), ZoneInfo(zone)) for day in (period.first, period.end)
    )
    return ReportSpan(period, start, end)


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
    known = Clock.objects.filter(organisation=organisation, case__in=cases).with_missed_due()
    for clock in known.select_related("calendar_version__calendar").order_by("ordinal"):
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
        "label": clock.label if clock else str(ClockKindChoices(fact.kind).label),
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
            is_used_around_the_clock=False,
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
        ended_at=clock.stopped_at,
        target_days=clock.target_days,
        used_seconds=clock.used_seconds if clock.stopped_at else explanation.counted_seconds,
        is_used_around_the_clock=clock.is_around_the_clock,
        is_withdrawn=clock.stopped_at is not None and clock.ended_by != EndedBy.EVENT,
        skipped=[Skipped(reason, seconds) for reason, seconds in skipped.items() if seconds > 0],
        **_missed_target(fact, case, clock),
    )


def _missed_target(fact: Fact | FigureRow, case: Case | None, clock: Any) -> dict[str, Any]:
    """The target and due time that were missed, and the later ones where they were changed."""
    present = {
        "due_at": clock.due_at,
        "target_seconds": clock.target_seconds,
        "is_around_the_clock": clock.is_around_the_clock,
    }
    if case is None or clock.missed_due_at in (None, clock.due_at):
        return present
    terms = calendars.terms_of(fact.policy_key or clock.policy_version_id, case.kind)
    target: Target | None = getattr(terms, clock.kind).get(fact.severity)
    return {
        "due_at": clock.missed_due_at,
        "target_seconds": None if target is None else target.seconds,
        "is_around_the_clock": target is not None and target.around_the_clock,
        "has_changed": True,
        "changed_seconds": clock.target_seconds,
        "changed_due_at": clock.due_at,
    }


def _reason(text: str) -> str:
    """Without the names of holidays, which the case's own page shows."""
    return text.split(":")[0].split("：")[0]
