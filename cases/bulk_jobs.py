"""Bulk actions over a whole list, by a worker: chosen, previewed, run, reported.

The cases are fixed when the list is chosen. Each case is one transaction that runs the action and
saves its outcome, so after a crash the job continues and no case is changed twice. The preview runs
every action too, and rolls each back.
"""

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from cases import bulk_actions
from cases.models import BulkJob, BulkJobOutcome, BulkJobRow, BulkJobState, Case
from cases.notifications import in_app
from contacts import emails
from contacts.email_texts import EmailKind
from contacts.models import User
from contacts.permissions import require_care
from core import current_time
from core.errors import Refused
from core.tenancy import care_scope

logger = logging.getLogger(__name__)

MOST = 2_000  # cases of one job
# after this time without progress a job counts as left by a crash
LEFT_ALONE = timedelta(minutes=2)
STORED_FOR = timedelta(days=30)
PREVIEW, RUN = "preview", "run"
UNSTARTED = (BulkJobState.DRAFT, BulkJobState.PREVIEWING, BulkJobState.PREVIEWED)
BROKEN = "Something broke; the log of the worker says what."


def visible_to(user: User) -> QuerySet[BulkJob]:
    """A person's own jobs; all of them for a manager."""
    require_care(user)
    jobs = BulkJob.objects.select_related("by")
    return jobs if user.is_manager else jobs.filter(by=user)


@transaction.atomic
def choose(
    *, by: User, noun: str, keys: Sequence[int], list_name: str, list_address: str
) -> BulkJob:
    """Fix the cases of a job, by their keys. Earlier jobs of the same person that were never
    started are deleted.
    """
    require_care(by)
    if noun not in bulk_actions.BY_NOUN:
        raise Refused("Choose what to do with the cases of this list.")
    if len(keys) > MOST:
        raise Refused(
            f"This list has more than {MOST:,} cases, and one job takes at most {MOST:,}. "
            "Filter the list, for example by customer, severity or team, and choose again."
        )
    cases = list(Case.objects.visible_to(by).filter(pk__in=keys).values_list("pk", "organisation"))
    if not cases:
        raise Refused("This list has no cases.")
    earlier = BulkJob.objects.filter(by=by, state__in=UNSTARTED).order_by("pk").select_for_update()
    BulkJob.objects.filter(pk__in=[job.pk for job in earlier]).delete()
    now = current_time.now()
    job = BulkJob.objects.create(
        by=by,
        noun=noun,
        list_name=list_name,
        list_address=list_address[:2200],
        total=len(cases),
        chosen_at=now,
        worked_at=now,
    )
    place = {key: position for position, key in enumerate(keys)}
    cases.sort(key=lambda case: place[case[0]])
    BulkJobRow.objects.bulk_create(
        [BulkJobRow(job=job, case_id=case, organisation_id=owner) for case, owner in cases],
        batch_size=500,
    )
    return job


@transaction.atomic
def preview(job: BulkJob, *, by: User, inputs: dict[str, Any]) -> BulkJob:
    """Compute what the action would do to each case, with these inputs."""
    held = _held(job, by)
    if held.state not in UNSTARTED:
        raise Refused("This job was started already, so its preview is over.")
    held.inputs, held.sums, held.done, held.cursor = inputs, {}, 0, 0
    held.state, held.worked_at = BulkJobState.PREVIEWING, current_time.now()
    held.save()
    held.rows.update(expected="", expected_why="")
    transaction.on_commit(partial(_soon, held.pk))
    return held


@transaction.atomic
def start(job: BulkJob, *, by: User, previewed: str) -> BulkJob:
    """Run a previewed job. A person has at most one running job.

    `previewed` is the digest of the inputs whose preview was read (`BulkJob.inputs_digest`).
    """
    held = _held(job, by)
    if held.state != BulkJobState.PREVIEWED:
        raise Refused("Wait until the preview is complete. A job starts once.")
    if previewed != held.inputs_digest:
        raise Refused("Other inputs were previewed meanwhile. Read the preview again.")
    now = current_time.now()
    held.state, held.done, held.cursor = BulkJobState.RUNNING, 0, 0
    held.started_at = held.worked_at = now
    try:
        with transaction.atomic():
            held.save()
    except IntegrityError:
        raise Refused(
            "You have a bulk job that is running. Wait until it ends, or cancel it."
        ) from None
    transaction.on_commit(partial(_soon, held.pk))
    return held


@transaction.atomic
def cancel(job: BulkJob, *, by: User) -> BulkJob:
    """Stop a job after the case that is being worked on. What is done stays done.

    Idempotent.
    """
    held = _held(job, by)
    if not held.is_over:
        _end(held, BulkJobState.CANCELLED, f"Cancelled by {by.name}.")
    return held


def _held(job: BulkJob, by: User) -> BulkJob:
    require_care(by)
    held = BulkJob.objects.select_for_update(of=("self",)).select_related("by").get(pk=job.pk)
    if held.by_id != by.pk and not by.is_manager:
        raise Refused("Only who chose the cases, or a manager, changes this job.")
    return held


def _soon(key: int) -> None:
    from cases.tasks import continue_bulk_job

    try:
        continue_bulk_job.delay(key)
    except Exception:
        logger.warning("The broker is away: bulk job %s waits for the sweep.", key)


def work(key: int, seconds: float = 60) -> bool:
    """Continue a job for a while. Returns whether there is more to do.

    Two workers never work on the same job at once.
    """
    until = time.monotonic() + seconds
    while True:
        with care_scope():
            jobs = BulkJob.objects.select_for_update(skip_locked=True, of=("self",))
            job = jobs.select_related("by").filter(pk=key).first()
            if job is None or not job.is_under_way:
                return False
            more = _work_on_next(job)
        if not more or time.monotonic() > until:
            return more


def _work_on_next(job: BulkJob) -> bool:
    """Preview or change the next case. Its outcome is saved in the same transaction."""
    is_run = job.state == BulkJobState.RUNNING
    if not (job.by.is_active and job.by.is_care):
        _end(job, BulkJobState.CANCELLED, f"{job.by.name} does not work for Care any more.")
        return False
    row = job.rows.filter(pk__gt=job.cursor).order_by("pk").first()
    if row is None:
        if is_run:
            _end(job, BulkJobState.FINISHED)
        else:
            job.state, job.worked_at = BulkJobState.PREVIEWED, current_time.now()
            job.save(update_fields=["state", "worked_at"])
        return False
    why = _refusal(job, row, is_run=is_run)
    outcome = BulkJobOutcome.REFUSED if why else BulkJobOutcome.DONE
    if is_run:
        row.outcome, row.why = outcome, why[:300]
        row.save(update_fields=["outcome", "why"])
    else:
        row.expected, row.expected_why = outcome, why[:300]
        row.save(update_fields=["expected", "expected_why"])
    counted = f"{RUN if is_run else PREVIEW}:{outcome}"
    job.sums[counted] = job.sums.get(counted, 0) + 1
    job.done, job.cursor, job.worked_at = job.done + 1, row.pk, current_time.now()
    job.save(update_fields=["sums", "done", "cursor", "worked_at"])
    return True


def _refusal(job: BulkJob, row: BulkJobRow, *, is_run: bool) -> str:
    case = Case.objects.visible_to(job.by).filter(pk=row.case_id).first()
    if case is None:
        return "You cannot see this case any more."
    action = bulk_actions.BY_NOUN[job.noun]
    try:
        with transaction.atomic():
            why = bulk_actions.refusal_of(action, case, job.by, job.inputs)
            if not is_run:
                transaction.set_rollback(True)
    except Exception:
        logger.exception("bulk job %s failed on case %s", job.pk, row.case_id)
        return BROKEN
    return why


def _end(job: BulkJob, state: BulkJobState, why: str = "") -> None:
    """End a job. Who started it is notified by email, and by the bell until they read it."""
    job.state, job.why, job.ended_at = state, why[:300], current_time.now()
    job.worked_at = job.ended_at
    job.save(update_fields=["state", "why", "ended_at", "worked_at"])
    if job.started_at is None:
        return
    in_app.forget_bell(job.by)
    emails.write(
        EmailKind.BULK_JOB_CANCELLED
        if state == BulkJobState.CANCELLED
        else EmailKind.BULK_JOB_FINISHED,
        organisation_id=None,
        recipient=job.by,
        key=f"bulk-job:{job.pk}",
        cases=f"{job.total:,}",
        done=f"{job.count_of(RUN, BulkJobOutcome.DONE):,}",
        refused=f"{job.count_of(RUN, BulkJobOutcome.REFUSED):,}",
        link=f"{settings.BASE_URL}/console/bulk/jobs/{job.pk}/",
    )


def left_behind(now: datetime) -> list[int]:
    """Jobs that a crash interrupted, or whose task was lost."""
    under_way = BulkJob.objects.filter(state__in=[BulkJobState.PREVIEWING, BulkJobState.RUNNING])
    left = under_way.filter(worked_at__lt=now - LEFT_ALONE)
    return list(left.values_list("pk", flat=True)[:20])


def sweep(now: datetime) -> int:
    """Delete jobs that nobody reads any more. Returns how many."""
    old = BulkJob.objects.filter(worked_at__lt=now - STORED_FOR)
    under_way = Q(state__in=[BulkJobState.PREVIEWING, BulkJobState.RUNNING])
    keys = list(old.exclude(under_way).values_list("pk", flat=True)[:100])
    BulkJob.objects.filter(pk__in=keys).delete()
    return len(keys)
