"""Policy migration of open cases: a preview of each target, and the move itself, in batches (§14).

The same fold computes both, from a case's events plus one. A run is a row, so it continues after a
crash and its page shows the progress. A batch is one transaction with a fixed number of queries;
each moved case is a transaction of its own.
"""

import logging
import time
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django_fsm import TransitionNotAllowed

from cases.actions.base import require_text
from cases.models import Case
from contacts.admin_log import record_change
from contacts.models import CalendarVersion, Organisation, User
from contacts.permissions import require_manager
from core import current_time
from core.errors import Refused
from core.tenancy import care_scope
from sla import calendars, clocks, event_mapping, policy_content, policy_emails, preview
from sla.actions.policies import KIND
from sla.actions.policy_change import move_terms
from sla.businesstime import Calendar
from sla.models import (
    CaseTerms,
    MigrationState,
    OrganisationPolicy,
    Policy,
    PolicyMigration,
    PolicyMigrationRow,
    PolicyVersion,
)
from sla.policy_content import PolicyContent
from sla.timeline import ClockEvent, ClockState, EventKind, Terms

logger = logging.getLogger(__name__)

BATCH = 200
AT_ONCE = 300  # up to this many cases are computed while the page waits
# after this time without progress a run counts as left by a crash
LEFT_ALONE = timedelta(minutes=2)
STORED_FOR = timedelta(days=14)


@transaction.atomic
def begin(
    policy: Policy,
    *,
    by: User,
    written: PolicyContent,
    version: PolicyVersion | None = None,
    customer: Organisation | None = None,
    from_version: PolicyVersion | None = None,
    severity: int | None = None,
) -> PolicyMigration:
    """Begin a preview of open cases under `written`, which is the content of `version` if one is
    given.

    Without a filter these are the cases under any version of the policy, and those of organisations
    that have it as their own. Earlier previews of the same person and policy are deleted unless
    they were carried out.
    """
    require_manager(by)
    now = current_time.now()
    earlier = PolicyMigration.objects.filter(
        state__in=[MigrationState.PREVIEWING, MigrationState.PREVIEWED]
    )
    forgotten = earlier.filter(Q(policy=policy, by=by) | Q(worked_at__lt=now - STORED_FOR))
    held = [
        run.pk for run in forgotten.order_by("pk").select_for_update()
    ]  # a worker may be in the middle of one
    PolicyMigration.objects.filter(pk__in=held).delete()
    run = PolicyMigration(
        policy=policy,
        version=version,
        content=written.plain(),
        customer=customer,
        from_version=from_version,
        severity=severity,
        by=by,
        begun_at=now,
        worked_at=now,
    )
    run.total = open_cases_of(run).count()
    run.save()
    return run


def open_cases_of(run: PolicyMigration) -> QuerySet[Any]:
    """The open cases of a run, without those already under its version."""
    cases: QuerySet[Any] = Case.objects.being_worked().filter(organisation__is_historical=False)
    if run.severity:
        cases = cases.filter(severity=run.severity)
    if run.customer_id:
        cases = cases.filter(organisation=run.customer_id)
    if run.from_version_id:
        cases = cases.filter(terms__policy_version=run.from_version_id)
    elif not run.customer_id:
        own = OrganisationPolicy.objects.filter(effective_at__lte=run.begun_at).order_by(
            "organisation_id", "-effective_at", "-id"
        )
        having = [
            key
            for key, policy in own.distinct("organisation_id").values_list(
                "organisation_id", "policy_id"
            )
            if policy == run.policy_id
        ]
        cases = cases.filter(
            Q(terms__policy_version__policy=run.policy_id) | Q(organisation__in=having)
        )
    if run.version_id:
        cases = cases.exclude(terms__policy_version=run.version_id)
    return cases


def work(key: int, seconds: float = 60) -> bool:
    """Continue a run for a while. Returns whether there is more to do.

    Two workers never do the same part.
    """
    until, hours = time.monotonic() + seconds, dict[int, Calendar]()
    while True:
        with care_scope():
            runs = PolicyMigration.objects.select_for_update(skip_locked=True, of=("self",)).filter(
                pk=key
            )
            run = runs.select_related("version__policy", "by").first()
            if run is None or not run.is_under_way:
                return False
            more = (
                _preview_batch(run, hours)
                if run.state == MigrationState.PREVIEWING
                else _move_one(run)
            )
        if not more or time.monotonic() > until:
            return more


def left_behind(now: datetime) -> list[int]:
    """Runs that a crash interrupted."""
    under_way = PolicyMigration.objects.filter(
        state__in=[MigrationState.PREVIEWING, MigrationState.MOVING]
    )
    return list(under_way.filter(worked_at__lt=now - LEFT_ALONE).values_list("pk", flat=True)[:20])


# --- Preview


def _preview_batch(run: PolicyMigration, hours: dict[int, Calendar]) -> bool:
    cases = list(open_cases_of(run).filter(pk__gt=run.cursor).order_by("pk")[:BATCH])
    keys = [case.pk for case in cases]
    terms = {row.case_id: row for row in CaseTerms.objects.filter(case_id__in=keys)}
    journals, written = event_mapping.rows_of_many(keys), policy_content.read(run.content)
    missing = {row.calendar_version_id for row in terms.values()} - set(hours)
    hours |= {
        key: calendars.compiled(row)
        for key, row in CalendarVersion.objects.in_bulk(missing).items()
    }
    counts, rows, to = Counter[str](), [], dict[str, Terms]()
    for case in cases:
        pinned = terms[case.pk]
        if case.kind not in to:
            to[case.kind] = written.terms(case.kind, run.version_id)
        promises = _promises(case, pinned, journals[case.pk], to[case.kind], run.begun_at, hours)
        rows.append(_row(run, case, promises))
        _count(counts, rows[-1])
    PolicyMigrationRow.objects.bulk_create(rows, ignore_conflicts=True)
    sums = Counter[str](run.sums)
    sums.update(counts)
    run.sums = dict(sums)
    run.done += len(cases)
    run.cursor = keys[-1] if keys else run.cursor
    if len(cases) < BATCH:
        run.state, run.cursor, run.total = MigrationState.PREVIEWED, 0, run.done
    run.worked_at = current_time.now()
    run.save()
    return run.state == MigrationState.PREVIEWING


def _promises(
    case: Case,
    pinned: CaseTerms,
    rows: list[event_mapping.Row],
    to: Terms,
    at: datetime,
    hours: dict[int, Calendar],
) -> list[list[Any]]:
    """What changes, and what is or would be missed: [kind, due before, due after, difference in
    seconds, missed, would be missed].
    """
    now = max(at.replace(microsecond=0), rows[-1][2])
    calendar = hours[pinned.calendar_version_id]
    old = clocks.project_clocks(case, pinned, rows, calendar=calendar)
    new = clocks.project_clocks(
        case, pinned, rows, [ClockEvent(now, EventKind.TERMS_MOVED, terms=to)], calendar=calendar
    )
    changes = []
    for before, after in preview.pairs(old, new):
        missed, would = before.is_missed(now), after.is_missed(now)
        if preview.is_moved(before, after) or missed != would:
            changes.append(
                [
                    str(after.kind),
                    _text(before.due_at),
                    _text(after.due_at),
                    _by(before, after),
                    missed,
                    would,
                ]
            )
    return changes


def _by(before: ClockState, after: ClockState) -> int | None:
    """How many seconds later it is due, negative for sooner; for a paused one the growth of its
    target.
    """
    if before.due_at is not None and after.due_at is not None:
        return int((after.due_at - before.due_at).total_seconds())
    if before.target_seconds is not None and after.target_seconds is not None:
        return after.target_seconds - before.target_seconds
    return None


def _text(at: datetime | None) -> str | None:
    return clocks.instant_text(at)


def _row(run: PolicyMigration, case: Case, promises: list[list[Any]]) -> PolicyMigrationRow:
    return PolicyMigrationRow(
        run=run,
        organisation_id=case.organisation_id,
        case=case,
        promises=promises,
        moves=bool(promises),
        would_miss=any(would and not missed for *_, missed, would in promises),
        would_save=any(missed and not would for *_, missed, would in promises),
    )


def _count(counts: Counter[str], row: PolicyMigrationRow) -> None:
    """The number of cases by result, and of targets by kind."""
    for name in ("moves", "would_miss", "would_save"):
        counts[name] += getattr(row, name)
    for kind, _before, _after, by, missed, would in row.promises:
        counts[f"{kind}:moves"] += 1
        counts[f"{kind}:sooner"] += by is not None and by < 0
        counts[f"{kind}:later"] += by is not None and by > 0
        counts[f"{kind}:would_miss"] += would and not missed
        counts[f"{kind}:would_save"] += missed and not would


# --- Migration


@transaction.atomic
def carry_out(run: PolicyMigration, *, by: User, reason: str) -> PolicyMigration:
    """Begin to move the cases of a previewed run to its version, for a reason that their customers
    read.

    Refused for a draft, for a version that has not taken effect, and for a run that is still being
    computed or was carried out.
    """
    require_manager(by)
    held = (
        PolicyMigration.objects.select_for_update(of=("self",))
        .select_related("version__policy", "policy")
        .get(pk=run.pk)
    )
    if held.version is None:
        raise Refused("Only a published version can be moved to: publish the draft first.")
    if held.state != MigrationState.PREVIEWED:
        raise Refused("It is still reckoned, or was carried out already.")
    if held.version.effective_at > current_time.now():
        raise Refused("That version has not taken effect yet.")
    if not held.total:
        raise Refused("There is no case to move.")
    held.reason = require_text(reason, "the reason: the customers read it")[:500]
    held.state, held.by, held.done, held.cursor, held.worked_at = (
        MigrationState.MOVING,
        by,
        0,
        0,
        current_time.now(),
    )
    held.save()
    after = {"cases": held.total, "to": held.version.short, "why": held.reason, "run": held.pk}
    record_change(
        by=by,
        kind=KIND,
        key=held.policy_id,
        name=held.policy.name,
        verb="moved cases to",
        after=after,
    )
    return held


def _move_one(run: PolicyMigration) -> bool:
    """Move the next case, in its own transaction; a refusal does not stop the others."""
    row = run.rows.filter(pk__gt=run.cursor).select_related("case").order_by("pk").first()
    if row is None or run.version is None:
        run.state, run.worked_at = MigrationState.MOVED, current_time.now()
        run.save(update_fields=["state", "worked_at"])
        policy_emails.write_to_contacts(run)
        return False
    row.outcome, row.why = "moved", ""
    try:
        with transaction.atomic():
            move_terms(row.case, by=run.by, version=run.version, reason=run.reason, run=run.pk)
    except Refused as refusal:
        row.outcome, row.why = "refused", refusal.reason[:300]
    except TransitionNotAllowed as refusal:
        row.outcome, row.why = "refused", str(refusal)[:300]
    except Exception:
        logger.exception("case %s could not be moved", row.case_id)
        row.outcome, row.why = "refused", "Something broke; the log of the worker says what."
    row.save(update_fields=["outcome", "why"])
    run.sums[row.outcome] = run.sums.get(row.outcome, 0) + 1
    run.done, run.cursor, run.worked_at = run.done + 1, row.pk, current_time.now()
    run.save(update_fields=["sums", "done", "cursor", "worked_at"])
    return True
