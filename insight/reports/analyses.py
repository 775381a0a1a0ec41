"""RCAs and corrective actions of a report: those that belong to its period.

An RCA belongs to a period in which it was owed, due or published. A corrective action belongs to
one in which it was promised, due, unfinished or changed. What happened after the period is shown as
it is now, but nothing is listed that began after it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cases.choices import CaseState
from cases.models import Case
from contacts.models import Organisation
from insight.periods import Period
from rca.models import Acknowledgement, Analysis, CorrectiveAction, RcaVersion
from sla.models import Clock
from sla.models.clock import ClockKindChoices
from sla.timeline import EndedBy

MOST_SHOWN = 100


@dataclass(frozen=True)
class ReportSpan:
    """A period as instants: its days are those of the customer's main site."""

    period: Period
    start: datetime
    end: datetime

    def has(self, at: datetime | None) -> bool:
        return at is not None and self.start <= at < self.end


@dataclass(frozen=True)
class Rca:
    """An RCA that was owed, due or published in the period.

    `published_at` is that of the first version, which met or missed the target. `newest` is the
    number of the newest version, and `newest_at` its publication, if there is a further one.
    `policy` names the policy version of the target.
    """

    case: Case
    due_at: datetime | None
    is_due_again: bool
    published_at: datetime | None
    newest: int | None
    newest_at: datetime | None
    is_acknowledged: bool
    policy: str


def analyses_of(organisation: Organisation, span: ReportSpan) -> list[Rca]:
    """The RCAs that belong to the period, by case."""
    versions, clocks = _versions(organisation), _clocks(organisation)
    read = set(
        Acknowledgement.objects.filter(organisation=organisation).values_list(
            "version_id", flat=True
        )
    )
    analyses = (
        Analysis.objects.filter(organisation=organisation, created_at__lt=span.end)
        .select_related("case")
        .order_by("case__number")
    )
    rows = [
        _row(one, versions[one.pk], clocks[one.case_id], read)
        for one in analyses
        if _belongs(versions[one.pk], clocks[one.case_id], span)
    ]
    return rows[:MOST_SHOWN]


def _versions(organisation: Organisation) -> dict[int, list[RcaVersion]]:
    """The versions of each analysis, the first one first."""
    versions: dict[int, list[RcaVersion]] = defaultdict(list)
    for version in RcaVersion.objects.filter(organisation=organisation).order_by("number"):
        versions[version.analysis_id].append(version)
    return versions


def _clocks(organisation: Organisation) -> dict[int, list[Clock]]:
    """The RCA clocks of each case, the last one last."""
    clocks: dict[int, list[Clock]] = defaultdict(list)
    rows = Clock.objects.filter(organisation=organisation, kind=ClockKindChoices.RCA)
    for clock in rows.select_related("policy_version__policy").order_by("ordinal"):
        clocks[clock.case_id or 0].append(clock)
    return clocks


def _belongs(versions: Sequence[RcaVersion], clocks: Sequence[Clock], span: ReportSpan) -> bool:
    is_owed = not versions or versions[0].published_at >= span.start
    is_published = any(span.has(version.published_at) for version in versions)
    is_due = any(span.has(clock.due_at) and not _is_withdrawn(clock) for clock in clocks)
    return is_owed or is_published or is_due


def _is_withdrawn(clock: Clock) -> bool:
    """Whether it ended with its resolution, because the case came back."""
    return clock.ended_by == EndedBy.WITHDRAWN


def _row(
    analysis: Analysis, versions: Sequence[RcaVersion], clocks: Sequence[Clock], read: set[int]
) -> Rca:
    last = clocks[-1] if clocks else None
    is_withdrawn = last is not None and _is_withdrawn(last) and not versions
    newest = versions[-1] if versions else None
    return Rca(
        case=analysis.case,
        due_at=None if last is None or is_withdrawn else last.due_at,
        is_due_again=is_withdrawn and analysis.case.state != CaseState.CLOSED,
        published_at=versions[0].published_at if versions else None,
        newest=newest.number if newest is not None and len(versions) > 1 else None,
        newest_at=newest.published_at if newest is not None and len(versions) > 1 else None,
        is_acknowledged=newest is not None and newest.pk in read,
        policy="" if last is None else last.policy_version.short,
    )


def actions_of(organisation: Organisation, span: ReportSpan) -> list[CorrectiveAction]:
    """The corrective actions that belong to the period, the earliest date first."""
    promised_at: dict[int, datetime] = {}
    for versions in _versions(organisation).values():
        for version in versions:
            for row in version.sections.get("actions", []):
                promised_at.setdefault(row.get("key") or 0, version.published_at)
    actions = CorrectiveAction.objects.filter(organisation=organisation).select_related(
        "analysis__case", "owner"
    )
    return [
        action
        for action in actions.order_by("due_on", "pk")
        if action.pk in promised_at
        and promised_at[action.pk] < span.end
        and (
            action.is_unfinished
            or action.moved_at >= span.start
            or span.period.first <= action.due_on <= span.period.last
        )
    ][:MOST_SHOWN]
